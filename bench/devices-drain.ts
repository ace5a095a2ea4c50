// A backlog of the modules' queues on its way to Kafka: by the devices worker, by a bare consumer that produces the same
// payloads, and by one that throws them away.
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createPublisher, type OutgoingMessage } from '../core/engines/rabbitmq/index.ts'
import { telemetryKey, telemetryQueues } from '../core/engines/rabbitmq/topology.ts'
import { createLog } from '../core/runtime/service.ts'
import { topicName } from '../core/topics.ts'
import { kinds, writeTrack } from '../proto/index.ts'
import { recordsOf } from '../testkit/platform/observe.ts'
import type { TestPlatform } from '../testkit/platform/platform.ts'
import { rideTrack } from '../testkit/platform/rides.ts'
import type { DrainOutcome, DrainPlan } from './bare-drain.ts'
import { processCpuSeconds } from './process-cpu.ts'

export const backlog = {
  messages: 200_000,
  warmUp: 50_000,
  bikes: 1_000,
  samplesPerTrack: 30,
  rounds: 2,
} as const
const batch = 500
/** Of a RawTrack around a module's track: ids, sender, time, topic. */
const envelopeBytes = 115
const giveUpMs = 240_000
const log = createLog('bench', 'silent')

export interface DrainRate {
  readonly messagesPerSecond: number
  readonly cpuSecondsPerMillion: number
}

export interface DrainRates {
  /** A round each. */
  readonly worker: readonly DrainRate[]
  readonly toKafka: readonly DrainRate[]
  readonly thrownAway: readonly DrainRate[]
  /** Records in telemetry.raw after the worker's first round, and different ones among them. */
  readonly records: { readonly all: number; readonly distinct: number }
}

/** The worker is stopped at first, and at the end. */
export async function measureDraining(
  platform: TestPlatform,
  progress: (line: string) => void,
): Promise<DrainRates> {
  const rates = { worker: [] as DrainRate[], toKafka: [] as DrainRate[], thrownAway: [] as DrainRate[] }
  let records = { all: 0, distinct: 0 }
  for (let round = 1; round <= backlog.rounds; round++) {
    const tell = (what: string) => progress(`round ${round} of ${backlog.rounds}: a backlog for ${what}`)
    tell('the worker')
    await fill(platform)
    rates.worker.push(await drainByWorker(platform))
    if (round === 1) records = await countRecords(platform)
    tell('a bare consumer that produces')
    await fill(platform)
    rates.toKafka.push(await drainBare(platform, 'kafka'))
    tell('one that throws all away')
    await fill(platform)
    rates.thrownAway.push(await drainBare(platform, 'nowhere'))
  }
  return { ...rates, records }
}

/** A record begins with its track id. */
async function countRecords(platform: TestPlatform): Promise<DrainRates['records']> {
  const ids = (await recordsOf(platform, 'telemetry.raw')).map(({ value }) => value?.toString('hex', 0, 18))
  return { all: ids.length, distinct: new Set(ids).size }
}

/** Tracks of all bikes in turn, the kinds of message in turn; the payload is a ride's, whatever the kind. */
async function fill({ env }: TestPlatform): Promise<void> {
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

/** By the worker's counters, behind its warm-up. */
async function drainByWorker({ services: { devices } }: TestPlatform): Promise<DrainRate> {
  const started = devices.restart()
  let first: { written: number; atMs: number; cpuSeconds: number } | undefined
  const giveUpAtMs = performance.now() + giveUpMs
  while (performance.now() < giveUpAtMs) {
    const written = await writtenRecords(devices.url).catch(() => 0)
    const atMs = performance.now()
    const isWarm = written >= backlog.warmUp
    const cpuSeconds = isWarm ? processCpuSeconds(devices.pid) : 0
    if (isWarm) first ??= { written, atMs, cpuSeconds }
    if (first !== undefined && written >= backlog.messages) {
      await started
      devices.kill('SIGTERM')
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

/** In a process of its own that has just been started, as the worker has. */
async function drainBare({ env, namespace }: TestPlatform, to: 'kafka' | 'nowhere'): Promise<DrainRate> {
  const plan: DrainPlan = {
    amqpUrl: env.AMQP_URL ?? '',
    queues: telemetryQueues,
    messages: backlog.messages,
    warmUp: backlog.warmUp,
    batch,
    ...(to === 'kafka' && {
      kafka: {
        brokers: (env.KAFKA_BROKERS ?? '').split(','),
        topic: topicName(namespace, 'telemetry.raw'),
        envelopeBytes,
      },
    }),
  }
  const child = fork(fileURLToPath(new URL('bare-drain.ts', import.meta.url)))
  const answer = once(child, 'message', { signal: AbortSignal.timeout(giveUpMs) })
  child.send(plan)
  const [{ messages, seconds, cpuSeconds }] = (await answer) as [DrainOutcome]
  return rateOf(messages, seconds, cpuSeconds)
}

function rateOf(messages: number, seconds: number, cpuSeconds: number): DrainRate {
  return { messagesPerSecond: messages / seconds, cpuSecondsPerMillion: (cpuSeconds * 1e6) / messages }
}
