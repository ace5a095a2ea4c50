// The service analytics, put together: it delivers what is consented, and tells readers whom to forget.
import { randomBytes } from 'node:crypto'
import { clusterOf } from '../../engines/kafka/client.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { openTransactionalConsumer } from '../../engines/kafka/transactional.ts'
import { openFencedWriter } from '../../engines/kafka/transactions.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createLeadership, locks } from '../../engines/postgres/client/leadership.ts'
import { openNotifications } from '../../engines/postgres/client/notifications.ts'
import { createClaimsStore } from '../../engines/postgres/research/claims-store.ts'
import {
  createResearchConsentStore,
  createWithdrawals,
  withdrawnChannel,
} from '../../engines/postgres/research/research-consent-store.ts'
import { openWorkerMetrics, type WorkerMetrics } from '../../runtime/metrics.ts'
import { createPublication, exposeWaiting, type Publication } from '../../runtime/publication.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { readProgress } from './progress.ts'
import { withdrawalRecord } from './research-records.ts'
import { createAnalyticsWorker } from './worker.ts'

// A batch is written within a fraction of a second: should a consent change meanwhile, it is decided anew. Its JSON takes three
// to five times the bytes of its tracks.
const limits = { maxRecords: 200, maxBytes: 512 * 1024 }

export function createService(scope: ScopeOf<'analytics'>): Service {
  const cluster = clusterOf(scope.config)
  const sql = openPostgres(scope)
  const topics = {
    research: scope.topic('analytics.tracks'),
    outcomes: scope.topic('telemetry.outcomes'),
    progress: scope.topic('analytics.progress'),
  }
  const consumer = openTransactionalConsumer(scope, { topics: ['telemetry.stored'], limits })
  const metrics = openWorkerMetrics(scope, consumer)
  const worker = createAnalyticsWorker({
    consumer,
    consents: createResearchConsentStore(sql),
    claims: createClaimsStore(sql),
    readProgress: () => readProgress(readTopic({ ...cluster, topic: topics.progress, awaitUndecided: true })),
    newKey: () => randomBytes(32).toString('hex'),
    topics,
    metrics,
    log: scope.log,
  })
  return { loops: [worker, assembleWithdrawals(scope, createWithdrawals(sql), metrics)] }
}

function assembleWithdrawals(
  scope: ScopeOf<'analytics'>,
  withdrawals: ReturnType<typeof createWithdrawals>,
  metrics: WorkerMetrics,
): Publication {
  const cluster = clusterOf(scope.config)
  const topic = scope.topic('analytics.withdrawals')
  const lock = openPostgres(scope, { purpose: 'withdrawals', maxConnections: 1 })
  exposeWaiting(metrics.registry, withdrawals.backlog, {
    items: {
      name: 'analytics_unpublished_withdrawals',
      help: 'Persons whom readers of the stream are not told yet to forget',
    },
    seconds: {
      name: 'analytics_unpublished_withdrawal_seconds',
      help: 'For how long the oldest withdrawal has not been published',
    },
  })
  const publication = createPublication({
    ...{ what: 'withdrawals', changes: withdrawals, topic, metrics, log: scope.log },
    toRecord: withdrawalRecord,
    leadership: createLeadership(lock, locks.publicationOfWithdrawals),
    openWriter: () =>
      openFencedWriter({ ...cluster, transactionalId: `${topic}.publication`, log: scope.log }),
    watch: openNotifications(scope, { channel: withdrawnChannel, purpose: 'withdrawn' }).watch(),
  })
  scope.onClose(publication.close)
  return publication
}
