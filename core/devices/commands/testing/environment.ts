// A broker of a test file's own, its gatekeeper, and the processes for commands and presence, all to be killed at will.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { MqttClient } from 'mqtt'
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
import { startGatekeeper } from '../../gatekeeper/testing/gatekeeper-process.ts'
import { connectModule, makeModule, type TestModule } from '../../gatekeeper/testing/modules.ts'

export interface CommandEnvironment {
  readonly sql: Sql
  /** Starts one of the two processes; resolves when it is ready. */
  start(process: 'commands' | 'presence'): Promise<ServerProcess>
  /** Of a bike of its own; the same module with a further certificate when one is given. */
  module(renewalOf?: TestModule): Promise<TestModule>
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
  sleep(): Promise<void>
}

export async function startCommandEnvironment(): Promise<CommandEnvironment> {
  const database = await createTestDatabase()
  const { sql } = database
  const broker = await startBroker()
  const { GATEKEEPER_URL = '' } = broker.env
  const gatekeeper = await startGatekeeper({ gatekeeperUrl: GATEKEEPER_URL, databaseUrl: database.url })
  const authority = await authorityFolder(broker.env)
  const maker = { mqttUrl: broker.mqttUrl, authority, store: createDeviceStore(sql) }
  const processes: ServerProcess[] = []
  const clients: MqttClient[] = []

  return {
    sql,
    async start(name) {
      const env = { ...broker.env, DATABASE_URL: database.url }
      const started = await startServerProcess({ args: coreArgs(name), env })
      processes.push(started)
      await untilReady(started)
      return started
    },
    module: (renewalOf) => makeModule(maker, renewalOf && { renewalOf }),
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
  }
}
