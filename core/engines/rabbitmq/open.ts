// RabbitMQ's clients for a service: named after it, closed with it.
import type { Registry } from 'prom-client'
import { exposeQueues } from '../../runtime/queue-gauge.ts'
import type { Scope } from '../../runtime/service.ts'
import { createBrokerAdmin } from './admin.ts'
import { createQueueConsumer } from './consumer.ts'
import type { BrokerAdmin, MessagePublisher, QueueConsumer } from './port.ts'
import { createPublisher } from './publisher.ts'
import type { SubscriptionOptions } from './subscription.ts'

type AmqpScope = Scope<'AMQP_URL'>

export function openQueueConsumer(
  { config, name, log, onClose, onReadiness }: AmqpScope,
  subscription: Pick<SubscriptionOptions, 'queues' | 'limits'>,
): QueueConsumer {
  const consumer = createQueueConsumer({ url: config.AMQP_URL, name, log, ...subscription })
  onReadiness('RabbitMQ', consumer.away)
  onClose(consumer.close)
  return consumer
}

/** The service is not ready while it could not publish. */
export function openPublisher({ config, name, log, onClose, onReadiness }: AmqpScope): MessagePublisher {
  const publisher = createPublisher({ url: config.AMQP_URL, name, log })
  onReadiness('RabbitMQ', publisher.trouble)
  onClose(publisher.close)
  return publisher
}

/** The management API; how long the `queues` are and their messages' age are shown among the metrics of `registry`. */
export function openBrokerAdmin(
  { config }: Scope<'RABBITMQ_MANAGEMENT_URL'>,
  { registry, queues }: { registry: Registry; queues: readonly string[] },
): BrokerAdmin {
  const admin = createBrokerAdmin({ managementUrl: config.RABBITMQ_MANAGEMENT_URL })
  exposeQueues(registry, queues, admin)
  return admin
}
