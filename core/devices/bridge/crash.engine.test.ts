// The devices worker, Kafka and RabbitMQ killed under load, each for real: nothing is lost, nothing double in the stores.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { kinds, RawTrackSchema, uuidText, writeTrack } from '../../../proto/index.ts'
import { startBroker, type TestBroker } from '../../../testkit/broker.ts'
import { type KillableEngine, startKillableEngine } from '../../../testkit/killable-engine.ts'
import { countDocuments, metrics, recordsOf, until } from '../../../testkit/platform/observe.ts'
import { openTestPlatform, type TestPlatform } from '../../../testkit/platform/platform.ts'
import { createPublisher, type MessagePublisher, type OutgoingMessage } from '../../engines/rabbitmq/index.ts'
import { telemetryKey } from '../../engines/rabbitmq/topology.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { createLog } from '../../runtime/service.ts'

const samplesPerTrack = 5
const tracksAtOnce = 20
const modules = Array.from({ length: 20 }, () => ({ bikeId: randomUUID(), deviceId: randomUUID() }))
const bikeIds = modules.map(({ bikeId }) => bikeId)
const services = ['normalize', 'search', 'latest', 'ledger', 'fleet', 'bikes', 'devices'] as const
/** On a machine where everything else runs, too. */
const settling = { withinMs: 240_000 }
const startMs = Date.now() - 86_400_000

let broker: TestBroker
let kafka: KillableEngine
let platform: TestPlatform
let publisher: MessagePublisher
/** Tracks that the broker has for good. */
let published = 0

beforeAll(async () => {
  ;[broker, kafka] = await Promise.all([startBroker(), startKillableEngine('kafka')])
  const engines = { ...inject('engines'), ...broker.env, ...kafka.env }
  platform = await openTestPlatform({ engines, services, onProgress: () => undefined })
  const producedAt = new Date('2024-01-01T00:00:00Z')
  await registerBikes(
    platform.sql,
    bikeIds.map((bikeId) => ({ bikeId, riderId: 'anna', producedAt })),
  )
  for (const { bikeId, deviceId } of modules) {
    await platform.sql`
      insert into devices (device_id, bike_id, samples_from) values (${deviceId}, ${bikeId}, ${producedAt})`
  }
  await platform.bikesKnown()
  publisher = createPublisher({ url: broker.amqpUrl, name: 'modules', log: createLog('test', 'silent') })
})
afterAll(async () => {
  await publisher?.close()
  await platform?.close()
  await Promise.all([broker?.stop(), kafka?.stop()])
})

test('devices, Kafka and RabbitMQ killed under load lose nothing and double nothing', async () => {
  const enough = new AbortController()
  const publishing = publishUntil(enough.signal)
  try {
    await killDevices()
    await killKafka()
    await killDevices()
    await killBroker()
    await killDevices()
  } finally {
    enough.abort()
    await publishing
  }
  const samples = published * samplesPerTrack
  await until('books settle', async () => (await books())['latest merged'] === samples, settling)
  await until('search settles', async () => (await books())['search stored'] === samples, settling)
  expect(await books()).toEqual({
    'normalize clean': samples,
    'search stored': samples,
    'latest merged': samples,
  })
  expect(await countDocuments(platform, { riderId: 'anna', bikeIds, token: '' })).toBe(samples)
  const tracks = (await recordsOf(platform, 'telemetry.raw')).map(({ value }) =>
    uuidText(fromBinary(RawTrackSchema, value as Buffer).trackId),
  )
  expect(new Set(tracks).size).toBe(published)
  expect(await recordsOf(platform, 'telemetry.quarantine')).toEqual([])
}, 600_000)

/** As modules do: what the broker has not confirmed is published again. */
async function publishUntil(enough: AbortSignal): Promise<void> {
  for (let round = 0; !enough.aborted; round++) {
    const messages = Array.from({ length: tracksAtOnce }, (_, i) => trackMessage(round * tracksAtOnce + i))
    await until('the broker takes the tracks', () => isStored(messages), { everyMs: 200 })
    published += messages.length
    await sleep(20)
  }
}

const isStored = (messages: readonly OutgoingMessage[]): Promise<boolean> =>
  publisher.publish(messages).then(
    (outcomes) => outcomes.every((outcome) => outcome === 'stored'),
    () => false,
  )

function trackMessage(number: number): OutgoingMessage {
  const { bikeId, deviceId } = modules[number % modules.length] as (typeof modules)[number]
  const kind = kinds[Math.floor(number / modules.length) % kinds.length] as (typeof kinds)[number]
  const sequence = Math.floor(number / modules.length)
  const timesMs = Array.from(
    { length: samplesPerTrack },
    (_, i) => startMs + (sequence * samplesPerTrack + i) * 1_000,
  )
  const columns = {
    ride: 'speed_kmh',
    battery: 'voltage_v',
    motor: 'motor_power_w',
    fault: 'fault_code',
  } as const
  const body = writeTrack({
    ...{ bikeId, recorderId: deviceId, kind, clock: { bootId: 1, clockEpoch: 1 }, sequence, timesMs },
    columns: [{ key: columns[kind], values: timesMs.map((_, i) => i + 1) }],
  })
  return { routingKey: telemetryKey(bikeId, kind), body }
}

/** As soon as it has taken messages in after its start. */
async function killDevices(): Promise<void> {
  const { devices } = platform.services
  const received = async () => (await metrics(devices.url))('worker_records_total', 'event="received"')
  const before = await received()
  await until('devices is at work', async () => (await received()) > before, { everyMs: 1 })
  devices.kill('SIGKILL')
  await devices.restart()
}

async function killKafka(): Promise<void> {
  await kafka.kill()
  await untilPublishedMore('without Kafka')
  await kafka.restart()
}

async function killBroker(): Promise<void> {
  await broker.restart()
  await untilPublishedMore('after the restart of RabbitMQ')
}

async function untilPublishedMore(when: string): Promise<void> {
  const enough = published + 10 * tracksAtOnce
  await until(`modules publish ${when}`, async () => published >= enough)
}

async function books(): Promise<Record<string, number>> {
  const rows = await platform.sql<{ line: string; samples: number }[]>`
    select stage || ' ' || outcome as line, sum(samples)::int as samples from ledger_counts group by 1`
  return Object.fromEntries(rows.map(({ line, samples }) => [line, samples]))
}
