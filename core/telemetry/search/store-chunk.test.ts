import { expect, test } from 'vitest'
import { cutChunks } from './chunks.ts'
import { createNewPartitions } from './partitions.ts'
import { countOutcomes, openTrack, type PlannedTrack } from './planned-track.ts'
import { storeChunk } from './store-chunk.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'
import { createMemoryStore, idOf, type MemoryStore } from './testing/memory-store.ts'

const ids = { bikeId: newId(), recorderId: newId() }
const timesMs = [1_000, 2_000, 3_000]
const speeds = (values: number[]) => [{ key: 'speed_kmh' as const, values }]

interface Storing {
  readonly plan: PlannedTrack
  readonly delays: readonly string[]
  readonly outcomes: Record<string, number>
}

async function storeTrack(
  store: MemoryStore,
  record = cleanTrack({ ...ids, timesMs }),
  open = new Set<string>(),
): Promise<Storing> {
  const delays: string[] = []
  const track = openTrack(record)
  const onDelay = (why: string) => void delays.push(why)
  const deps = { store, openSiblings: open, newPartitions: createNewPartitions(), onDelay }
  for await (const chunk of cutChunks([track], { samples: 100, bytes: 1e6 })) {
    await storeChunk(deps, chunk, new AbortController().signal)
  }
  const outcomes = Object.entries(countOutcomes(track.plan)).filter(([, samples]) => samples > 0)
  return { plan: track.plan, delays, outcomes: Object.fromEntries(outcomes) }
}

test('a chunk that is created at once is one bulk', async () => {
  const store = createMemoryStore()
  expect(await storeTrack(store)).toMatchObject({ outcomes: { stored: 3 }, delays: [] })
  expect(store.asked).toEqual(['create ride-0 3'])
})

test('of documents that exist our own are stored, equal ones duplicates, others conflicts', async () => {
  const store = createMemoryStore()
  const mine = newId()
  await storeTrack(store, cleanTrack({ ...ids, timesMs: [1_000], trackId: mine, columns: speeds([1]) }))
  await storeTrack(store, cleanTrack({ ...ids, timesMs: [2_000, 3_000], columns: speeds([2, 3]) }))
  store.asked.length = 0
  const track = cleanTrack({
    ...ids,
    timesMs: [1_000, 2_000, 3_000, 4_000],
    trackId: mine,
    columns: speeds([1, 2, 33, 4]),
  })
  const { plan } = await storeTrack(store, track)
  expect(countOutcomes(plan)).toMatchObject({ stored: 2, duplicate: 1, conflict: 1, pending: 0 })
  expect(store.asked).toEqual(['create ride-0 4', 'get ride-0 3'])
})

test('a document that is gone when it is compared is sent again', async () => {
  const store = createMemoryStore()
  store.answers.push((document, i) => (i === 1 ? { type: 'exists', id: idOf(document) } : undefined))
  expect(await storeTrack(store)).toMatchObject({ outcomes: { stored: 3 } })
  expect(store.asked).toEqual(['create ride-0 3', 'get ride-0 1', 'create ride-0 1'])
})

test('a refused sample waits with the first reason given, its neighbours are stored', async () => {
  const store = createMemoryStore()
  store.answers.push((_, i) => (i === 0 ? undefined : { type: 'refused', detail: `reason ${i}` }))
  const { plan, outcomes } = await storeTrack(store)
  expect(outcomes).toEqual({ stored: 1, refused: 2 })
  expect(plan.refusal).toBe('reason 1')
})

test('while the engine has no room the rest is sent again after pauses, and what holds it up is said', async () => {
  const store = createMemoryStore()
  for (let i = 0; i < 3; i++)
    store.answers.push((_, at) => (at === 0 ? { type: 'busy', detail: `full ${i}` } : undefined))
  expect(await storeTrack(store)).toMatchObject({
    outcomes: { stored: 3 },
    delays: ['full 0', 'full 1', 'full 2'],
  })
  expect(store.asked).toEqual(['create ride-0 3', 'create ride-0 1', 'create ride-0 1', 'create ride-0 1'])
})

test('a wait for room ends with the signal', async () => {
  const store = createMemoryStore()
  const stop = new AbortController()
  store.answers.push(() => ({ type: 'busy', detail: 'full' }))
  const [chunk] = await chunksOf(cleanTrack({ ...ids, timesMs }))
  const newPartitions = createNewPartitions()
  const deps = { store, openSiblings: new Set<string>(), newPartitions, onDelay: () => stop.abort() }
  await expect(storeChunk(deps, chunk as never, stop.signal)).rejects.toThrow('aborted')
})

async function chunksOf(record: Uint8Array) {
  const chunks = []
  for await (const chunk of cutChunks([openTrack(record)], { samples: 100, bytes: 1e6 })) chunks.push(chunk)
  return chunks
}

test('a partition that is missing is forgotten, and asked for if it is gone', async () => {
  const store = createMemoryStore()
  store.answers.push(() => ({ type: 'missing' }))
  expect(await storeTrack(store)).toMatchObject({ outcomes: { stored: 3 } })
  expect(store.asked).toEqual(['create ride-0 3', 'forget', 'create ride-0 3'])
  store.answers.push(() => {
    store.names = []
    return { type: 'missing' }
  })
  expect(await storeTrack(store)).toMatchObject({ outcomes: { parked: 3 } })
})

test('a blocked partition gets a sibling; what it holds already is settled, the rest goes to the sibling', async () => {
  const store = createMemoryStore()
  store.answers.push((_, i) => (i === 0 ? undefined : { type: 'blocked' }))
  await storeTrack(store, cleanTrack({ ...ids, timesMs: [500], columns: speeds([5]) }))
  store.answers.push(() => ({ type: 'blocked' }))
  store.asked.length = 0
  const track = cleanTrack({ ...ids, timesMs: [500, 1_000, 2_000], columns: speeds([5, 6, 7]) })
  expect(await storeTrack(store, track)).toMatchObject({ outcomes: { stored: 2, duplicate: 1 } })
  expect(store.asked).toEqual([
    'create ride-0 3',
    'forget',
    'add a sibling to ride-0',
    'facts of ride-0 and ride-1',
    'find ride-0 3',
    'create ride-1 2',
  ])
})

test('where somebody else has added a sibling, no second one is added', async () => {
  const store = createMemoryStore()
  store.answers.push(() => {
    store.names = ['ride-0', 'ride-1']
    return { type: 'blocked' }
  })
  await storeTrack(store)
  expect(store.asked.filter((what) => what.startsWith('add'))).toEqual([])
  expect(store.asked.at(-1)).toBe('create ride-1 3')
})

test('when all is settled by closed generations nothing is sent', async () => {
  const store = createMemoryStore()
  await storeTrack(store)
  store.names = ['ride-0', 'ride-1']
  store.asked.length = 0
  expect(await storeTrack(store)).toMatchObject({ outcomes: { duplicate: 3 } })
  expect(store.asked).toEqual(['facts of ride-0 and ride-1', 'find ride-0 3'])
})

test('a young sibling whose predecessor may still be written to is not written to, and says for how long', async () => {
  const store = createMemoryStore()
  store.names = ['ride-0', 'ride-1']
  store.facts = { isPredecessorClosed: false, ageMs: 10_500, knownToAllAfterMs: 60_000 }
  await expect(storeTrack(store)).rejects.toThrow('ride-1 is not written to for 50 s')
  expect(store.asked).toEqual(['facts of ride-0 and ride-1'])
})

test('once every worker knows a sibling, its predecessor is made searchable, and that is asked for once', async () => {
  const store = createMemoryStore()
  store.names = ['ride-0', 'ride-1']
  store.facts = { isPredecessorClosed: false, ageMs: 60_000, knownToAllAfterMs: 60_000 }
  const open = new Set<string>()
  await storeTrack(store, cleanTrack({ ...ids, timesMs: [1] }), open)
  await storeTrack(store, cleanTrack({ ...ids, timesMs: [2] }), open)
  expect(store.asked).toEqual([
    'facts of ride-0 and ride-1',
    'refresh ride-0',
    'find ride-0 1',
    'create ride-1 1',
    'find ride-0 1',
    'create ride-1 1',
  ])
})

test('samples whose partition is not there are parked, and nothing is waited for', async () => {
  const store = createMemoryStore()
  store.names = []
  const { plan, outcomes } = await storeTrack(store)
  expect(outcomes).toEqual({ parked: 3 })
  expect(plan.refusal).toBe('its partition is being made')
  expect(store.asked).toEqual([])
})

test('where there is no room for a sibling its samples are parked with the reason', async () => {
  const store = createMemoryStore()
  store.noRoom = 'this cluster has 1000 shards open'
  store.answers.push(() => ({ type: 'blocked' }))
  const { plan, outcomes } = await storeTrack(store)
  expect(outcomes).toEqual({ parked: 3 })
  expect(plan.refusal).toBe('this cluster has 1000 shards open')
})
