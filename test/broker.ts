// A RabbitMQ of a test file's own, with queues and policies: it can be killed and restarted, and is gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { provisionBroker } from '../core/rabbitmq/index.ts'
import { type RunningEngines, startEngines } from '../infra/local/index.ts'

export interface TestBroker {
  /** AMQP_URL, RABBITMQ_MANAGEMENT_URL, MQTT_URL, DEVICE_AUTHORITY_DIR and GATEKEEPER_URL, where nobody listens yet. */
  readonly env: Readonly<Record<string, string>>
  readonly amqpUrl: string
  readonly managementUrl: string
  readonly mqttUrl: string
  /** As `kill -9` does. */
  kill(): Promise<void>
  /** Kills it if it still runs; resolves when it serves again, with the same data at the same addresses. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startBroker(): Promise<TestBroker> {
  const dataDir = await mkdtemp(join(tmpdir(), 'broker-'))
  const start = () =>
    startEngines({ engines: ['rabbitmq'], dataDir, environment: {}, onProgress: () => undefined })
  let running: RunningEngines = await start()
  const kill = async (): Promise<void> => {
    for (const process of running.processes) {
      process.kill('SIGKILL')
      await process.gone
    }
    await running.stop()
  }
  const { env } = running
  const stop = async (): Promise<void> => {
    await kill()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    await provisionBroker({ managementUrl: env.RABBITMQ_MANAGEMENT_URL ?? '' })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    env,
    amqpUrl: env.AMQP_URL ?? '',
    managementUrl: env.RABBITMQ_MANAGEMENT_URL ?? '',
    mqttUrl: env.MQTT_URL ?? '',
    kill,
    restart: async () => {
      await kill()
      running = await start()
    },
    stop,
  }
}
