import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { storedRecord } from '../../../testkit/clean-records.ts'
import { fakeLog, recordsOf } from '../../../testkit/fake-kafka.ts'
import { failing, fakeConsumer, fakeMetrics } from '../../../testkit/fake-ports.ts'
import { ridesOf } from './plan.ts'
import type { RideMark, RideSample } from './port.ts'
import { bike, minutes, phoneId, recorded, standing, startMs } from './testing/samples.ts'
import { createWorld, type Stored } from './testing/world.ts'
import { createRideMarker } from './worker.ts'

describe('the marker', () => {
  const track = {
    ...{
      bikeId: bike.bikeId,
      recorderId: phoneId,
      clock: { bootId: 1, clockEpoch: 1 },
      timesMs: [1_000, 2_000],
    },
  }
  const ride = storedRecord({
    track: { ...track, kind: 'ride', columns: [{ key: 'speed_kmh', values: [9_000, 0] }] },
    riderId: 'anna',
  })
  const motor = storedRecord({
    track: { ...track, kind: 'motor', columns: [{ key: 'motor_power_w', values: [1, 2] }] },
    riderId: 'anna',
  })

  async function run(values: (Uint8Array | null)[], fail: () => void = () => undefined) {
    const happened: string[] = []
    const marked: (readonly RideMark[])[] = []
    const metrics = fakeMetrics()
    const { log, lines } = fakeLog()
    const store = {
      async mark(marks: readonly RideMark[]) {
        fail()
        marked.push(marks)
        happened.push('marked')
      },
    }
    const consumer = fakeConsumer([recordsOf(values)], happened)
    const marker = createRideMarker({ consumer, store, metrics, log })
    await marker.run(new AbortController().signal)
    expect(marker.trouble()).toBeUndefined()
    return { happened, marked, counts: metrics.counts, lines }
  }

  test('marks the tracks that rides are found from, then acknowledges', async () => {
    const { happened, marked, counts } = await run([ride.value, motor.value])
    expect(happened).toEqual(['marked', 'acknowledged'])
    expect(marked).toMatchObject([[{ bikeId: bike.bikeId, fromMs: 1_000, untilMs: 2_000, samples: 2 }]])
    expect(counts).toEqual({ received: 2, written: 1 })
  })

  test('leaves aside what is no track', async () => {
    const { marked, counts, lines } = await run([Buffer.from('none'), null, ride.value])
    expect(marked[0]).toHaveLength(1)
    expect(counts).toEqual({ received: 3, failed: 2, written: 1 })
    expect(lines).toMatchObject([{ offset: '0' }, { offset: '1' }])
  })

  test('while the store is away, the batch comes again', async () => {
    expect((await run([ride.value], failing(1, 'away'))).happened).toEqual(['away', 'marked', 'acknowledged'])
  })
})

/** Tracks of `most` samples, in the order of `at`, each stored a second after the other and searchable `lagS` later. */
function deliver(
  samples: readonly RideSample[],
  most: number,
  { at, lagS }: { at: number[]; lagS: number[] },
): Stored[] {
  const groups = Map.groupBy(samples, ({ recorderId, kind }) => recorderId + kind)
  const tracks = [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / most) }, (_, i) => group.slice(i * most, (i + 1) * most)),
  )
  return tracks
    .map((of, n) => ({
      samples: of.map((sample) => ({ ...sample, trackId: `track ${n}` })),
      order: at[n % at.length] as number,
      lagMs: (lagS[n % lagS.length] as number) * 1_000,
    }))
    .sort((a, b) => a.order - b.order)
}

const morning = [
  ...recorded({ atMs: 0, seconds: 900, everyS: 5, recordingId: 1 }),
  ...recorded({ atMs: minutes(2), seconds: 700, everyS: 7, recorderId: phoneId, recordingId: 4 }),
  ...recorded({ atMs: minutes(15), seconds: 400, everyS: 5, values: standing, recordingId: 1 }),
  ...recorded({ atMs: minutes(24), seconds: 600, everyS: 5, recordingId: 1 }),
  ...recorded({ atMs: minutes(36), seconds: 600, everyS: 5, recordingId: 2 }),
  ...recorded({ atMs: minutes(60), seconds: 600, everyS: 5, recordingId: 2 }),
]

describe('the finder', () => {
  test('ends in the rides of all samples, however they come and however late they are searchable', async () => {
    const order = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 40 })
    const lags = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 7 })
    const expected = ridesOf(morning, bike)
    expect(expected).toHaveLength(3)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 5, max: 300 }), order, lags, async (most, at, lagS) => {
        const world = createWorld(bike)
        await world.run(deliver(morning, most, { at, lagS }))
        expect(world.rides().map(({ summary: _, ...ride }) => ride)).toEqual(
          expected.map(({ summary: _, ...ride }) => ride),
        )
        expect(world.rides()).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  test('an open ride is read a few times while it grows, a closed one at once', async () => {
    const ride = recorded({ atMs: 0, seconds: 3_600, everyS: 5 })
    const live = createWorld(bike, startMs)
    const tracks = deliver(ride, 12, { at: [0], lagS: [0] })
    await live.run(tracks.map((track) => ({ ...track, afterMs: 60_000 })))
    expect(live.rides()).toEqual(ridesOf(ride, bike))
    expect(live.documentsRead() / ride.length).toBeLessThanOrEqual(3)
    expect(live.counts().waiting).toBeGreaterThan(20)
  })

  test('a resting bike costs nothing', async () => {
    const world = createWorld(bike)
    await world.run(
      deliver(recorded({ atMs: 0, seconds: 7_200, values: standing }), 60, { at: [0], lagS: [0] }),
    )
    expect(world.documentsRead()).toBe(0)
    expect(Object.keys(world.counts()).sort()).toEqual(['resting'])
  })

  test('a mark of years is looked at where there are samples only', async () => {
    const world = createWorld(bike)
    const years = { fromMs: startMs - 800 * 86_400_000, untilMs: startMs + 20 * 86_400_000 }
    world.store(deliver(recorded({ atMs: 0, seconds: 600, everyS: 5 }), 500, { at: [0], lagS: [0] }))
    world.forgetMarks()
    world.mark(years)
    await world.run([])
    expect(world.rides()).toHaveLength(1)
    expect(world.counts()).toEqual({ resting: 2, read: 2 })
  })

  test('samples that are never searchable are waited for a minute', async () => {
    const world = createWorld(bike)
    await world.run(
      deliver(recorded({ atMs: 0, seconds: 600, everyS: 5 }), 500, { at: [0], lagS: [9_999_999] }),
    )
    expect(world.rides()).toEqual([])
    expect(world.counts().unseen).toBeGreaterThan(30)
    expect(world.counts().read).toBe(1)
  })

  test('whoever was overtaken reads again', async () => {
    const world = createWorld(bike)
    world.overtake(2)
    await world.run(deliver(morning, 100, { at: [0], lagS: [0] }))
    expect(world.counts().overtaken).toBe(2)
    expect(world.rides()).toEqual(ridesOf(morning, bike))
  })

  test('what fails is repeated', async () => {
    const world = createWorld(bike)
    world.fail(failing(2, 'Elasticsearch is away'))
    await world.run(deliver(morning, 100, { at: [0], lagS: [0] }))
    expect(world.rides()).toEqual(ridesOf(morning, bike))
    expect(world.lines()).toMatchObject([{ err: {} }, { err: {} }])
  })
})
