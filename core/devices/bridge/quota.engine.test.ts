// A module that floods, on a real broker that asks the gatekeeper, with the processes of bridge and presence.
import { setTimeout as delay } from 'node:timers/promises'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RawTrackSchema } from '../../../proto/index.ts'
import { testEngines, uniqueNamespace } from '../../../testkit/engines.ts'
import type { ServerProcess } from '../../../testkit/server-process.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import { topicName } from '../../topics.ts'
import { type CommandEnvironment, startCommandEnvironment } from '../commands/testing/environment.ts'
import type { TestModule } from '../gatekeeper/testing/modules.ts'

const brokers = testEngines().kafkaBrokers
const namespace = uniqueNamespace()
const patience = { interval: 200 }
const mostFlooded = 20_000
let environment: CommandEnvironment
let bridge: ServerProcess

beforeAll(async () => {
  ;[environment] = await Promise.all([startCommandEnvironment(), ensureTopics({ brokers, namespace })])
  ;[bridge] = await Promise.all([startBridge(), environment.start('presence')])
})
afterAll(async () => {
  await environment?.close()
  await deleteTopics({ brokers, namespace })
})

const startBridge = () =>
  environment.start('devices', {
    ...{ KAFKA_BROKERS: brokers.join(), NAMESPACE: namespace },
    ...{ SAMPLE_RATE_PER_SENDER: '200', SAMPLE_BURST_PER_SENDER: '2000' },
  })

type Awake = Awaited<ReturnType<CommandEnvironment['wake']>>

/** Publishes until it is disconnected; returns what was acknowledged. */
async function flood({ client }: Awake, { bikeId }: TestModule): Promise<string[]> {
  const acknowledged: string[] = []
  for (let n = 0; client.connected && n < mostFlooded; n++) {
    const payload = `${bikeId} ${n} ${Date.now()}`
    client.publish(`bikes/${bikeId}/telemetry/fault`, payload, { qos: 1 }, (error) => {
      if (!error) acknowledged.push(payload)
    })
    await delay(1)
  }
  return acknowledged
}

const wakes = (module: TestModule) =>
  environment.wake(module).then(
    () => 'in',
    () => 'refused',
  )

async function taken(): Promise<Set<string>> {
  const payloads = new Set<string>()
  for await (const { value } of readTopic({ brokers, topic: topicName(namespace, 'telemetry.raw') })) {
    payloads.add(Buffer.from(fromBinary(RawTrackSchema, value as Buffer).track).toString())
  }
  return payloads
}

const suspensionOf = async ({ bikeId }: TestModule) =>
  (await environment.sql`select times from module_suspensions where bike_id = ${bikeId}`)[0]?.times

test('a module that floods is disconnected and refused for a while, comes back by itself, and loses nothing', async () => {
  const [module, neighbour] = [await environment.module(), await environment.module()]
  const [flooding, quiet] = [await environment.wake(module), await environment.wake(neighbour)]
  const acknowledged = await flood(flooding, module)
  await expect.poll(() => flooding.client.connected, patience).toBe(false)
  expect(await suspensionOf(module)).toBe(1)

  bridge.kill('SIGKILL')
  await bridge.ended
  bridge = await startBridge()
  // The broker remembers for some seconds that the module may log in: then it is cut off again.
  await expect.poll(() => wakes(module), patience).toBe('refused')
  expect(quiet.client.connected).toBe(true)
  await quiet.client.publishAsync(`bikes/${neighbour.bikeId}/telemetry/fault`, 'quiet', { qos: 1 })

  await environment.sql`update module_suspensions set suspended_until = now()`
  await expect.poll(() => wakes(module), patience).toBe('in')
  acknowledged.push(...(await flood(await environment.wake(module), module)))
  await expect.poll(() => suspensionOf(module), patience).toBe(2)
  await expect
    .poll(async () => {
      const inTopic = await taken()
      return ['quiet', ...acknowledged].filter((payload) => !inTopic.has(payload))
    }, patience)
    .toEqual([])
  expect(acknowledged.length).toBeGreaterThan(200)
})
