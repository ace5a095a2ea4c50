// The service gaps, put together.

import { createCommandQueue } from '../../devices/commands/queue.ts'
import { openConsumer } from '../../engines/kafka/consumer.ts'
import { openPostgres } from '../../engines/postgres/client/connect.ts'
import { createCommandStore } from '../../engines/postgres/devices/command-store.ts'
import { createGapStore } from '../../engines/postgres/telemetry/gap-store.ts'
import { openWorkerMetrics } from '../../runtime/metrics.ts'
import type { Service } from '../../runtime/service.ts'
import type { ScopeOf } from '../../services.ts'
import { createStateAsker } from './state-asker.ts'
import { createGapsWorker } from './worker.ts'

const limits = { maxRecords: 500, maxBytes: 4 * 1024 * 1024 }

export function createService(scope: ScopeOf<'gaps'>): Service {
  const { log } = scope
  const sql = openPostgres(scope)
  const store = createGapStore(sql)
  const consumer = openConsumer(scope, { topics: ['telemetry.clean'], limits })
  const metrics = openWorkerMetrics(scope, consumer)
  return {
    loops: [
      createGapsWorker({ consumer, store, metrics, log }),
      createStateAsker({ store, commands: createCommandQueue(createCommandStore(sql)), log }),
    ],
  }
}
