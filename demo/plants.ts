// Plants, OEMs and workshops put their statements on manufacturing.events.
import { createProducer } from '../core/kafka/index.ts'
import { topicName } from '../core/pipeline/topics.ts'
import { createLog } from '../core/worker/log.ts'
import { type Statement, statementRecord } from '../simulator/manufacturing/index.ts'
import { brokersOf, type Stage } from './stage.ts'

export async function tellStatements(
  { env, namespace }: Stage,
  statements: readonly Statement[],
): Promise<void> {
  const topic = topicName(namespace, 'manufacturing.events')
  const log = createLog('demo', 'warn')
  const producer = createProducer({ brokers: brokersOf(env), name: 'demo-plants', log })
  try {
    await producer.send(
      statements.map(statementRecord).map(({ key, value }) => ({
        ...{ topic, key: Buffer.from(key), value: Buffer.from(value) },
      })),
    )
  } finally {
    await producer.close()
  }
}
