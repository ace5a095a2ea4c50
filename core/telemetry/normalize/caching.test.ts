import { expect, test } from 'vitest'
import { bikeLifetimeMs, cacheClocks, cacheRegistry } from './caching.ts'
import type { ClockDecision, KnownBike } from './port.ts'

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

test('a decision that is kept is neither asked for nor proposed again', async () => {
  const key = { recorderId: 'x', clockEpoch: 1 }
  const decision: ClockDecision = { rule: 'monotonic', offsetMs: 7 }
  const proposed: number[] = []
  const clocks = cacheClocks({
    async settle(proposals, keys) {
      proposed.push(proposals.length)
      return keys.map((each) => ({ ...each, decision }))
    },
  })
  const proposal = { ...key, decision, trackId: 't' }
  await clocks.settle([proposal, { ...proposal, trackId: 'u' }], [key, key])
  expect(await clocks.settle([proposal], [key])).toEqual([{ ...key, decision }])
  expect(proposed).toEqual([1])
})

test('a full cache of clocks forgets the one that was not asked for for longest', async () => {
  const asked: number[][] = []
  const decision: ClockDecision = { rule: 'none', offsetMs: 0 }
  const keyOf = (clockEpoch: number) => ({ recorderId: 'x', clockEpoch })
  const clocks = cacheClocks(
    {
      async settle(_, keys) {
        asked.push(keys.map(({ clockEpoch }) => clockEpoch))
        return keys.map((key) => ({ ...key, decision }))
      },
    },
    2,
  )
  for (const epoch of [1, 2, 1, 3]) await clocks.settle([], [keyOf(epoch)])
  await clocks.settle([], [1, 2, 3].map(keyOf))
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
