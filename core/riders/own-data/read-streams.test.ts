// A ride's streams from its samples: pages, several recorders, batteries and odometers that change on the way.
import { expect, test } from 'vitest'
import type { Sample, SampleQuery } from '../../engines/elasticsearch/port.ts'
import { readRideStreams } from './read-streams.ts'

const [bike, phone] = ['5b0c6a1e-0000-4000-8000-00000000000a', '5b0c6a1e-0000-4000-8000-00000000000b']
const startMs = Date.UTC(2026, 9, 24, 23)

const sample = (
  second: number,
  recorderId: string,
  values: Sample['values'],
  kind: Sample['kind'] = 'ride',
): Sample => ({
  ...{ timeMs: startMs + second * 1_000, kind, recorderId, values },
  provenance: {
    recordedAtMs: 0,
    receivedAtMs: 0,
    rule: recorderId === bike ? 'monotonic' : 'sent_at',
    offsetMs: second,
  },
})

async function streamsOf(samples: readonly Sample[], more: Partial<SampleQuery> = {}) {
  const asked: SampleQuery[] = []
  const inOrder = samples.toSorted((a, b) => a.timeMs - b.timeMs)
  const readSamples = async (query: SampleQuery) => {
    asked.push(query)
    const from = Number(query.cursor ?? 0)
    const page = inOrder.slice(from, from + 3)
    return from + 3 < inOrder.length ? { samples: page, next: String(from + 3) } : { samples: page }
  }
  const ride = { bikeId: bike, fromMs: startMs, untilMs: startMs + 100_000, moduleIds: [bike], ...more }
  return { ...(await readRideStreams(ride, { readSamples })), asked }
}
const seconds = ({ times }: { times: readonly number[] }) => times.map((time) => (time - startMs) / 1_000)

test('pages are read oldest first to the last moment of the ride, within the windows, without faults', async () => {
  const windows = [{ fromMs: 0, toMs: 1 }]
  const five = [0, 1, 2, 3].map((second) => sample(second, phone, { speed_kmh: second }))
  const { streams, asked } = await streamsOf([...five, sample(4, phone, { fault_code: 3 }, 'fault')], {
    windows,
  })
  expect(streams).toMatchObject({ columns: { speed_kmh: [0, 1, 2, 3] }, bucketMs: 0 })
  expect(asked).toHaveLength(2)
  expect(asked[1]).toMatchObject({
    fromMs: startMs,
    toMs: startMs + 100_001,
    oldestFirst: true,
    windows,
    cursor: '3',
  })
})

test('of a phone and a module the one is heard for places and the other one for all else', async () => {
  const samples = [0, 2, 4].flatMap((second) => [
    sample(second, bike, { odometer_m: 9_000 + second, latitude_deg: 1, longitude_deg: 1 }),
    sample(second + 1, phone, { odometer_m: second, latitude_deg: 47, longitude_deg: 8 }),
  ])
  const { streams, clocks } = await streamsOf([...samples, sample(30, phone, { odometer_m: 40 })])
  expect(seconds(streams)).toEqual([0, 1, 2, 3, 4, 5, 30])
  expect(streams.columns.odometer_m).toEqual([9_000, null, 9_002, null, 9_004, null, 40])
  expect(streams.columns.latitude_deg).toEqual([null, 47, null, 47, null, 47, null])
  expect(clocks).toEqual([
    { recorderId: bike, rule: 'monotonic', leastOffsetMs: 0, greatestOffsetMs: 4 },
    { recorderId: phone, rule: 'sent_at', leastOffsetMs: 1, greatestOffsetMs: 30 },
  ])
})

test('a battery that is exchanged, and two that tell by turns, stand there as they told', async () => {
  const told = [80, 79, 20, 19, 78].map((charge, second) =>
    sample(second, bike, { state_of_charge_pct: charge }, 'battery'),
  )
  expect((await streamsOf(told)).streams.columns.state_of_charge_pct).toEqual([80, 79, 20, 19, 78])
})

test('the night in which summer time ends has an hour more, and no time twice', async () => {
  const night = [0, 3_600, 7_200, 10_800].map((second) => sample(second, phone, { speed_kmh: 20 }))
  const { streams } = await streamsOf(night)
  const rows = streams.times.filter((_, row) => streams.columns.speed_kmh?.[row] === 20)
  expect(rows.map((time) => new Date(time).toISOString().slice(11, 16))).toEqual([
    '23:00',
    '00:00',
    '01:00',
    '02:00',
  ])
})

test('what no process could hold is refused', async () => {
  const page = Array.from({ length: 5_000 }, () => sample(0, phone, { speed_kmh: 1 }))
  const readSamples = async () => ({ samples: page, next: 'more' })
  const ride = { bikeId: bike, fromMs: 0, untilMs: 1, moduleIds: [] }
  await expect(readRideStreams(ride, { readSamples })).rejects.toThrow('a ride of more than 1000000 samples')
})
