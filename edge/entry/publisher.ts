// Where an edge's tracks go: to Kafka, or to an edge that reaches Kafka.
import { type EdgeConfig, rawTopic } from '../config.ts'
import { createForward } from '../forward/client.ts'
import { createKafkaPublisher, type KafkaPublisher } from '../kafka/publisher.ts'
import type { Log } from '../ports.ts'
import { clock } from './clock.ts'

export function createPublisher(config: EdgeConfig, log: Log): KafkaPublisher {
  const { KAFKA_BROKERS: brokers } = config
  if (brokers !== undefined) {
    return createKafkaPublisher({ brokers, topic: rawTopic(config), clientId: 'edge', log })
  }
  return { ...forwardOf(config), close: () => Promise.resolve() }
}

/** `config` has been checked to name the other edge and the secret. */
export function forwardOf({ FORWARD_URL, FORWARD_SECRET }: EdgeConfig) {
  return createForward({ url: FORWARD_URL ?? '', secret: FORWARD_SECRET ?? '', clock })
}
