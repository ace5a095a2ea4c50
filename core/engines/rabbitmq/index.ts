// RabbitMQ for the rest of core/: the port's types and the functions that make them real.
export { createBrokerAdmin } from './admin.ts'
export { createQueueConsumer } from './consumer.ts'

export type * from './port.ts'
export { deliveryLimit, provisionBroker, provisionBrokerUsers } from './provision.ts'
export { createPublisher } from './publisher.ts'
