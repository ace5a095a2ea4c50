// The edge as a process on real Kafka, under everything that we can think of.
import { expect, test } from 'vitest'
import { testEngines, uniqueNamespace } from '../../testkit/engines.ts'
import { runFuzz } from './run.ts'

test('20,000 damaged and generated cases: no crash, no 5xx, bounded memory, accepted means readable', async () => {
  const report = await runFuzz({
    brokers: testEngines().kafkaBrokers,
    namespace: uniqueNamespace(),
    seed: 20_000,
    first: 0,
    cases: 20_000,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  })
  expect(report.failures).toEqual([])
  expect(report.cases).toBe(20_000)
  // As many were sound enough to be accepted as it takes for the other checks to mean something.
  expect(report.rawTracks).toBeGreaterThan(10_000)
}, 300_000)
