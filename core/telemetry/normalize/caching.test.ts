import { expect, test } from 'vitest'
import { bikeLifetimeMs, cacheClocks, cacheRegistry } from './caching.ts'
import type { ClockDecision, ClockQuestion, ClockStore, KnownBike } from './port.ts'
import { memoryClockStore } from './testing/memory-clock-store.ts'

const bike: KnownBike = {
  version: 1,
  bikeId: 'b',
  producedAtMs: 0,
  ownerships: [{ riderId: 'r', fromMs: 0, untilMs: Number.POSITIVE_INFINITY }],
  devices: [{ deviceId: 'd', samplesFromMs: 0 }],
}

function registryOf(bikes: Map<string, KnownBike>, mostBikes = 10) {
  const asked: string[] = []
  let nowMs = 0
  const registry = cacheRegistry(
    {
      async find(ids) {
        asked.push(...ids)
        return new Map(ids.flatMap((id) => (bikes.has(id) ? [[id, bikes.get(id) as KnownBike]] : [])))
      },
    },
    { now: () => nowMs, mostBikes },
  )
  const wait = (ms: number) => {
    nowMs += ms
  }
  return { asked, registry, wait }
}

test('a known bike is asked for once in its lifetime', async () => {
  const { asked, registry, wait } = registryOf(new Map([['b', bike]]))
  const question = [{ bikeId: 'b', speaker: { riderId: 'r' } }]
  await registry.find(question)
  expect((await registry.find(question)).bikes.get('b')).toBe(bike)
  expect(asked).toEqual(['b'])
  wait(bikeLifetimeMs)
  await registry.find(question)
  expect(asked).toEqual(['b', 'b'])
})

test('a bike that is not there is asked for again, and found once it is', async () => {
  const bikes = new Map<string, KnownBike>()
  const { registry } = registryOf(bikes)
  const question = [{ bikeId: 'b', speaker: { riderId: 'r' } }]
  expect((await registry.find(question)).bikes.size).toBe(0)
  bikes.set('b', bike)
  expect((await registry.find(question)).bikes.size).toBe(1)
})

test('of what comes from the cache it is said so, and the newest can be had', async () => {
  const bikes = new Map([['b', bike]])
  const { registry } = registryOf(bikes)
  const question = [{ bikeId: 'b', speaker: { riderId: 'r' } }]
  expect((await registry.find(question)).cached).toEqual(new Set())
  const newer = { ...bike, version: 2 }
  bikes.set('b', newer)
  expect(await registry.find(question)).toEqual({ bikes: new Map([['b', bike]]), cached: new Set(['b']) })
  expect((await registry.findNewest(['b'])).get('b')).toBe(newer)
  expect((await registry.find(question)).bikes.get('b')).toBe(newer)
})

test('a sender who is no owner yet is looked up again', async () => {
  const bikes = new Map([['b', bike]])
  const { registry } = registryOf(bikes)
  await registry.find([{ bikeId: 'b', speaker: { riderId: 'new' } }])
  const sold = { ...bike, ownerships: [{ riderId: 'new', fromMs: 5, untilMs: Number.POSITIVE_INFINITY }] }
  bikes.set('b', sold)
  expect((await registry.find([{ bikeId: 'b', speaker: { riderId: 'new' } }])).bikes.get('b')).toBe(sold)
})

test('a module is known with its bike, and one enrolled since is looked up', async () => {
  const bikes = new Map([['b', bike]])
  const { asked, registry } = registryOf(bikes)
  await registry.find([{ bikeId: 'b', speaker: { deviceId: 'd' } }])
  await registry.find([{ bikeId: 'b', speaker: { deviceId: 'd' } }])
  expect(asked).toEqual(['b'])
  const refitted = { ...bike, devices: [...bike.devices, { deviceId: 'e', samplesFromMs: 0 }] }
  bikes.set('b', refitted)
  expect((await registry.find([{ bikeId: 'b', speaker: { deviceId: 'e' } }])).bikes.get('b')).toBe(refitted)
})

const clockOf = (clockEpoch: number): ClockQuestion => ({
  ...{ sender: 'anna', recorderId: 'x', clockEpoch, bootId: 1, bootWallMs: 7 },
  ...{ uploadId: 'u', receivedAtMs: 9, sameBoot: { fromMs: 0, untilMs: 14 } },
})
const proposal = { ...clockOf(1), decision: { rule: 'monotonic', offsetMs: 7 }, trackId: 't' } as const

test('a decision that is kept is not asked for again, and one that is not kept is', async () => {
  const store = memoryClockStore()
  const clocks = cacheClocks(store)
  expect(await clocks.find([clockOf(1)])).toEqual([{}])
  await clocks.decide([clockOf(1)], () => [proposal])
  for (const _ of [1, 2]) {
    expect(await clocks.find([clockOf(2), clockOf(1)])).toMatchObject([{}, { own: proposal.decision }])
  }
  expect(store.asked.map((questions) => questions.map(({ clockEpoch }) => clockEpoch))).toEqual([
    [1],
    [2, 1],
    [2],
  ])
})

test('where a former decision may hold each track is asked for', async () => {
  let asked = 0
  const clocks = cacheClocks({
    decide: async () => undefined,
    async find(questions) {
      asked++
      return questions.map(() => ({ own: proposal.decision, mayBeFormer: true }))
    },
  })
  await clocks.find([clockOf(1)])
  await clocks.find([clockOf(1)])
  expect(asked).toBe(2)
})

test('a full cache of clocks forgets the one that was not asked for for longest', async () => {
  const asked: number[][] = []
  const own: ClockDecision = { rule: 'none', offsetMs: 0 }
  const store: ClockStore = {
    decide: async () => undefined,
    async find(questions) {
      asked.push(questions.map(({ clockEpoch }) => clockEpoch))
      return questions.map(() => ({ own }))
    },
  }
  const clocks = cacheClocks(store, 2)
  for (const epoch of [1, 2, 1, 3]) await clocks.find([clockOf(epoch)])
  await clocks.find([1, 2, 3].map(clockOf))
  expect(asked).toEqual([[1], [2], [3], [2]])
})

test('a full cache of bikes forgets the one that was not asked for for longest', async () => {
  const bikeOf = (bikeId: string) => ({ ...bike, bikeId })
  const { asked, registry } = registryOf(new Map(['a', 'b', 'c'].map((id) => [id, bikeOf(id)])), 2)
  for (const bikeId of ['a', 'b', 'a', 'c', 'a', 'b']) {
    await registry.find([{ bikeId, speaker: { riderId: 'r' } }])
  }
  expect(asked).toEqual(['a', 'b', 'c', 'b'])
})
