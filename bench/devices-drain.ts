// A backlog of the modules' queues on its way to Kafka: by the devices worker, by a bare consumer that produces the same
// payloads, and by one that throws them away.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConsumeMessage, connect } from 'amqplib'
import { createProducer } from '../core/kafka/index.ts'
import type { RecordProducer } from '../core/kafka/port.ts'
import { topicName } from '../core/pipeline/topics.ts'
import { createPublisher, type OutgoingMessage } from '../core/rabbitmq/index.ts'
import { telemetryKey, telemetryQueues } from '../core/rabbitmq/topology.ts'
import { createLog } from '../core/worker/log.ts'
import { kinds, uuidBytes, writeTrack } from '../proto/index.ts'
import { recordsOf } from '../test/rig/observe.ts'
import type { Rig } from '../test/rig/platform-rig.ts'
import { rideTrack } from '../test/rig/rides.ts'
import { processCpuSeconds } from './process-cpu.ts'

export const backlog = { messages: 200_000, bikes: 1_000, samplesPerTrack: 30 } as const
const batch = 500
const giveUpMs = 240_000
const log = createLog('bench', 'silent')

export interface DrainRate {
  readonly messagesPerSecond: number
  readonly cpuSecondsPerMillion: number
}

export interface DrainRates {
  readonly worker: DrainRate
  readonly toKafka: DrainRate
  readonly thrownAway: DrainRate
  /** Records in telemetry.raw after the worker, and different ones among them. */
  readonly records: { readonly all: number; readonly distinct: number }
}

/** The worker is stopped at first, and at the end. */
export async function measureDraining(rig: Rig, progress: (line: string) => void): Promise<DrainRates> {
  const { devices } = rig.services
  devices.kill('SIGTERM')
  progress(`${backlog.messages} messages wait for the worker`)
  await fill(rig)
  const worker = await drainByWorker(rig)
  const raw = (await recordsOf(rig, 'telemetry.raw')).map(({ value }) => String(value?.subarray(0, 18)))
  devices.kill('SIGTERM')
  progress('the same messages for a bare consumer that produces')
  await fill(rig)
  const producer = createProducer({ brokers: (rig.env.KAFKA_BROKERS ?? '').split(','), name: 'bare', log })
  const toKafka = await drainBare(rig, producer)
  await producer.close()
  progress('and for one that does not')
  await fill(rig)
  const thrownAway = await drainBare(rig)
  return { worker, toKafka, thrownAway, records: { all: raw.length, distinct: new Set(raw).size } }
}

/** Tracks of all bikes in turn, the kinds of message in turn; the payload is a ride's, whatever the kind. */
async function fill({ env }: Rig): Promise<void> {
  const publisher = createPublisher({ url: env.AMQP_URL ?? '', name: 'bench', log })
  const bikeIds = Array.from({ length: backlog.bikes }, () => randomUUID())
  const recorderId = randomUUID()
  const startMs = Date.UTC(2026, 0, 1)
  const message = (number: number): OutgoingMessage => {
    const bikeId = bikeIds[number % backlog.bikes] as string
    const samples = backlog.samplesPerTrack
    const body = writeTrack(rideTrack({ bikeId, recorderId, startMs: startMs + number * 1_000, samples }))
    const kind = kinds[number % kinds.length] as (typeof kinds)[number]
    return { routingKey: telemetryKey(bikeId, kind), body }
  }
  for (let from = 0; from < backlog.messages; from += 2_000) {
    const length = Math.min(2_000, backlog.messages - from)
    const outcomes = await publisher.publish(Array.from({ length }, (_, i) => message(from + i)))
    if (outcomes.some((outcome) => outcome !== 'stored')) throw new Error('a queue refused a message')
  }
  await publisher.close()
}

/** From the first batch seen in the worker's counters to the last, so that its start is left out. */
async function drainByWorker({ services: { devices } }: Rig): Promise<DrainRate> {
  const started = devices.restart()
  let first: { written: number; atMs: number; cpuSeconds: number } | undefined
  const giveUpAtMs = performance.now() + giveUpMs
  while (performance.now() < giveUpAtMs) {
    const written = await writtenRecords(devices.url).catch(() => 0)
    const atMs = performance.now()
    const cpuSeconds = written > 0 ? processCpuSeconds(devices.pid) : 0
    if (written > 0) first ??= { written, atMs, cpuSeconds }
    if (first !== undefined && written >= backlog.messages) {
      await started
      const done = written - first.written
      return rateOf(done, (atMs - first.atMs) / 1_000, cpuSeconds - first.cpuSeconds)
    }
    await sleep(50)
  }
  throw new Error(`the worker did not drain ${backlog.messages} messages within ${giveUpMs} ms`)
}

async function writtenRecords(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) })
  const line = /^worker_records_total\{[^}]*event="written"[^}]*\} (\S+)$/m.exec(await response.text())
  return Number(line?.[1] ?? 0)
}

/** The client libraries alone: the same prefetch, the same batches, nothing in between. */
async function drainBare({ env, namespace }: Rig, producer?: RecordProducer): Promise<DrainRate> {
  const connection = await connect(env.AMQP_URL ?? '')
  const channel = await connection.createChannel()
  await channel.prefetch(2 * batch)
  const arrived: ConsumeMessage[] = []
  let wake: () => void = () => undefined
  for (const queue of telemetryQueues) {
    await channel.consume(queue, (message) => {
      if (message === null) return
      arrived.push(message)
      wake()
    })
  }
  const topic = topicName(namespace, 'telemetry.raw')
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  for (let done = 0; done < backlog.messages; ) {
    if (arrived.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    const messages = arrived.splice(0, batch)
    await producer?.send(
      messages.map(({ content, fields }) => ({
        topic,
        key: uuidBytes(fields.routingKey.slice('bikes.'.length, 'bikes.'.length + 36)),
        value: content,
      })),
    )
    channel.ack(messages.at(-1) as ConsumeMessage, true)
    done += messages.length
  }
  const seconds = (performance.now() - startMs) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  await connection.close()
  return rateOf(backlog.messages, seconds, (user + system) / 1e6)
}

function rateOf(messages: number, seconds: number, cpuSeconds: number): DrainRate {
  return { messagesPerSecond: messages / seconds, cpuSecondsPerMillion: (cpuSeconds * 1e6) / messages }
}
