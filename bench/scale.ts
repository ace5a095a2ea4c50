// Each stage with one process and with two, on the same backlog: what scaling out costs, and what each takes of the engines.
// On two cores, which the engines share, two processes cannot be twice as fast; that their cost per sample stays is the point.
import { fileURLToPath } from 'node:url'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { createProducer, type OutgoingRecord } from '../core/kafka/index.ts'
import { topicName } from '../core/pipeline/topics.ts'
import { registerBikes } from '../core/postgres/registry-store.ts'
import { createLog } from '../core/worker/log.ts'
import { startTestIssuer } from '../edge/testing/issuer.ts'
import { startServerProcess, untilReady } from '../edge/testing/server-process.ts'
import { CleanTrackSchema, RawTrackSchema, uuidText } from '../proto/index.ts'
import { openRig, type Rig } from '../test/rig/platform-rig.ts'
import { cleanRides } from './clean-rides.ts'
import { type Drained, drainWith } from './drain-processes.ts'
import { loadServer, prepareUploads, samplesPerUpload, type Uploads, unlimited } from './edge-uploads.ts'
import { type EngineName, type EngineSeconds, watchEngines } from './engine-cpu.ts'
import { type EngineAddresses, withEngines } from './engines.ts'
import { processCpuSeconds, processPeakMiB } from './process-cpu.ts'
import { type Sizes, sizesOf } from './record-sizes.ts'
import type { Bench, BenchResult } from './report.ts'
import { type WorkerStage, workerStages } from './scale-stages.ts'

const samples = Number(process.env.BENCH_SAMPLES ?? 12_000_000)
/** Modules send shorter tracks than phones. */
const samplesPerTrack = Number(process.env.BENCH_TRACK ?? 300)
const edgeSeconds = 10
const edgeConnections = 64
const producedAt = new Date('2022-01-01T00:00:00Z')

export const run: Bench = ({ tripsDir, progress }) =>
  withEngines(progress, async (engines) => {
    const engineSeconds = watchEngines(engines)
    const backlog = await prepareBacklog(tripsDir)
    const rigs: Rig[] = []
    try {
      for (const _ of processCounts) rigs.push(await openBareRig(engines, progress))
      const measured: Measurement[] = []
      progress('edge')
      const issuer = await startTestIssuer()
      const uploads = await prepareUploads(tripsDir, issuer)
      for (const [i, instances] of processCounts.entries()) {
        const edge = { rig: rigs[i] as Rig, instances, uploads, issuerEnv: issuer.env, engineSeconds }
        measured.push({ stage: 'edge', instances, ...(await measureEdges(edge)) })
      }
      issuer.close()
      for (const rig of rigs) await fill(rig, backlog)
      for (const stage of workerStages) {
        for (const [i, instances] of processCounts.entries()) {
          progress(`${stage.name}, ${instances} of it`)
          const { env } = rigs[i] as Rig
          const drained = await drainWith({
            ...stage,
            env,
            instances,
            enough: enoughOf(stage, backlog),
            engineSeconds,
          })
          measured.push({ stage: stage.name, instances, ...inSamples(stage, drained, backlog) })
          progress(
            `  ${Math.round(drained.counted / drained.seconds)} a second, over ${drained.seconds.toFixed(1)} s`,
          )
        }
      }
      return report(measured, backlog, await sizesOf(rigs[0] as Rig))
    } finally {
      for (const rig of rigs) await rig.close()
    }
  })

const processCounts = [1, 2] as const

/** Everything provisioned, and no worker: the stages bring their own. */
async function openBareRig(engines: EngineAddresses, onProgress: (line: string) => void): Promise<Rig> {
  const rig = await openRig({ engines, services: ['quarantine'], onProgress })
  rig.services.quarantine.kill('SIGTERM')
  return rig
}

interface Measurement extends Drained {
  readonly stage: string
  readonly instances: number
}

interface Backlog {
  readonly tracks: readonly Omit<OutgoingRecord, 'topic'>[]
  readonly samples: number
  readonly bikes: readonly { bikeId: string; riderId: string; producedAt: Date }[]
}

/** Records of telemetry.raw, and the bikes that must be known for them to be clean. */
async function prepareBacklog(tripsDir: string | undefined): Promise<Backlog> {
  const riders = new Map<string, string>()
  const tracks: Omit<OutgoingRecord, 'topic'>[] = []
  let count = 0
  for (const record of await cleanRides({ samples, tripsDir, samplesPerTrack })) {
    const { raw } = fromBinary(CleanTrackSchema, record.value)
    if (raw === undefined) continue
    riders.set(uuidText(record.key), raw.sender)
    tracks.push({ key: record.key, value: toBinary(RawTrackSchema, raw) })
    count += record.samples
  }
  const bikes = [...riders].map(([bikeId, riderId]) => ({ bikeId, riderId, producedAt }))
  return { tracks, samples: count, bikes }
}

async function fill({ env, namespace, sql }: Rig, { tracks, bikes }: Backlog): Promise<void> {
  const step = 500
  for (let from = 0; from < bikes.length; from += step)
    await registerBikes(sql, bikes.slice(from, from + step))
  const brokers = (env.KAFKA_BROKERS ?? '').split(',')
  const producer = createProducer({ brokers, name: 'bench', log: createLog('bench', 'silent') })
  const topic = topicName(namespace, 'telemetry.raw')
  for (let from = 0; from < tracks.length; from += step)
    await producer.send(tracks.slice(from, from + step).map((track) => ({ topic, ...track })))
  await producer.close()
}

function enoughOf({ perRecord, recordsPerTrack, mostTracks }: WorkerStage, backlog: Backlog): number {
  const tracks = Math.min(mostTracks, 0.9 * backlog.tracks.length)
  return perRecord === 'one' ? tracks * recordsPerTrack : (tracks * backlog.samples) / backlog.tracks.length
}

/** What was counted in records, told in the samples of their tracks. */
function inSamples({ perRecord, recordsPerTrack }: WorkerStage, drained: Drained, backlog: Backlog): Drained {
  if (perRecord === 'samples') return drained
  const samplesPerRecord = backlog.samples / backlog.tracks.length / recordsPerTrack
  return { ...drained, counted: drained.counted * samplesPerRecord }
}

async function measureEdges(of: {
  rig: Rig
  instances: number
  uploads: Uploads
  issuerEnv: Readonly<Record<string, string>>
  engineSeconds(): EngineSeconds
}): Promise<Drained> {
  const { rig, instances, uploads, issuerEnv, engineSeconds } = of
  const entry = fileURLToPath(new URL('../edge/entry/node.ts', import.meta.url))
  const env = { ...rig.env, ...issuerEnv, ...unlimited, PORT: '0' }
  const edges = await Promise.all(
    Array.from({ length: instances }, () => startServerProcess({ args: [entry], env })),
  )
  const load = (seconds: number) =>
    Promise.all(
      edges.map(({ url }) =>
        loadServer({
          url: `${url}/v1/telemetry`,
          connections: edgeConnections / instances,
          seconds,
          uploads,
          expectedStatus: 202,
        }),
      ),
    )
  try {
    await Promise.all(edges.map((edge) => untilReady(edge)))
    await load(edgeSeconds / 3)
    const before = { cpu: edges.map(({ pid }) => processCpuSeconds(pid)), engines: engineSeconds() }
    const outcomes = await load(edgeSeconds)
    const after = { cpu: edges.map(({ pid }) => processCpuSeconds(pid)), engines: engineSeconds() }
    const counted = outcomes.map((outcome) => outcome.uploads * samplesPerUpload)
    return {
      counted: sum(counted),
      seconds: Math.max(...outcomes.map(({ seconds }) => seconds)),
      cpuSeconds: sum(after.cpu) - sum(before.cpu),
      engineSeconds: {
        kafka: after.engines.kafka - before.engines.kafka,
        elasticsearch: after.engines.elasticsearch - before.engines.elasticsearch,
        postgres: after.engines.postgres - before.engines.postgres,
      },
      peakMiB: Math.max(...edges.map(({ pid }) => processPeakMiB(pid))),
      partitions: [],
      shares: counted.map((count) => count / sum(counted)),
    }
  } finally {
    await Promise.all(edges.map((edge) => edge.stop()))
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

const perMillion = ({ counted }: Measurement, seconds: number) => (seconds * 1e6) / counted

function report(measured: readonly Measurement[], backlog: Backlog, sizes: Sizes): BenchResult {
  const engine = (measurement: Measurement, name: EngineName) =>
    Number(perMillion(measurement, measurement.engineSeconds[name]).toFixed(2))
  const ratios = Map.groupBy(measured, ({ stage }) => stage)
  return {
    title: `${backlog.samples.toLocaleString('en')} samples in tracks of ${Math.round(backlog.samples / backlog.tracks.length)}, ${backlog.bikes.length} bikes, 6 partitions; CPU in seconds a million samples`,
    rows: measured.map((measurement) => ({
      stage: measurement.stage,
      processes: measurement.instances,
      'samples/s': Math.round(measurement.counted / measurement.seconds),
      CPU: Number(perMillion(measurement, measurement.cpuSeconds).toFixed(2)),
      'CPU of Kafka': engine(measurement, 'kafka'),
      Elasticsearch: engine(measurement, 'elasticsearch'),
      PostgreSQL: engine(measurement, 'postgres'),
      'peak MiB': Math.round(measurement.peakMiB),
      partitions: measurement.partitions.join(' + ') || '–',
      shares: measurement.shares.map((share) => `${Math.round(share * 100)} %`).join(' + '),
    })),
    goals: [...ratios].map(([stage, [one, two]]) => {
      const cpu = (each: Measurement | undefined) => (each ? perMillion(each, each.cpuSeconds) : Number.NaN)
      const ratio = cpu(two) / cpu(one)
      return {
        what: `${stage}: CPU a sample with two processes against one`,
        goal: '≤ 1.3',
        measured: ratio.toFixed(2),
        reached: ratio <= 1.3,
      }
    }),
    figures: { samples: backlog.samples, tracks: backlog.tracks.length, samplesPerTrack, sizes, measured },
  }
}
