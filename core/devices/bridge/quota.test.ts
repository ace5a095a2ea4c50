import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { fakeLog } from '../../../testkit/fake-kafka.ts'
import { failing } from '../../../testkit/fake-ports.ts'
import { createModuleQuota } from './quota.ts'
import type { Suspension } from './quota-plan.ts'

const bikes = ['01920000-0000-7000-8000-00000000000b', '01920000-0000-7000-8000-00000000000c'] as const
const message = (bikeId: string, bytes = 1_000) => ({
  routingKey: `bikes.${bikeId}.telemetry.ride`,
  body: Buffer.alloc(bytes, 0xff),
})

/** A quota of 100 samples at once, on a store in memory whose clock and the process's are one. */
function quotaOf(options: { perSecond?: number; fail?: () => void } = {}) {
  const { perSecond = 10, fail } = options
  const clock = { ms: 1_000 }
  const kept = new Map<string, Suspension>()
  const registry = new Registry()
  const { log, lines } = fakeLog()
  const stop = new AbortController()
  const quota = createModuleQuota({
    ...{ rate: { perSecond, burst: 100 }, firstMs: 60_000, registry, log, everyMs: 0 },
    clock: { monotonicMs: () => clock.ms },
    store: {
      async suspend(bikeIds, plan) {
        fail?.()
        return bikeIds.map((bikeId) => {
          const next = plan(kept.get(bikeId), clock.ms)
          kept.set(bikeId, next)
          return { ...next, bikeId }
        })
      },
      async suspended() {
        stop.abort()
        return [...kept].filter(([, { untilMs }]) => untilMs > clock.ms).map(([bikeId]) => bikeId)
      },
    },
  })
  const metric = async (name: string) =>
    (await registry.getSingleMetric(name)?.get())?.values.map(({ value }) => value)
  return { clock, kept, lines, metric, ...quota, round: () => quota.loop.run(stop.signal) }
}

test('modules beyond their quota are suspended, their bike alone, with a counter and a line that says why', async () => {
  const { count, round, kept, lines, metric } = quotaOf()
  count([...Array.from({ length: 11 }, () => message(bikes[0])), message(bikes[1])])
  await round()
  expect([...kept.keys()]).toEqual([bikes[0]])
  expect(lines).toMatchObject([{ bikeId: bikes[0], reason: 'sample_quota_exceeded', times: 1 }])
  expect(await metric('devices_suspensions_total')).toEqual([1])
  expect(await metric('devices_suspended_bikes')).toEqual([1])
})

test('as much as the quota is no reason, and one message beyond any burst uses it up', async () => {
  const { count, round, kept } = quotaOf()
  count([message(bikes[0], 1_000_000)])
  count(Array.from({ length: 10 }, () => message(bikes[1])))
  await round()
  expect([...kept.keys()]).toEqual([])
})

test('the state is the store’s: what a suspended module still had on the way does not count, also after a restart', async () => {
  const { count, round, kept, clock } = quotaOf()
  kept.set(bikes[0], { times: 3, untilMs: 500_000 })
  await round()
  count(Array.from({ length: 100 }, () => message(bikes[0])))
  clock.ms = 500_001
  await round()
  expect(kept.get(bikes[0])?.times).toBe(3)
})

test('while the store is away the module is remembered, and suspended when it is back', async () => {
  const { count, round, kept } = quotaOf({ fail: failing(1, 'PostgreSQL is away') })
  count(Array.from({ length: 11 }, () => message(bikes[0])))
  await round()
  expect(kept.size).toBe(1)
})

test('without a rate nobody is beyond it; what names no bike counts for nobody', async () => {
  const free = quotaOf({ perSecond: 0 })
  free.count(Array.from({ length: 100 }, () => message(bikes[0])))
  await free.round()
  const strict = quotaOf()
  strict.count(Array.from({ length: 100 }, () => ({ routingKey: 'a.b', body: Buffer.alloc(1_000) })))
  await strict.round()
  expect([free.kept.size, strict.kept.size]).toEqual([0, 0])
})
