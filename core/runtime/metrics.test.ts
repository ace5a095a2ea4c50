import fc from 'fast-check'
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { inheritedWords } from '../../testkit/foreign-words.ts'
import { createWorkerMetrics, exposeProcess, metricsText } from './metrics.ts'

/** The gauges a scaler looks at, by name and partition. */
async function signals(text: Promise<string>): Promise<string[]> {
  return (await text).split('\n').filter((line) => /^worker_(lag|in_flight)/.test(line))
}

test('what waits is exposed by partition, and asked for once a scrape', async () => {
  let asked = 0
  const lag = async () => {
    asked++
    return [
      { partition: 0, lag: 7n, ageSeconds: 1.5 },
      { partition: 3, lag: 2n, ageSeconds: undefined },
    ]
  }
  const { registry } = createWorkerMetrics('latest', { lag, inFlight: () => 5 })
  expect(await signals(registry.metrics())).toEqual([
    'worker_in_flight_records{worker="latest"} 5',
    'worker_lag_records{partition="0",worker="latest"} 7',
    'worker_lag_records{partition="3",worker="latest"} 2',
    'worker_lag_seconds{partition="0",worker="latest"} 1.5',
  ])
  expect(asked).toBe(1)
})

test('a partition that moved away is no longer exposed', async () => {
  let partitions = [0, 1]
  const lag = async () => partitions.map((partition) => ({ partition, lag: 1n, ageSeconds: 0 }))
  const { registry } = createWorkerMetrics('latest', { lag, inFlight: () => 0 })
  expect(await signals(registry.metrics())).toHaveLength(5)
  partitions = [1]
  expect((await signals(registry.metrics())).join()).not.toContain('partition="0"')
})

test('a track that arrives counts by its age since it was accepted, a replayed one of another day does not', async () => {
  const { registry, arrived } = createWorkerMetrics('search')
  const nowMs = Date.now()
  for (const ageMs of [-1_000, 2_000, 700_000, 90_000_000]) arrived(nowMs - ageMs)
  const text = await registry.metrics()
  const counted = ['le="0.25"', 'le="60"', 'le="3600"'].map(
    (le) => new RegExp(`^worker_arrival_seconds_bucket{${le},worker="search"} (\\d+)$`, 'm').exec(text)?.[1],
  )
  expect(counted).toEqual(['1', '2', '3'])
  expect(text).toContain('worker_arrival_seconds_count{worker="search"} 3')
})

test('the process tells of its CPU, memory and event loop', async () => {
  const registry = new Registry()
  exposeProcess(registry, 'latest')
  const text = await registry.metrics()
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
  ])
    expect(text).toContain(`${name}{worker="latest"}`)
})

test('the metrics of several workers stand together, each with its own label', async () => {
  const workers = ['latest', 'search'].map((name) => createWorkerMetrics(name, { inFlight: () => 5 }))
  const lines = (await metricsText(workers.map(({ registry }) => registry))).split('\n')
  const at = lines.indexOf('# TYPE worker_in_flight_records gauge')
  expect(lines.slice(at, at + 4)).toEqual([
    '# TYPE worker_in_flight_records gauge',
    'worker_in_flight_records{worker="latest"} 5',
    'worker_in_flight_records{worker="search"} 5',
    '',
  ])
  const names = lines.filter((line) => line.startsWith('# HELP')).map((line) => line.split(' ')[2])
  expect(new Set(names).size).toBe(names.length)
})

test('a label may say whatever it likes, and is counted once for each time', async () => {
  const words = fc.array(fc.constantFrom(...inheritedWords), { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(words, async (reasons) => {
      const { registry, samples } = createWorkerMetrics('search')
      for (const reason of reasons) samples('quarantined', 1, reason)
      const lines = (await registry.metrics())
        .split('\n')
        .filter((line) => line.startsWith('worker_samples_total{'))
      const expected = [...new Set(reasons)].map((reason) => {
        const times = reasons.filter((each) => each === reason).length
        return `worker_samples_total{outcome="quarantined",reason="${reason}",worker="search"} ${times}`
      })
      expect(lines.sort()).toEqual(expected.sort())
    }),
  )
})
