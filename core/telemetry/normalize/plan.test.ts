import { create, toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { QuarantineReason, RawTrackSchema } from '../../../proto/index.ts'
import { cacheClocks } from './caching.ts'
import { decisionFor, futureToleranceMs, proposeClocks } from './clock.ts'
import { planTrack } from './plan.ts'
import type { ArrivedTrack, ClockDecision, ClockStore, KnownBike } from './port.ts'
import { memoryClockStore } from './testing/memory-clock-store.ts'
import { settleClocks } from './worker.ts'

const day = 86_400_000
const receivedAtMs = Date.UTC(2026, 4, 1)
const rider = 'rider-1'
const recorderId = '01920000-0000-7000-8000-000000000001'
const bike: KnownBike = {
  version: 1,
  bikeId: '01920000-0000-7000-8000-00000000000b',
  producedAtMs: receivedAtMs - 300 * day,
  ownerships: [
    { riderId: 'rider-0', fromMs: receivedAtMs - 300 * day, untilMs: receivedAtMs - 100 * day },
    { riderId: rider, fromMs: receivedAtMs - 100 * day, untilMs: Number.POSITIVE_INFINITY },
  ],
  devices: [],
}

interface Arriving {
  timesMs: number[]
  sender?: string
  clockEpoch?: number
  attempt?: { sentAtMs: number; bootId?: number; monotonicMs?: number; clockEpoch?: number }
  receivedAtMs?: number
  monotonicStartMs?: number
}

let tracks = 0
function arrive({ timesMs, sender = rider, clockEpoch = 1, attempt, ...rest }: Arriving): ArrivedTrack {
  const atMs = rest.receivedAtMs ?? receivedAtMs
  const { bootId = 2, monotonicMs = 0, sentAtMs = atMs } = attempt ?? {}
  const raw = create(RawTrackSchema, {
    sender,
    receivedAtMs: BigInt(atMs),
    attempt: {
      sentAtMs: BigInt(sentAtMs),
      bootId,
      monotonicMs: BigInt(monotonicMs),
      clockEpoch: attempt?.clockEpoch ?? clockEpoch,
    },
  })
  const { monotonicStartMs } = rest
  const clock = { bootId: 1, clockEpoch, ...(monotonicStartMs !== undefined && { monotonicStartMs }) }
  const track = {
    bikeId: bike.bikeId,
    recorderId,
    kind: 'ride',
    clock,
    timesMs: Float64Array.from(timesMs),
    columns: [],
  } as const
  const record = toBinary(RawTrackSchema, raw)
  return { record, raw, trackId: `track-${++tracks}`, receivedAtMs: atMs, track: { ...track, columns: [] } }
}

const reason = QuarantineReason
const kept: ClockDecision = { rule: 'none', offsetMs: 0 }

test.each<[string, Arriving, KnownBike | undefined, { clean: string; quarantined: Record<number, string> }]>([
  ['its rider’s samples are clean', { timesMs: [-3, -2, -1] }, bike, { clean: '0+3', quarantined: {} }],
  [
    'an unknown bike’s track waits',
    { timesMs: [-3, -2] },
    undefined,
    { clean: '', quarantined: { [reason.BIKE_UNREGISTERED]: '0+2' } },
  ],
  [
    'who never owned the bike sends nothing',
    { timesMs: [-2, -1], sender: 'x' },
    bike,
    { clean: '', quarantined: { [reason.BIKE_FOREIGN]: '0+2' } },
  ],
  [
    'who sold the bike sends what is his',
    { timesMs: [-101 * day, -100 * day], sender: 'rider-0' },
    bike,
    { clean: '0+1', quarantined: { [reason.BIKE_FOREIGN]: '1+1' } },
  ],
  [
    'who bought the bike sends what is his',
    { timesMs: [-101 * day, -100 * day] },
    bike,
    { clean: '1+1', quarantined: { [reason.BIKE_FOREIGN]: '0+1' } },
  ],
  [
    'what lies before the bike was made is refused',
    { timesMs: [-301 * day, -1], sender: 'rider-0' },
    bike,
    { clean: '', quarantined: { [reason.EVENT_BEFORE_BIKE]: '0+1', [reason.BIKE_FOREIGN]: '1+1' } },
  ],
  [
    'a moment after receipt is our own clocks’',
    { timesMs: [futureToleranceMs] },
    bike,
    { clean: '0+1', quarantined: {} },
  ],
  [
    'what lies after receipt is refused',
    { timesMs: [-1, futureToleranceMs + 1] },
    bike,
    { clean: '0+1', quarantined: { [reason.EVENT_IN_FUTURE]: '1+1' } },
  ],
])('%s', (_, { timesMs, ...arriving }, known, expected) => {
  const verdict = planTrack(
    arrive({ ...arriving, timesMs: timesMs.map((ms) => receivedAtMs + ms) }),
    known,
    kept,
  )
  const text = (ranges: readonly { first: number; count: number }[]) =>
    ranges.map(({ first, count }) => `${first}+${count}`).join()
  expect(text(verdict.clean)).toBe(expected.clean)
  expect(Object.fromEntries(verdict.quarantined.map((each) => [each.reason, text(each.samples)]))).toEqual(
    expected.quarantined,
  )
})

test.each<[string, Arriving, KnownBike | undefined, ClockDecision | undefined]>([
  ['the owner’s track decides', { timesMs: [receivedAtMs - day] }, bike, { rule: 'sent_at', offsetMs: 0 }],
  [
    'a fast phone’s track decides',
    { timesMs: [receivedAtMs + day], attempt: { sentAtMs: receivedAtMs + 2 * day } },
    bike,
    { rule: 'sent_at', offsetMs: -2 * day },
  ],
  ['a stranger’s does not', { timesMs: [receivedAtMs - day], sender: 'x' }, bike, undefined],
  ['an unknown bike’s does not', { timesMs: [receivedAtMs - day] }, undefined, undefined],
  [
    'one whose samples would all lie in the future does not',
    { timesMs: [receivedAtMs + day], attempt: { sentAtMs: 0, clockEpoch: 9 } },
    bike,
    undefined,
  ],
  [
    'one whose samples would all lie before the bike does not',
    { timesMs: [1_000], attempt: { sentAtMs: 0, clockEpoch: 9 } },
    bike,
    undefined,
  ],
])('%s', (_, arriving, known, decision) => {
  const [proposal] = proposeClocks([{ arrived: arrive(arriving), known: {}, bike: known }])
  expect(proposal?.decision).toEqual(decision)
})

/** The event times of the clean samples, batch after batch. */
async function normalizeAll(
  batches: readonly (readonly ArrivedTrack[])[],
  clocks: ClockStore,
): Promise<number[]> {
  const events: number[] = []
  for (const batch of batches) {
    const known = await settleClocks(batch, () => bike, clocks)
    for (const arrived of batch) {
      const { clean, clock } = planTrack(arrived, bike, decisionFor(arrived, known.get(arrived) ?? {}))
      for (const { first, count } of clean) {
        for (const ms of arrived.track.timesMs.subarray(first, first + count))
          events.push(ms + clock.offsetMs)
      }
    }
  }
  return events
}

const anyClock = fc.record({
  wrongByMs: fc.integer({ min: -3_000 * day, max: 3_000 * day }),
  ageMs: fc.integer({ min: 0, max: 50 * day }),
  hasMonotonic: fc.boolean(),
  sameBoot: fc.boolean(),
  steps: fc.array(fc.integer({ min: 20, max: 60_000 }), { minLength: 1, maxLength: 30 }),
})

function rideOf({
  wrongByMs,
  ageMs,
  hasMonotonic,
  sameBoot,
  steps,
}: typeof anyClock extends fc.Arbitrary<infer T> ? T : never) {
  let lastMs = receivedAtMs - ageMs - steps.reduce((sum, step) => sum + step, 0)
  const timesMs = steps.map((step) => {
    lastMs += step
    return lastMs + wrongByMs
  })
  const startedMs = (timesMs[0] as number) - wrongByMs
  /** An attempt at a time after the ride. */
  const attemptAt = (atMs: number) => ({
    sentAtMs: atMs + wrongByMs,
    bootId: sameBoot ? 1 : 2,
    monotonicMs: atMs - startedMs + 5_000,
  })
  const start = (index: number) =>
    hasMonotonic ? { monotonicStartMs: (timesMs[index] as number) - wrongByMs - startedMs + 5_000 } : {}
  return { timesMs, attemptAt, start }
}

test('a retry with other clock facts gives the same event times', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyClock,
      fc.integer({ min: 0, max: 30 * day }),
      fc.integer({ min: -day, max: day }),
      async (clock, laterMs, driftMs) => {
        const { timesMs, attemptAt, start } = rideOf(clock)
        const first = arrive({ timesMs, attempt: attemptAt(receivedAtMs), ...start(0) })
        const laterAttempt = attemptAt(receivedAtMs + laterMs)
        const retry = arrive({
          timesMs,
          receivedAtMs: receivedAtMs + laterMs,
          attempt: { ...laterAttempt, sentAtMs: laterAttempt.sentAtMs + driftMs },
          ...start(0),
        })
        const clocks = cacheClocks(memoryClockStore(), 100)
        const before = await normalizeAll([[first]], clocks)
        expect(await normalizeAll([[retry]], clocks)).toEqual(before)
        expect(await normalizeAll([[first], [retry]], clocks)).toEqual([...before, ...before])
      },
    ),
  )
})

test('a ride sent again in other pieces gives the same event times', async () => {
  await fc.assert(
    fc.asyncProperty(anyClock, fc.nat(), async (clock, cut) => {
      const { timesMs, attemptAt, start } = rideOf(clock)
      const attempt = attemptAt(receivedAtMs)
      const at = 1 + (cut % timesMs.length)
      const pieces = [arrive({ timesMs: timesMs.slice(0, at), attempt, ...start(0) })]
      if (at < timesMs.length) pieces.push(arrive({ timesMs: timesMs.slice(at), attempt, ...start(at) }))
      const whole = arrive({ timesMs, attempt, ...start(0) })
      const clocks = cacheClocks(memoryClockStore(), 100)
      const first = await normalizeAll([[whole]], clocks)
      expect(await normalizeAll([pieces], clocks)).toEqual(first)
    }),
  )
})

test('whatever the clocks say, no event lies after its receipt or before its bike', async () => {
  const anyTrack = fc.record({
    timesMs: fc
      .uniqueArray(fc.integer({ min: 0, max: 2 * receivedAtMs }), { minLength: 1, maxLength: 20 })
      .map((times) => times.sort((a, b) => a - b)),
    attempt: fc.record({
      sentAtMs: fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }),
      bootId: fc.constantFrom(1, 2),
      monotonicMs: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
      clockEpoch: fc.constantFrom(1, 2),
    }),
    monotonicStartMs: fc.integer({ min: 0, max: 2 ** 53 - 1 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(anyTrack, { minLength: 1, maxLength: 5 }), async (all) => {
      const events = await normalizeAll(
        all.map((each) => [arrive(each)]),
        memoryClockStore(),
      )
      for (const ms of events) {
        expect(ms).toBeLessThanOrEqual(receivedAtMs + futureToleranceMs)
        expect(ms).toBeGreaterThanOrEqual(bike.producedAtMs)
      }
    }),
  )
})

test('every sample is either clean or quarantined, once', () => {
  const anyTimes = fc.uniqueArray(fc.integer({ min: -320 * day, max: day }), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(anyTimes, fc.constantFrom(rider, 'rider-0', 'x'), (offsets, sender) => {
      const timesMs = offsets.sort((a, b) => a - b).map((ms) => receivedAtMs + ms)
      const { clean, quarantined } = planTrack(arrive({ timesMs, sender }), bike, kept)
      const ranges = [...clean, ...quarantined.flatMap(({ samples }) => samples)].toSorted(
        (a, b) => a.first - b.first,
      )
      let next = 0
      for (const { first, count } of ranges) {
        expect(first).toBe(next)
        next += count
      }
      expect(next).toBe(timesMs.length)
    }),
  )
})
