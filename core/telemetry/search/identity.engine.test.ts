// What the store holds after repeats, replays and contradictions.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testEngines, uniqueNamespace } from '../../../testkit/engines.ts'
import { countsOf } from './records.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'
import { openStoreEnvironment, type StoreEnvironment, seconds, tally } from './testing/store-environment.ts'

const { elasticsearch } = testEngines()
const namespace = uniqueNamespace()
let environment: StoreEnvironment

beforeAll(async () => {
  environment = await openStoreEnvironment({ elasticsearch, namespace })
})
afterAll(() => environment.close())

test('a replay adds nothing and gives the same outcomes', async () => {
  const bikeId = newId()
  const recorderId = newId()
  const timesMs = seconds('2025-04-01T10:00:00Z', 200)
  const records = [
    cleanTrack({ bikeId, recorderId, timesMs }),
    cleanTrack({ bikeId, recorderId, timesMs: timesMs.slice(150) }),
    cleanTrack({ bikeId, recorderId, timesMs, offsetMs: -10_000, ranges: [{ first: 0, count: 10 }] }),
  ]
  const first = await environment.settleAll(records)
  expect(tally(first)).toEqual({ stored: 210, duplicate: 50 })
  const second = await environment.settleAll(records)
  expect(second.map(countsOf)).toEqual(first.map(countsOf))
  expect((await environment.readAll(bikeId)).length).toBe(210)
})

test('the same identity with other values is a conflict, and the first stays', async () => {
  const bikeId = newId()
  const recorderId = newId()
  const timesMs = seconds('2025-04-01T10:00:00Z', 3)
  const speed = (...values: number[]) => [{ key: 'speed_kmh' as const, values }]
  const first = cleanTrack({ bikeId, recorderId, timesMs, columns: speed(1_000, 2_000, Number.NaN) })
  const other = cleanTrack({ bikeId, recorderId, timesMs, columns: speed(1_000, 2_001, 3_000) })
  expect(tally(await environment.settleAll([first]))).toEqual({ stored: 3 })
  expect(tally(await environment.settleAll([other]))).toEqual({ duplicate: 1, conflict: 2 })
  expect((await environment.readAll(bikeId)).map(({ values }) => values)).toEqual([
    {},
    { speed_kmh: 2 },
    { speed_kmh: 1 },
  ])
})

test('shuffled delivery leaves the same samples', async () => {
  const recorderId = newId()
  const tracksOf = (bikeId: string) =>
    [0, 1, 2, 3].map((part) =>
      cleanTrack({
        bikeId,
        recorderId,
        timesMs: seconds('2025-04-30T23:58:20Z', 400).slice(part * 80, part * 80 + 120),
      }),
    )
  const [ordered, shuffled] = [newId(), newId()]
  const counts = tally(await environment.settleAll(tracksOf(ordered)))
  const records = tracksOf(shuffled)
  expect(tally(await environment.settleAll([2, 0, 3, 1].map((i) => records[i] as Uint8Array)))).toEqual(
    counts,
  )
  const view = (samples: Awaited<ReturnType<StoreEnvironment['readAll']>>) =>
    samples.map(({ timeMs, values }) => ({ timeMs, values }))
  expect(view(await environment.readAll(shuffled))).toEqual(view(await environment.readAll(ordered)))
})
