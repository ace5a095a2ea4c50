// A RabbitMQ of a test file's own, with queues and policies: it can be killed and restarted, and is gone afterwards.
import { provisionBroker } from '../core/engines/rabbitmq/index.ts'
import { type KillableEngine, startKillableEngine } from './killable-engine.ts'

export interface TestBroker extends KillableEngine {
  readonly amqpUrl: string
  readonly managementUrl: string
  readonly mqttUrl: string
}

/** In its `env` are DEVICE_AUTHORITY_DIR and GATEKEEPER_URL too; at the latter nobody listens yet. */
export async function startBroker(): Promise<TestBroker> {
  const engine = await startKillableEngine('rabbitmq')
  const url = (name: string): string => engine.env[name] ?? ''
  try {
    await provisionBroker({ managementUrl: url('RABBITMQ_MANAGEMENT_URL') })
  } catch (error) {
    await engine.stop()
    throw error
  }
  return {
    ...engine,
    amqpUrl: url('AMQP_URL'),
    managementUrl: url('RABBITMQ_MANAGEMENT_URL'),
    mqttUrl: url('MQTT_URL'),
  }
}
