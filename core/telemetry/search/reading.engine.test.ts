// Reading a bike back: order, pages and windows.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testEngines, uniqueNamespace } from '../../../testkit/engines.ts'
import type { OwnedTime } from '../../riders/own-data/export/port.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'
import { openStoreEnvironment, type StoreEnvironment, seconds } from './testing/store-environment.ts'

const { elasticsearch } = testEngines()
const namespace = uniqueNamespace()
let environment: StoreEnvironment

beforeAll(async () => {
  environment = await openStoreEnvironment({ elasticsearch, namespace })
})
afterAll(() => environment.close())

test('samples are read latest first, page by page, within the windows of the rider', async () => {
  const bikeId = newId()
  const timesMs = seconds('2025-08-31T23:59:50Z', 20)
  await environment.settleAll([
    cleanTrack({ bikeId, recorderId: newId(), timesMs }),
    cleanTrack({ bikeId, recorderId: newId(), timesMs }),
    cleanTrack({
      bikeId,
      recorderId: newId(),
      timesMs,
      kind: 'battery',
      columns: [{ key: 'state_of_charge_pct', values: timesMs.map((_, i) => 955 - i) }],
      offsetMs: 500,
    }),
  ])
  const all = await environment.readAll(bikeId)
  expect(all.length).toBe(60)
  expect(all[0]).toMatchObject({
    kind: 'battery',
    timeMs: (timesMs[19] as number) + 500,
    values: { state_of_charge_pct: 93.6 },
    provenance: { recordedAtMs: timesMs[19], rule: 'sent_at', offsetMs: 500 },
  })
  const windows = [
    { fromMs: Number.NEGATIVE_INFINITY, toMs: timesMs[5] as number },
    { fromMs: timesMs[15] as number },
  ]
  const paged: (typeof all)[number][] = []
  const range = { bikeId, fromMs: timesMs[0] as number, toMs: timesMs[19] as number, limit: 7, windows }
  let cursor: string | undefined
  do {
    const page = await environment.reader.readSamples({ ...range, ...(cursor !== undefined && { cursor }) })
    paged.push(...page.samples)
    cursor = page.next
  } while (cursor !== undefined)
  const inWindow = all.filter(
    ({ timeMs }) =>
      timeMs < range.toMs && windows.some(({ fromMs, toMs = Infinity }) => timeMs >= fromMs && timeMs < toMs),
  )
  expect(paged).toEqual(inWindow)
  const batteries = await environment.reader.readSamples({ ...range, kind: 'battery', limit: 100 })
  expect(batteries.samples).toEqual(inWindow.filter(({ kind }) => kind === 'battery'))
  await expect(environment.reader.readSamples({ ...range, cursor: 'bm9uZQ' })).rejects.toThrow('cursor')
})

test('samples are read oldest first where that is asked, and the months of some bikes and times are found', async () => {
  const [bikeId, other] = [newId(), newId()]
  const [may, june] = [seconds('2025-05-31T23:59:55Z', 5), seconds('2025-06-01T00:00:00Z', 5)]
  const timesMs = [...may, ...june]
  await environment.settleAll([
    cleanTrack({ bikeId, recorderId: newId(), timesMs }),
    cleanTrack({ bikeId: other, recorderId: newId(), timesMs: seconds('2025-03-01T00:00:00Z', 5) }),
  ])
  await environment.request('POST', `/${namespace}-telemetry/_refresh`)
  const { reader } = environment
  const query = { bikeId, fromMs: 0, toMs: Date.parse('2026-01-01'), limit: 4, oldestFirst: true }
  const first = await reader.readSamples(query)
  const second = await reader.readSamples({ ...query, cursor: first.next })
  expect([...first.samples, ...second.samples].map(({ timeMs }) => timeMs)).toEqual(timesMs.slice(0, 8))

  const always = [{ fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }]
  const untilJune = [{ fromMs: Number.NEGATIVE_INFINITY, toMs: june[0] as number }]
  const monthsOf = async (...bikes: OwnedTime[]) => [...(await reader.sampleMonthsOf(bikes))].sort()
  expect(await monthsOf({ bikeId, windows: always })).toEqual(['2025-05', '2025-06'])
  expect(await monthsOf({ bikeId, windows: untilJune })).toEqual(['2025-05'])
  expect(await monthsOf({ bikeId, windows: untilJune }, { bikeId: other, windows: always })).toEqual([
    '2025-03',
    '2025-05',
  ])
  expect(await monthsOf()).toEqual([])
})

test('a month that cannot answer fails the read, it does not look empty', async () => {
  const bikeId = newId()
  const timesMs = seconds('2025-06-30T23:59:50Z', 20)
  await environment.settleAll([cleanTrack({ bikeId, recorderId: newId(), timesMs })])
  const june = `${namespace}-telemetry-ride-2025.06`
  await environment.request('PUT', `/${june}/_settings`, { 'index.max_result_window': 20 })
  await expect(environment.readAll(bikeId)).rejects.toThrow()
  await environment.request('PUT', `/${june}/_settings`, { 'index.max_result_window': null })
  expect((await environment.readAll(bikeId)).length).toBe(20)
})
