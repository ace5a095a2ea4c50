// Where late samples go: the month of their event, also when its index is blocked, new or gone.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testEngines, uniqueNamespace } from '../../../testkit/engines.ts'
import { partitionOf, upcoming } from './partitions.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'
import { openStoreEnvironment, type StoreEnvironment, seconds, tally } from './testing/store-environment.ts'
import { createPartitionMaker } from './worker.ts'

const { elasticsearch } = testEngines()
const namespace = uniqueNamespace()
let environment: StoreEnvironment

beforeAll(async () => {
  environment = await openStoreEnvironment({ elasticsearch, namespace })
})
afterAll(() => environment.close())

test('a November ride uploaded in March lands in the partition of November', async () => {
  const bikeId = newId()
  const track = cleanTrack({
    bikeId,
    recorderId: newId(),
    timesMs: seconds('2025-11-30T23:59:00Z', 120),
    receivedAtMs: Date.parse('2026-03-15T12:00:00Z'),
  })
  expect(tally(await environment.settleAll([track]))).toEqual({ stored: 120 })
  const november = partitionOf('ride', Date.UTC(2025, 10))
  expect(await environment.store.generations(november)).toEqual([`${namespace}-telemetry-ride-2025.11`])
  await environment.request('POST', `/${namespace}-telemetry/_refresh`)
  const found = await environment.store.find(
    [`${namespace}-telemetry-ride-2025.11`],
    (await environment.readAll(bikeId)).map(({ timeMs, kind, recorderId }) => ({
      bikeId,
      timeMs,
      kind,
      recorderId,
    })),
  )
  expect(found.length).toBe(60)
})

test('a blocked partition gets a sibling: late samples pass, nothing is stored twice, readers see all', async () => {
  const bikeId = newId()
  const recorderId = newId()
  const timesMs = seconds('2024-02-10T08:00:00Z', 100)
  const before = cleanTrack({ bikeId, recorderId, timesMs: timesMs.slice(0, 60) })
  const late = cleanTrack({ bikeId, recorderId, timesMs: timesMs.slice(40), trackId: newId() })
  await environment.settleAll([before])
  const base = `${namespace}-telemetry-ride-2024.02`
  await environment.request('PUT', `/${base}/_settings`, { 'index.blocks.write': true })

  expect(tally(await environment.settleAll([late]))).toEqual({ duplicate: 20, stored: 40 })
  const february = partitionOf('ride', Date.UTC(2024, 1))
  expect(await environment.store.generations(february)).toEqual([base, `${base}-s1`])
  expect(tally(await environment.settleAll([before, late]))).toEqual({ stored: 100, duplicate: 20 })
  expect((await environment.readAll(bikeId)).map(({ timeMs }) => timeMs)).toEqual(timesMs.toReversed())

  // A worker that starts later finds the sibling by itself, also when somebody lifts the block.
  await environment.request('PUT', `/${base}/_settings`, { 'index.blocks.write': null })
  const later = environment.anotherStore({ knownToAllAfterMs: 0 })
  const more = cleanTrack({ bikeId, recorderId, timesMs: seconds('2024-02-10T09:00:00Z', 10) })
  expect(tally(await environment.settleAll([before, late, more], later))).toEqual({
    stored: 110,
    duplicate: 20,
  })
  expect((await environment.readAll(bikeId)).length).toBe(110)
  await later.close()
})

test('a block lifted before every worker knows the sibling doubles nothing', async () => {
  const [recorderId, bikeId] = [newId(), newId()]
  const sampleAt = (time: string) => cleanTrack({ bikeId, recorderId, timesMs: seconds(time, 10) })
  const base = `${namespace}-telemetry-ride-2018.06`
  const [noticing, unknowing] = [
    environment.anotherStore({ knownToAllAfterMs: 3_000 }),
    environment.anotherStore(),
  ]
  const first = sampleAt('2018-06-01T08:00:00Z')
  for (const store of [noticing, unknowing]) await environment.settleAll([first], store)
  // Unlike a write block, it keeps the platform's own block out.
  await environment.request('PUT', `/${base}/_block/read_only`)
  const late = sampleAt('2018-06-02T08:00:00Z')
  const settling = async () => tally(await environment.settleAll([late], noticing))
  await expect(settling()).rejects.toThrow('a worker may not know it yet')
  await environment.request('PUT', `/${base}/_settings`, { 'index.blocks.read_only': null })
  expect(tally(await environment.settleAll([late], unknowing))).toEqual({ stored: 10 })
  await expect.poll(() => settling().catch(String), { interval: 500 }).toEqual({ stored: 10 })
  expect((await environment.readAll(bikeId)).length).toBe(20)
  await Promise.all([noticing.close(), unknowing.close()])
})

test('a full disk is waited out, and leads to no sibling', async () => {
  const timesMs = seconds('2023-05-05T05:05:05Z', 10)
  const index = `${namespace}-telemetry-ride-2023.05`
  await environment.settleAll([cleanTrack({ bikeId: newId(), recorderId: newId(), timesMs })])
  // What Elasticsearch itself sets when a disk is full.
  await environment.request('PUT', `/${index}/_settings`, { 'index.blocks.read_only_allow_delete': true })
  const settling = environment.settleAll([cleanTrack({ bikeId: newId(), recorderId: newId(), timesMs })])
  await expect.poll(() => environment.delays.length).toBeGreaterThan(0)
  expect(environment.delays[0]).toContain('cluster_block_exception')
  await environment.request('PUT', `/${index}/_settings`, { 'index.blocks.read_only_allow_delete': null })
  expect(tally(await settling)).toEqual({ stored: 10 })
  expect(await environment.store.generations(partitionOf('ride', Date.UTC(2023, 4)))).toEqual([index])
})

test('a document that the store refuses goes to quarantine with the reason, its neighbours are stored', async () => {
  const bikeId = newId()
  const timesMs = seconds('2020-05-05T05:05:05Z', 2)
  // Longer than a term may be.
  const refused = cleanTrack({ bikeId, recorderId: newId(), timesMs, riderId: 'x'.repeat(40_000) })
  const plans = await environment.settleAll([refused, cleanTrack({ bikeId, recorderId: newId(), timesMs })])
  expect(tally(plans)).toEqual({ store_refused: 2, stored: 2 })
  expect(plans[0]?.refusal).toContain('rider_id')
})

test('two workers may meet a new month at once', async () => {
  const other = environment.anotherStore()
  const march = partitionOf('battery', Date.UTC(2022, 2))
  const name = `${namespace}-telemetry-system-2022.03`
  const stores = [environment.store, other]
  expect(await Promise.all(stores.map((store) => store.makePartition(march)))).toEqual([undefined, undefined])
  expect(await Promise.all(stores.map((store) => store.generations(march)))).toEqual([[name], [name]])
  await other.close()
})

test('a partition that cannot be made parks its own samples alone, and takes them when it can', async () => {
  const bikeId = newId()
  const taken = { bikeId, recorderId: newId(), timesMs: seconds('2016-01-31T23:59:58Z', 4) }
  await environment.settleAll([
    cleanTrack({ bikeId, recorderId: newId(), timesMs: seconds('2016-02-01T00:00:00Z', 1) }),
  ])
  // The name is taken: the engine refuses the index as it does when it has all the shards that it may have.
  const alias = { alias: `${namespace}-telemetry-ride-2016.01`, index: `${namespace}-telemetry-ride-2016.02` }
  await environment.request('POST', '/_aliases', { actions: [{ add: alias }] })
  const other = cleanTrack({ bikeId, recorderId: newId(), timesMs: seconds('2016-02-02T00:00:00Z', 5) })
  const plans = await environment.settleAll([cleanTrack(taken), other])
  expect(plans.map((plan) => tally([plan]))).toEqual([{ partition_pending: 2 }, { stored: 5 }])
  await environment.request('POST', '/_aliases', { actions: [{ remove: alias }] })
  expect(tally(await environment.settleAll([cleanTrack(taken)]))).toMatchObject({ stored: 2 })
})

test('a new month is made beside the stream: its samples wait, the others of the batch do not', async () => {
  const { store, newPartitions, settleAll } = environment
  const ride = (time: string) =>
    cleanTrack({ bikeId: newId(), recorderId: newId(), timesMs: seconds(time, 3) })
  const known = ride('2016-02-03T00:00:00Z')
  await settleAll([known])
  const batch = [ride('2015-05-05T00:00:00Z'), known]
  const before = await settleAll(batch, store)
  expect(before.map((plan) => tally([plan]))).toEqual([{ partition_pending: 3 }, { stored: 3 }])
  expect(before[0]?.refusal).toBe('its partition is being made')

  const may = partitionOf('ride', Date.UTC(2015, 4))
  const stop = new AbortController()
  const maker = createPartitionMaker({ store, newPartitions, log: { warn: () => undefined } })
  const making = maker.run(stop.signal)
  await expect.poll(() => store.generations(may)).toHaveLength(1)
  expect(tally(await settleAll(batch, store))).toEqual({ stored: 6 })
  // The month that is now and the next are there before anybody needs them.
  for (const partition of upcoming(Date.now())) expect(await store.generations(partition)).toHaveLength(1)
  stop.abort()
  await making
})

test('a partition that was deleted is made again, never guessed by the engine', async () => {
  const bikeId = newId()
  const timesMs = seconds('2021-07-01T00:00:00Z', 5)
  await environment.settleAll([cleanTrack({ bikeId, recorderId: newId(), timesMs })])
  await environment.request('DELETE', `/${namespace}-telemetry-ride-2021.07`)
  expect(tally(await environment.settleAll([cleanTrack({ bikeId, recorderId: newId(), timesMs })]))).toEqual({
    stored: 5,
  })
  expect((await environment.readAll(bikeId)).length).toBe(5)
})

test('a generation that cannot answer is waited for: nothing is stored twice', async () => {
  const bikeId = newId()
  const recorderId = newId()
  const timesMs = seconds('2019-03-03T08:00:00Z', 30)
  const base = `${namespace}-telemetry-ride-2019.03`
  for (const [i, index] of [base, `${base}-s1`, `${base}-s2`].entries()) {
    const part = timesMs.slice(10 * i, 10 * i + 10)
    await environment.settleAll([cleanTrack({ bikeId, recorderId, timesMs: part })])
    if (i < 2) await environment.request('PUT', `/${index}/_settings`, { 'index.blocks.write': true })
  }
  await environment.request('PUT', `/${base}/_settings`, { 'index.max_terms_count': 3 })
  const again = () => environment.settleAll([cleanTrack({ bikeId, recorderId, timesMs })])
  await expect(again()).rejects.toThrow()
  await environment.request('PUT', `/${base}/_settings`, { 'index.max_terms_count': null })
  expect(tally(await again())).toEqual({ duplicate: 30 })
  expect((await environment.readAll(bikeId)).length).toBe(30)
})
