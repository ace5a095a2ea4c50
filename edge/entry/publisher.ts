// Where the tracks of an edge process go: to Kafka, or to an edge that reaches Kafka.
import { type EdgeConfig, rawTopic } from '../config.ts'
import { createKafkaPublisher, type KafkaPublisher } from '../kafka/publisher.ts'
import type { Log } from '../ports.ts'
import { forwardOf } from './forward.ts'

export function createPublisher(config: EdgeConfig, log: Log): KafkaPublisher {
  const { KAFKA_BROKERS: brokers } = config
  return brokers === undefined
    ? { ...forwardOf(config), close: () => Promise.resolve() }
    : createKafkaPublisher({ brokers, topic: rawTopic(config), clientId: 'edge', log })
}
