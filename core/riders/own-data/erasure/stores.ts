// The erasure of riders, put together for the service that carries it out.
import { openSampleEraser } from '../../../engines/elasticsearch/erasure.ts'
import { openGroupProgress } from '../../../engines/kafka/group-progress.ts'
import { openProducer } from '../../../engines/kafka/producer.ts'
import { openPostgres } from '../../../engines/postgres/client/connect.ts'
import { createErasureStore } from '../../../engines/postgres/riders/erasure-store.ts'
import { readTombstoneKey } from '../../../runtime/config.ts'
import type { Loop } from '../../../runtime/loop.ts'
import type { WorkerMetrics } from '../../../runtime/metrics.ts'
import { exposeWaiting } from '../../../runtime/publication.ts'
import { readersOf, type ScopeOf } from '../../../services.ts'
import { groupName, type Topic } from '../../../topics.ts'
import { type JournalEntry, journalRecord } from './journal.ts'
import { createErasures } from './worker.ts'

/** All rows of a rider at once. */
const statementTimeoutMs = 300_000

export function openErasures(scope: ScopeOf<'rides'>, metrics: WorkerMetrics): Loop {
  const store = createErasureStore(
    openPostgres(scope, { purpose: 'erasures', maxConnections: 1, statementTimeoutMs }),
    readTombstoneKey(scope.config.TOMBSTONE_KEY_FILE),
  )
  const producer = openProducer(scope)
  const journal = {
    write: (entry: JournalEntry) =>
      producer.send([{ topic: scope.topic('privacy.journal'), ...journalRecord(entry) }]),
  }
  exposeWaiting(metrics.registry, store.backlog, {
    items: { name: 'erasures_open', help: 'Riders who are being erased' },
    seconds: { name: 'erasures_open_seconds', help: 'For how long the oldest erasure has not been done' },
  })
  return createErasures({
    ...{
      store,
      journal,
      samples: openSampleEraser(scope),
      progress: openGroupProgress(scope),
      log: scope.log,
    },
    topic: (topic) => scope.topic(topic as Topic),
    readersOf: (topic) => readersOf(topic as Topic).map((name) => groupName(scope.config.NAMESPACE, name)),
  })
}
