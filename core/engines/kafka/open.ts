// Kafka's clients for a service: named after it, closed with it.
import type { Scope } from '../../runtime/service.ts'
import type { Topic } from '../../topics.ts'
import { createBatchConsumer } from './consumer.ts'
import type { BatchConsumer, BatchLimits, RecordProducer } from './port.ts'
import { createProducer } from './producer.ts'

export type KafkaScope = Scope<'KAFKA_BROKERS'>

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
