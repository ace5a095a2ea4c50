// The service analytics, put together.

import { clusterOf } from '../../engines/kafka/client.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { openTransactionalConsumer } from '../../engines/kafka/transactional.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createClaimsStore } from '../../engines/postgres/research/claims-store.ts'
import { createConsentReader } from '../../engines/postgres/riders/consent-store.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { readProgress } from './progress.ts'
import { createPseudonym } from './pseudonym.ts'
import { createAnalyticsWorker } from './worker.ts'

// Small, because the consents of a batch must not change until it is written: a track can have 10,000 samples, each a record.
const limits = { maxRecords: 20, maxBytes: 64 * 1024 }

export function createService(scope: ScopeOf<'analytics'>): Service {
  const cluster = clusterOf(scope.config)
  const sql = openPostgres(scope)
  const topics = {
    research: scope.topic('analytics.telemetry'),
    outcomes: scope.topic('telemetry.outcomes'),
    progress: scope.topic('analytics.progress'),
  }
  const consumer = openTransactionalConsumer(scope, { topics: ['telemetry.stored'], limits })
  const worker = createAnalyticsWorker({
    consumer,
    consents: createConsentReader(sql),
    claims: createClaimsStore(sql),
    readProgress: () => readProgress(readTopic({ ...cluster, topic: topics.progress, awaitUndecided: true })),
    pseudonym: createPseudonym(scope.config.ANALYTICS_PSEUDONYM_SECRET),
    topics,
    metrics: openWorkerMetrics(scope, consumer),
    log: scope.log,
  })
  return { loops: [worker] }
}
