// The search worker, from Kafka to Elasticsearch, against a bare loop that sends the same documents from memory.
import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import {
  createTelemetryWriter,
  type DocumentBulk,
  dropTelemetry,
} from '../core/engines/elasticsearch/index.ts'
import { createBatchConsumer } from '../core/engines/kafka/consumer.ts'
import { createProducer } from '../core/engines/kafka/producer.ts'
import { deleteTopics, ensureTopics } from '../core/engines/kafka/topics.ts'
import type { WorkerMetrics } from '../core/runtime/metrics.ts'
import { inParallel } from '../core/runtime/slices.ts'
import { cutChunks } from '../core/telemetry/search/chunks.ts'
import { createNewPartitions } from '../core/telemetry/search/partitions.ts'
import { openTrack } from '../core/telemetry/search/planned-track.ts'
import { documentsOf } from '../core/telemetry/search/store-chunk.ts'
import { withMonths } from '../core/telemetry/search/testing/months.ts'
import { batchLimits, createSearchWorker } from '../core/telemetry/search/worker.ts'
import { groupName, topicName } from '../core/topics.ts'
import { nobodyErased } from '../testkit/fake-ports.ts'
import { type EngineAddresses, withEngines } from '../testkit/with-engines.ts'
import { type CleanRecord, cleanRides, monthOfRides } from './clean-rides.ts'
import type { Bench, BenchResult } from './report.ts'

const samples = Number(process.env.BENCH_SAMPLES ?? 400_000)
const rounds = Number(process.env.BENCH_ROUNDS ?? 4)
const bulkDocuments = 5_000
const parallelBulks = 2
const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' })

export const run: Bench = ({ tripsDir, progress }) =>
  withEngines(progress, async (engines) => {
    const records = await cleanRides({ samples, tripsDir })
    const warmUp = records.slice(0, Math.ceil(records.length / 8))
    progress('warming up')
    await bareLoop(engines, warmUp)
    await throughWorker(engines, warmUp)
    const bare: Measured[] = []
    const worker: Measured[] = []
    const sides = [
      { name: 'bare loop', measure: () => bareLoop(engines, records), into: bare },
      { name: 'worker', measure: () => throughWorker(engines, records), into: worker },
    ]
    for (let round = 1; round <= rounds; round++) {
      // Each side goes first in every other round: what runs first meets the merges of what ran before.
      for (const side of round % 2 === 1 ? sides : sides.toReversed()) {
        side.into.push(await side.measure())
        progress(`round ${round}: ${side.name} ${describe(side.into.at(-1))}`)
      }
    }
    return report(median(bare), median(worker), { bare, worker, real: tripsDir !== undefined })
  })

interface Measured {
  readonly documents: number
  readonly seconds: number
  readonly cpuSeconds: number
}

function storeOptions(engines: EngineAddresses) {
  return {
    url: engines.ELASTICSEARCH_URL ?? '',
    username: engines.ELASTICSEARCH_USERNAME ?? '',
    password: engines.ELASTICSEARCH_PASSWORD ?? '',
    namespace: `bench${randomBytes(4).toString('hex')}`,
    log,
  }
}

/** Sends bulks that lie ready in memory, two at a time. */
async function bareLoop(engines: EngineAddresses, records: readonly CleanRecord[]): Promise<Measured> {
  const options = storeOptions(engines)
  const store = createTelemetryWriter(options)
  try {
    const bulks = await readyBulks(records)
    await store.makePartition(monthOfRides)
    const [index = ''] = await store.generations(monthOfRides)
    const watch = stopwatch()
    await inParallel(bulks, parallelBulks, async (bulk) => {
      const failures = await store.create(index, bulk)
      if (failures !== undefined) throw new Error('the bare loop met a document that exists')
    })
    return { documents: sum(bulks.map(({ documents }) => documents)), ...watch() }
  } finally {
    await dropTelemetry(options)
    await store.close()
  }
}

async function readyBulks(records: readonly CleanRecord[]): Promise<DocumentBulk[]> {
  const chunks = cutChunks(
    records.map(({ value }) => openTrack(value)),
    { samples: bulkDocuments, bytes: 64 * 1024 * 1024 },
  )
  const bulks: DocumentBulk[] = []
  for await (const { slices, samples } of chunks) {
    const items = slices.flatMap((slice) => slice.samples.map((sample) => ({ slice, sample })))
    bulks.push({ body: Uint8Array.from(documentsOf(items)), documents: samples })
  }
  return bulks
}

/** The worker in this process, on a topic that lies ready in Kafka. */
async function throughWorker(engines: EngineAddresses, records: readonly CleanRecord[]): Promise<Measured> {
  const options = storeOptions(engines)
  const { namespace } = options
  const brokers = (engines.KAFKA_BROKERS ?? '').split(',')
  const clean = topicName(namespace, 'telemetry.clean')
  await ensureTopics({ brokers, namespace })
  const producer = createProducer({ brokers, name: 'bench', log })
  await producer.send(records.map(({ key, value }) => ({ topic: clean, key, value })))
  const consumer = createBatchConsumer({
    brokers,
    group: groupName(namespace, 'search'),
    topics: [clean],
    limits: batchLimits,
    log,
  })
  const store = createTelemetryWriter(options)
  const expected = sum(records.map((record) => record.samples))
  const stop = new AbortController()
  const counter = countUntil(expected, () => stop.abort())
  try {
    const worker = createSearchWorker({
      ...{ consumer, producer, store: withMonths(store), newPartitions: createNewPartitions() },
      ...{ erasedSpans: nobodyErased, metrics: counter.metrics, log, namespace },
    })
    await worker.run(stop.signal)
    return { documents: expected, ...counter.measured() }
  } finally {
    await Promise.all([consumer.close(), producer.close(), store.close()])
    await Promise.all([dropTelemetry(options), deleteTopics({ brokers, namespace })])
  }
}

/** Worker metrics that start a stopwatch with the first record and call `done` when all samples are counted. */
function countUntil(expected: number, done: () => void) {
  let watch: (() => { seconds: number; cpuSeconds: number }) | undefined
  let result = { seconds: Number.NaN, cpuSeconds: Number.NaN }
  let counted = 0
  const metrics: WorkerMetrics = {
    registry: new Registry(),
    records: () => {
      watch ??= stopwatch()
    },
    samples: (outcome, count) => {
      if (outcome !== 'stored') throw new Error(`${count} samples were ${outcome}`)
      counted += count
      if (counted < expected || watch === undefined) return
      result = watch()
      done()
    },
    batchSeconds: () => undefined,
    arrived: () => undefined,
  }
  return { metrics, measured: () => result }
}

function stopwatch(): () => { seconds: number; cpuSeconds: number } {
  const startMs = performance.now()
  const startCpu = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(startCpu)
    return { seconds: (performance.now() - startMs) / 1000, cpuSeconds: (user + system) / 1e6 }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** The run of median speed. */
function median(runs: readonly Measured[]): Measured {
  return runs.toSorted((a, b) => rate(a) - rate(b))[runs.length >> 1] as Measured
}

function rate({ documents, seconds }: Measured): number {
  return documents / seconds
}

function cpuPerMillion({ documents, cpuSeconds }: Measured): number {
  return (cpuSeconds / documents) * 1e6
}

function describe(measured: Measured | undefined): string {
  if (measured === undefined) return ''
  return `${Math.round(rate(measured))} docs/s, ${cpuPerMillion(measured).toFixed(2)} CPU-s per million`
}

function report(
  bare: Measured,
  worker: Measured,
  all: { bare: readonly Measured[]; worker: readonly Measured[]; real: boolean },
): BenchResult {
  const row = (what: string, measured: Measured) => ({
    what,
    'docs/s': Math.round(rate(measured)),
    'CPU-s per million': cpuPerMillion(measured),
  })
  const ratio = rate(worker) / rate(bare)
  const cpu = cpuPerMillion(worker)
  return {
    title: `${bare.documents} samples of ${all.real ? 'recorded' : 'made-up'} rides, bulks of ${bulkDocuments} × ${parallelBulks}, median of ${rounds} rounds`,
    rows: [
      row('bare bulk loop, documents ready', bare),
      row('search worker, Kafka to Elasticsearch', worker),
    ],
    goals: [
      {
        what: 'worker against the bare loop',
        goal: '≥ 75 %',
        measured: `${(ratio * 100).toFixed(0)} %`,
        reached: ratio >= 0.75,
      },
      {
        what: 'CPU of the worker per million samples',
        goal: '≤ 5 s',
        measured: `${cpu.toFixed(2)} s`,
        reached: cpu <= 5,
      },
    ],
    figures: { ratio, cpuSecondsPerMillion: cpu, ...all },
  }
}
