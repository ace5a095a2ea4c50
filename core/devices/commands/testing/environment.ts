// A broker of a test file's own, its gatekeeper, and the processes for commands and presence, all to be killed at will.
import { randomUUID } from 'node:crypto'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { connect } from 'amqplib'
import type { MqttClient } from 'mqtt'
import type { Env } from '../../../../infra/local/index.ts'
import {
  CommandAckSchema,
  CommandSchema,
  type CommandStage,
} from '../../../../proto/gen/mobility/devices/v1/command_pb.js'
import { uuidBytes, uuidText } from '../../../../proto/index.ts'
import { startBroker } from '../../../../testkit/broker.ts'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import { authorityFolder } from '../../../../testkit/enrol.ts'
import { type ServerProcess, startServerProcess, untilReady } from '../../../../testkit/server-process.ts'
import { coreArgs } from '../../../../testkit/service-process.ts'
import type { Sql } from '../../../engines/postgres/client/connect.ts'
import { createDeviceStore } from '../../../engines/postgres/devices/device-store.ts'
import { createClaimAttempts } from '../../../engines/postgres/riders/claim-attempts.ts'
import { createOwnershipStore } from '../../../engines/postgres/riders/ownership-store.ts'
import { sessionQueue } from '../../../engines/rabbitmq/topology.ts'
import { registerBikes } from '../../../fleet/registry/stores.ts'
import { createOwnership } from '../../../riders/ownership/ownership.ts'
import { startGatekeeper } from '../../gatekeeper/testing/gatekeeper-process.ts'
import { connectModule, makeModule, type TestModule } from '../../gatekeeper/testing/modules.ts'

export interface CommandEnvironment {
  readonly sql: Sql
  /** Of the broker. */
  readonly mqttUrl: string
  readonly amqpUrl: string
  /** Starts one of these processes, the bridge with Kafka's address among its settings; resolves when it is ready. */
  start(process: 'commands' | 'presence' | 'devices', settings?: Env): Promise<ServerProcess>
  /** Of a bike of its own, which Anna owns; the same module with a further certificate when one is given. */
  module(renewalOf?: TestModule): Promise<TestModule>
  /** The owner offers the bike, and the buyer shows the code. */
  sell(bikeId: string, buyerId: string): Promise<void>
  /** Two of staff open a case about the bike; returns its id. */
  openCase(bikeId: string): Promise<string>
  /** They say that the bike stays its owner's. */
  dismissCase(caseId: string): Promise<void>
  /** Messages that wait in the module's session on the broker. */
  waitingOnBroker(module: TestModule): Promise<number>
  /** Connects with a persistent session and subscribes to the bike's commands. */
  wake(module: TestModule): Promise<AwakeModule>
  /** Kills the broker; it comes back with its data. */
  restartBroker(): Promise<void>
  close(): Promise<void>
}

interface AwakeModule {
  readonly client: MqttClient
  /** Ids of the commands in the order in which they came, repeated ones too. */
  readonly received: string[]
  answer(commandId: string, stage: CommandStage): Promise<unknown>
  /** As a module in a tunnel: the connection stands, and nothing arrives. */
  stall(): void
  /** The connection breaks without a farewell. */
  breakOff(): void
  sleep(): Promise<void>
}

export async function startCommandEnvironment(): Promise<CommandEnvironment> {
  const database = await createTestDatabase()
  const { sql } = database
  const broker = await startBroker()
  const { GATEKEEPER_URL = '' } = broker.env
  const gatekeeper = await startGatekeeper({ gatekeeperUrl: GATEKEEPER_URL, databaseUrl: database.url })
  const authority = await authorityFolder(broker.env)
  const ownership = createOwnership({ store: createOwnershipStore(sql), attempts: createClaimAttempts(sql) })
  const maker = { mqttUrl: broker.mqttUrl, authority, store: createDeviceStore(sql) }
  const processes: ServerProcess[] = []
  const clients: MqttClient[] = []

  return {
    ...{ sql, mqttUrl: broker.mqttUrl, amqpUrl: broker.amqpUrl },
    async start(name, settings) {
      const env = { ...broker.env, DATABASE_URL: database.url, ...settings }
      const started = await startServerProcess({ args: coreArgs(name), env })
      processes.push(started)
      await untilReady(started)
      return started
    },
    async module(renewalOf) {
      if (renewalOf) return makeModule(maker, { renewalOf })
      const module = await makeModule(maker)
      const producedAt = new Date('2025-01-01')
      await registerBikes(sql, [{ bikeId: module.bikeId, riderId: 'anna', producedAt }])
      return module
    },
    async sell(bikeId, buyerId) {
      const offer = await ownership.offer({ bikeId, riderId: 'anna', beginsAtMs: undefined })
      if ('refused' in offer) throw new Error(offer.refused)
      const claim = { riderId: buyerId, address: bikeId, code: offer.code }
      const owned = await ownership.claim(claim)
      if ('refused' in owned) throw new Error(owned.refused)
    },
    async openCase(bikeId) {
      const caseId = randomUUID()
      const asked = { newRiderId: 'vera', beginsAtMs: undefined, reason: 'found', author: 'staff:eve+ida' }
      const opened = await ownership.openCase({ caseId, bikeId, ...asked })
      if ('impossible' in opened) throw new Error(opened.impossible)
      return caseId
    },
    async dismissCase(caseId) {
      const verdict = { verdict: 'dismiss', reason: 'a mistake', author: 'staff:eve+ida' } as const
      await ownership.settleCase({ caseId, ...verdict })
    },
    async waitingOnBroker({ deviceId }) {
      const queue = sessionQueue(deviceId)
      const connection = await connect(broker.amqpUrl)
      try {
        return (await (await connection.createChannel()).checkQueue(queue)).messageCount
      } finally {
        await connection.close()
      }
    },
    async wake(module) {
      const client = await connectModule(maker, module, { clean: false })
      clients.push(client)
      const awake = createAwake(client, module)
      await client.subscribeAsync(`bikes/${module.bikeId}/commands`, { qos: 1 })
      return awake
    },
    restartBroker: () => broker.restart(),
    async close() {
      for (const client of clients) client.end(true)
      for (const each of processes) each.kill('SIGKILL')
      await gatekeeper.end('SIGKILL')
      await broker.stop()
      await database.drop()
    },
  }
}

function createAwake(client: MqttClient, { bikeId }: TestModule): AwakeModule {
  const received: string[] = []
  client.on('message', (_, payload) => {
    received.push(uuidText(fromBinary(CommandSchema, payload).commandId))
  })
  return {
    client,
    received,
    answer(commandId, stage) {
      const ack = create(CommandAckSchema, { commandId: uuidBytes(commandId), stage, detail: '' })
      const body = Buffer.from(toBinary(CommandAckSchema, ack))
      return client.publishAsync(`bikes/${bikeId}/commands/${commandId}/ack`, body, { qos: 1 })
    },
    sleep: () => client.endAsync(),
    stall: () => void client.stream.pause(),
    breakOff: () => client.stream.destroy(),
  }
}
