// Kafka's clients for a service: named after it, closed with it.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Scope } from '../../runtime/service.ts'
import type { Topic } from '../../topics.ts'
import { createBatchConsumer } from './consumer.ts'
import type { BatchConsumer, BatchLimits, RecordProducer, TransactionalConsumer } from './port.ts'
import { createProducer } from './producer.ts'
import { createTransactionalConsumer } from './transactional.ts'

type KafkaScope = Scope<'KAFKA_BROKERS'>

export interface Consumption {
  readonly topics: readonly Topic[]
  readonly limits: BatchLimits
}

/** Reads in the service's consumer group. */
export function openConsumer(scope: KafkaScope, { topics, limits }: Consumption): BatchConsumer {
  const consumer = createBatchConsumer({
    ...{ brokers: scope.config.KAFKA_BROKERS, group: scope.group, limits, log: scope.log },
    topics: topics.map(scope.topic),
  })
  scope.onClose(consumer.close)
  return consumer
}

export function openProducer(scope: KafkaScope): RecordProducer {
  const producer = createProducer({ brokers: scope.config.KAFKA_BROKERS, name: scope.group, log: scope.log })
  scope.onClose(producer.close)
  return producer
}

/** Its transactional id is not shared by two processes at a time, and the same again after a crash, which ends what that left open. */
export function openTransactionalConsumer(
  scope: KafkaScope,
  { topics, limits }: Consumption,
): TransactionalConsumer {
  const { KAFKA_BROKERS: brokers, PORT: port } = scope.config
  const consumer = createTransactionalConsumer({
    ...{ brokers, group: scope.group, limits, log: scope.log },
    topics: topics.map(scope.topic),
    transactionalId: `${scope.group}-${hostname()}-${port || randomUUID()}`,
  })
  scope.onClose(consumer.close)
  return consumer
}
