// How long a partition pauses while normalize processes come and go: tracks are written evenly, and what counts is how much
// later than written each of them is clean.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { RecordProducer } from '../core/engines/kafka/port.ts'
import { createProducer } from '../core/engines/kafka/producer.ts'
import { readTopic } from '../core/engines/kafka/read-topic.ts'
import { registerBikes } from '../core/fleet/registry/stores.ts'
import { createLog } from '../core/runtime/service.ts'
import { topicName } from '../core/topics.ts'
import {
  CleanTrackSchema,
  RawTrackSchema,
  uuidBytes,
  uuidText,
  uuidV7Bytes,
  writeTrack,
} from '../proto/index.ts'
import { knowBikes } from '../testkit/known-bikes.ts'
import type { TestPlatform } from '../testkit/platform/platform.ts'
import { rideTrack } from '../testkit/platform/rides.ts'
import { type ServerProcess, startServerProcess, untilReady } from '../testkit/server-process.ts'
import { coreArgs } from '../testkit/service-process.ts'
import { withEngines } from '../testkit/with-engines.ts'
import { openBarePlatform } from './bare-platform.ts'
import { paced } from './paced.ts'
import { pausesOf, type Wait } from './pauses.ts'
import type { Bench, BenchResult } from './report.ts'

const tracksPerSecond = 60
const bikes = 120
/** Between two changes; longer than any pause should be. */
const restSeconds = Number(process.env.BENCH_SECONDS ?? 20)
const startBoundMs = 60_000
const goals = { orderly: 4, killed: 14 } as const

export const run: Bench = ({ progress }) =>
  withEngines(progress, async (engines) => {
    const platform = await openBarePlatform(engines, progress)
    const brokers = (platform.env.KAFKA_BROKERS ?? '').split(',')
    const producer = createProducer({ brokers, name: 'bench', log: createLog('bench', 'silent') })
    const processes: ServerProcess[] = []
    const enough = new AbortController()
    let load: Promise<number> | undefined
    try {
      processes.push(await startNormalize(platform))
      const changes = changesOf(platform, processes)
      load = writeEvenly(platform, producer, enough.signal)
      const made: Made[] = []
      for (const { what, goalSeconds, make } of changes) {
        await sleep(restSeconds * 1_000)
        progress(what)
        made.push({ what, goalSeconds, atMs: Date.now() })
        await make()
      }
      await sleep(restSeconds * 1_000)
      enough.abort()
      const written = await load
      return report(made, await waitsOf(platform, written), written)
    } finally {
      enough.abort()
      await load?.catch(() => undefined)
      await producer.close()
      await Promise.all(processes.map((each) => each.stop()))
      await platform.close()
    }
  })

interface Change {
  readonly what: string
  readonly goalSeconds: number
  make(): Promise<unknown>
}

type Made = Omit<Change, 'make'> & { readonly atMs: number }

/** From one process to three, and back to one. */
function changesOf(platform: TestPlatform, processes: ServerProcess[]): Change[] {
  const join = async () => processes.push(await startNormalize(platform))
  return [
    { what: 'nothing changes', goalSeconds: goals.orderly, make: async () => undefined },
    { what: 'a second process joins', goalSeconds: goals.orderly, make: join },
    { what: 'a third process joins', goalSeconds: goals.orderly, make: join },
    { what: 'one leaves (SIGTERM)', goalSeconds: goals.orderly, make: async () => processes.pop()?.stop() },
    {
      what: 'one is killed (SIGKILL)',
      goalSeconds: goals.killed,
      make: async () => processes.pop()?.kill('SIGKILL'),
    },
  ]
}

async function startNormalize({ env }: TestPlatform): Promise<ServerProcess> {
  const started = await startServerProcess({ args: coreArgs('normalize'), env, startBoundMs })
  await untilReady(started, startBoundMs)
  return started
}

/** Until `enough`; resolves with the number of tracks when all are written. */
async function writeEvenly(
  { namespace, sql }: TestPlatform,
  producer: RecordProducer,
  enough: AbortSignal,
): Promise<number> {
  const riderId = 'rider'
  const bikeIds = Array.from({ length: bikes }, () => randomUUID())
  const producedAt = new Date('2022-01-01T00:00:00Z')
  await registerBikes(
    sql,
    bikeIds.map((bikeId) => ({ bikeId, riderId, producedAt })),
  )
  await knowBikes(sql)
  const topic = topicName(namespace, 'telemetry.raw')
  const recorderId = randomUUID()
  const write = async (i: number) => {
    const bikeId = bikeIds[i % bikes] as string
    const nowMs = Date.now()
    const track = writeTrack(rideTrack({ bikeId, recorderId, startMs: nowMs - 60_000, samples: 10 }))
    const raw = create(RawTrackSchema, {
      trackId: uuidV7Bytes(),
      uploadId: uuidV7Bytes(),
      sender: riderId,
      receivedAtMs: BigInt(nowMs),
      track,
      samples: 10,
    })
    await producer.send([{ topic, key: uuidBytes(bikeId), value: toBinary(RawTrackSchema, raw) }])
  }
  let written = 0
  while (!enough.aborted) {
    const second = { perSecond: tracksPerSecond, count: tracksPerSecond, maxUnderWay: 1_000 }
    const { failures } = await paced(second, (i) => write(written + i))
    if (failures.length > 0) throw new Error('the load could not be written', { cause: failures[0] })
    written += tracksPerSecond
  }
  return written
}

interface Waits {
  readonly waits: readonly Wait[]
  readonly repeated: number
}

/** Of each track until it was clean for the first time. */
async function waitsOf({ env, namespace }: TestPlatform, written: number): Promise<Waits> {
  const brokers = (env.KAFKA_BROKERS ?? '').split(',')
  const topic = topicName(namespace, 'telemetry.clean')
  for (let attempt = 0; attempt < 30; attempt++) {
    const waits = new Map<string, Wait>()
    let records = 0
    for await (const { partition, timestampMs, value } of readTopic({ brokers, topic })) {
      records++
      const { raw } = fromBinary(CleanTrackSchema, value ?? new Uint8Array())
      if (raw === undefined) continue
      const writtenAtMs = Number(raw.receivedAtMs)
      const id = uuidText(raw.trackId)
      if (!waits.has(id))
        waits.set(id, { partition, writtenAtMs, seconds: (timestampMs - writtenAtMs) / 1_000 })
    }
    if (waits.size === written) return { waits: [...waits.values()], repeated: records - written }
    await sleep(1_000)
  }
  throw new Error('not all tracks became clean')
}

function report(made: readonly Made[], { waits, repeated }: Waits, written: number): BenchResult {
  const rows = pausesOf(made, waits).map((pause, i) => ({ ...(made[i] as Made), ...pause }))
  return {
    title: `normalize, ${written} tracks at ${tracksPerSecond} a second; the longest wait of a track, by partition; repeated ${repeated}`,
    rows: rows.map(({ what, worst, median, partitions }) => ({
      change: what,
      partitions,
      'worst s': worst,
      'median s': median,
    })),
    goals: rows.map(({ what, goalSeconds, worst }) => ({
      what: `longest pause of a partition, ${what}`,
      goal: `≤ ${goalSeconds} s`,
      measured: `${worst.toFixed(2)} s`,
      reached: worst <= goalSeconds,
    })),
    figures: { tracksPerSecond, written, repeated, rows },
  }
}
