// The cause is mended, the quarantined tracks go through the pipeline again: what `npm run quarantine -- replay` does.
import { createProducer } from '../core/kafka/index.ts'
import { topicName } from '../core/pipeline/topics.ts'
import type { Sql } from '../core/postgres/connect.ts'
import { createQuarantineStore } from '../core/postgres/quarantine-store.ts'
import { replay } from '../core/quarantine/replay.ts'
import { createLog } from '../core/worker/log.ts'
import { brokersOf, type Stage } from '../infra/stage/stage.ts'

export async function replayUnregistered({ env, namespace }: Stage, sql: Sql): Promise<number> {
  const producer = createProducer({
    brokers: brokersOf(env),
    name: 'demo-replay',
    log: createLog('demo', 'warn'),
  })
  try {
    const { tracks } = await replay({
      store: createQuarantineStore(sql),
      producer,
      rawTopic: topicName(namespace, 'telemetry.raw'),
      filter: { reason: 'bike_unregistered' },
      limit: 100_000,
    })
    return tracks
  } finally {
    await producer.close()
  }
}
