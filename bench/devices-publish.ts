// QoS 1 publishes into the ours's queues, authorised by the gatekeeper; and by the same clients, as users of the broker
// itself that may do anything, into plain quorum queues without limits.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { makeModule, type TestModule } from '../core/devices/gatekeeper/testing/modules.ts'
import { createDeviceStore } from '../core/engines/postgres/devices/device-store.ts'
import {
  createManagement,
  type Management,
  segment,
  virtualHost,
} from '../core/engines/rabbitmq/management.ts'
import { kinds, writeTrack } from '../proto/index.ts'
import { authorityFolder } from '../testkit/enrol.ts'
import type { TestPlatform } from '../testkit/platform/platform.ts'
import { rideTrack } from '../testkit/platform/rides.ts'
import type { MqttOutcome, MqttPlan } from './mqtt-load.ts'

export const publishing = {
  modules: 16,
  window: 32,
  samplesPerTrack: 30,
  warmUpSeconds: 3,
  seconds: 8,
  rounds: 2,
} as const

export interface PublishRates {
  /** Publishes a second, a round each. */
  readonly ours: readonly number[]
  readonly bare: readonly number[]
}

export async function measurePublishing(
  platform: TestPlatform,
  progress: (line: string) => void,
): Promise<PublishRates> {
  const management = createManagement({ managementUrl: platform.env.RABBITMQ_MANAGEMENT_URL ?? '' })
  const maker = {
    mqttUrl: platform.env.MQTT_URL ?? '',
    authority: await authorityFolder(platform.env),
    store: createDeviceStore(platform.sql),
  }
  const modules: TestModule[] = []
  const unbound: TestModule[] = []
  for (let i = 0; i < publishing.modules; i++) {
    modules.push(await makeModule(maker))
    unbound.push(await makeModule(maker))
  }
  await allowEverything(management, unbound)
  const ours: number[] = []
  const bare: number[] = []
  for (let round = 1; round <= publishing.rounds; round++) {
    progress(`round ${round} of ${publishing.rounds}: modules publish`)
    ours.push(await publish(platform, modules, ({ bikeId }, kind) => `bikes/${bikeId}/telemetry/${kind}`))
    for (const kind of kinds) await empty(management, `telemetry.${kind}`)
    for (const kind of kinds) await makePlainQueue(management, kind)
    bare.push(await publish(platform, unbound, (_, kind) => `bench/${kind}`))
    for (const kind of kinds) await remove(management, `queues/${virtualHost}/${segment(plainQueue(kind))}`)
  }
  for (const { deviceId } of unbound) await remove(management, `users/${segment(deviceId)}`)
  return { ours, bare }
}

async function publish(
  { env }: TestPlatform,
  modules: readonly TestModule[],
  topicOf: (module: TestModule, kind: string) => string,
): Promise<number> {
  const { window, warmUpSeconds, seconds, samplesPerTrack } = publishing
  const payload = (bikeId: string, recorderId: string) =>
    Buffer.from(
      writeTrack(rideTrack({ bikeId, recorderId, startMs: Date.now(), samples: samplesPerTrack })),
    ).toString('base64')
  const plan: MqttPlan = {
    ...{ url: env.MQTT_URL ?? '', window, warmUpSeconds, seconds },
    payloads: modules.map(({ bikeId, deviceId }) => payload(bikeId, deviceId)),
    modules: modules.map((module) => ({
      clientId: module.deviceId,
      tls: { key: module.tls.key ?? '', cert: module.tls.cert ?? '', ca: String(module.tls.ca) },
      topics: kinds.map((kind) => topicOf(module, kind)),
    })),
  }
  const child = fork(fileURLToPath(new URL('mqtt-load.ts', import.meta.url)))
  child.send(plan)
  const patience = AbortSignal.timeout((warmUpSeconds + seconds + 60) * 1_000)
  const answer = once(child, 'message', { signal: patience })
  const ended = once(child, 'exit').then(() => {
    throw new Error('the modules ended without an answer')
  })
  ended.catch(() => undefined)
  const [outcome] = (await Promise.race([answer, ended])) as [MqttOutcome]
  return outcome.publishesPerSecond
}

const plainQueue = (kind: string) => `bench.${kind}`

async function makePlainQueue(management: Management, kind: string): Promise<void> {
  const body = { durable: true, arguments: { 'x-queue-type': 'quorum' } }
  const queue = segment(plainQueue(kind))
  await management.ask({ method: 'PUT', path: `queues/${virtualHost}/${queue}`, body })
  const binding = { routing_key: `bench.${kind}` }
  const path = `bindings/${virtualHost}/e/amq.topic/q/${queue}`
  await management.ask({ method: 'POST', path, body: binding })
}

/** As the broker's own users they are not asked about at the gatekeeper. */
async function allowEverything(management: Management, modules: readonly TestModule[]): Promise<void> {
  const all = { configure: '.*', write: '.*', read: '.*' }
  for (const { deviceId } of modules) {
    const user = segment(deviceId)
    await management.ask({ method: 'PUT', path: `users/${user}`, body: { password_hash: '', tags: '' } })
    await management.ask({ method: 'PUT', path: `permissions/${virtualHost}/${user}`, body: all })
  }
}

const empty = (management: Management, queue: string) =>
  remove(management, `queues/${virtualHost}/${segment(queue)}/contents`)

const remove = (management: Management, path: string) => management.ask({ method: 'DELETE', path })
