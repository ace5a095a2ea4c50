// Where an edge's tracks go: to Kafka, or to an edge that reaches Kafka.
import { type EdgeConfig, rawTopic } from '../config.ts'
import { createKafkaPublisher } from '../kafka/publisher.ts'
import type { Log, Publish } from '../ports.ts'

export interface Publisher {
  readonly publish: Publish
  trouble(): string | undefined
  close(): Promise<void>
}

export function createPublisher(config: EdgeConfig, log: Log): Publisher {
  if (config.KAFKA_BROKERS === undefined) throw new Error('KAFKA_BROKERS is missing')
  return createKafkaPublisher({
    brokers: config.KAFKA_BROKERS,
    topic: rawTopic(config),
    clientId: 'edge',
    log,
  })
}
