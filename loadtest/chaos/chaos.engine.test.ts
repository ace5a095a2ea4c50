// A short chaos run: services of the platform suffer, on engines that all tests share.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dropTelemetry } from '../../core/engines/elasticsearch/index.ts'
import { deleteTopics } from '../../core/engines/kafka/topics.ts'
import { createTestDatabase, testEngines, uniqueNamespace } from '../../testkit/engines.ts'
import { runChaos } from './run.ts'

test('edge and workers killed and stopped under load: all heals, nothing is lost, nothing double', async () => {
  const { kafkaBrokers: brokers, elasticsearch } = testEngines()
  const namespace = uniqueNamespace()
  const database = await createTestDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'chaos-'))
  try {
    const report = await runChaos({
      seed: 1,
      leastFaults: 4,
      mostFaults: 4,
      withinMs: 600_000,
      times: { killedMs: 500, stoppedMs: 10_000, fullDiskMs: 0 },
      targets: ['edge', 'normalize', 'search', 'analytics'],
      phones: 4,
      modules: 0,
      dataDir,
      namespace,
      engines: {
        KAFKA_BROKERS: brokers.join(),
        DATABASE_URL: database.url,
        ELASTICSEARCH_URL: elasticsearch.url,
        ELASTICSEARCH_USERNAME: elasticsearch.username,
        ELASTICSEARCH_PASSWORD: elasticsearch.password,
      },
      smallDisks: false,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    })
    expect(report.faults).toHaveLength(4)
    expect(report.recorded).toBeGreaterThan(1_000)
    const { accounts, proofs, lost, doubled, holds } = report
    expect({ lost, doubled, holds }, JSON.stringify({ accounts, proofs })).toEqual({
      lost: 0,
      doubled: 0,
      holds: true,
    })
  } finally {
    await Promise.all([
      database.drop(),
      deleteTopics({ brokers, namespace }),
      dropTelemetry({ ...elasticsearch, namespace, log: { info: () => undefined, warn: () => undefined } }),
      rm(dataDir, { recursive: true, force: true }),
    ])
  }
  // The run has ten minutes itself, and says then what has not healed.
}, 720_000)
