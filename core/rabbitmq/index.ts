// RabbitMQ for the rest of core/: the port's types and the functions that make them real.
export type * from './port.ts'
export { type BrokerProvisioning, provisionBroker } from './provision.ts'
