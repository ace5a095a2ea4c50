import { pino } from 'pino'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createEngineWatch, createLoop, createReadiness } from './loop.ts'
import { createWorkerMetrics } from './metrics.ts'

test('a failed round is told and repeated, until a signal ends the loop', async () => {
  const stop = new AbortController()
  const troubles: (string | undefined)[] = []
  let rounds = 0
  const loop = createLoop({
    what: 'working',
    log: pino({ level: 'silent' }),
    round: async () => {
      troubles.push(loop.trouble())
      if (++rounds === 1) throw new Error('no database')
      if (rounds === 3) stop.abort()
    },
  })
  await loop.run(stop.signal)
  expect(troubles).toEqual([undefined, 'working: no database', undefined])
})

test('readiness follows the engine: not reached yet, there, away, and there again, until a signal ends the watch', async () => {
  const stop = new AbortController()
  let isThere = true
  const ping = async () => {
    if (!isThere) throw new Error('connection refused')
  }
  const watch = createEngineWatch({ engine: 'PostgreSQL', ping, everyMs: 5 })
  expect(watch.trouble()).toBe('PostgreSQL: not reached yet')
  const running = watch.run(stop.signal)
  await expect.poll(watch.trouble).toBeUndefined()
  isThere = false
  await expect.poll(watch.trouble).toBe('PostgreSQL: connection refused')
  isThere = true
  await expect.poll(watch.trouble).toBeUndefined()
  stop.abort()
  await running
})

test('a watch that waits for its next question ends at once', async () => {
  const stop = new AbortController()
  const ping = async () => undefined
  const running = createEngineWatch({ engine: 'PostgreSQL', ping, everyMs: 60_000 }).run(stop.signal)
  stop.abort()
  await running
})

const linesOf = async (registry: Registry) => (await registry.metrics()).match(/^[a-z].*/gm)

test.each([
  ['without trouble', undefined, undefined, '1', '1'],
  ['when its engine is away', 'Kafka: away', undefined, '0', '0'],
  ['when its work fails and the engine is there', undefined, 'a batch cannot be handled', '1', '0'],
])('lag counts for a scaler only while the service is ready: %s', async (_, away, stuck, engine, service) => {
  const { registry } = createWorkerMetrics('latest', {
    inFlight: () => 0,
    lag: async () => [3, 7, undefined].map((ageSeconds, partition) => ({ partition, lag: 1n, ageSeconds })),
  })
  const state: { away?: string | undefined; stuck?: string | undefined } = {}
  const readiness = createReadiness('latest')
  readiness.asks('Kafka', () => undefined)
  readiness.asks('Kafka', () => state.away)
  const { metrics, trouble, lack } = readiness.of([{ trouble: () => state.stuck }], [registry])
  const lag = 'worker_ready_lag_seconds{worker="latest"} 7'
  const told = (ofEngine: string, ofService: string) => [
    `ready{engine="Kafka",worker="latest"} ${ofEngine}`,
    `worker_ready{worker="latest"} ${ofService}`,
    ...(ofService === '1' ? [lag] : []),
  ]
  expect(await linesOf(metrics)).toEqual(told('1', '1'))
  Object.assign(state, { away, stuck })
  expect([trouble(), lack()]).toEqual([away ?? stuck, away])
  expect(await linesOf(metrics)).toEqual(told(engine, service))
})

test('a service without a backlog tells no lag', async () => {
  const { metrics } = createReadiness('api').of([], [new Registry()])
  expect(await linesOf(metrics)).toEqual(['worker_ready{worker="api"} 1'])
})
