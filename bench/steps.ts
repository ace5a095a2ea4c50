// The longest step in which a worker lets nothing else run, on the largest batch that it may get. Its engines are stand-ins that
// answer at once, so that only its own calculations count.
import { create, toBinary } from '@bufbuild/protobuf'
import type { BatchConsumer, BatchLimits, KafkaRecord } from '../core/engines/kafka/port.ts'
import { createLog } from '../core/runtime/service.ts'
import { createLatestWorker } from '../core/telemetry/latest/worker.ts'
import { cacheClocks, cacheRegistry } from '../core/telemetry/normalize/caching.ts'
import type { ClockStore } from '../core/telemetry/normalize/port.ts'
import { createNormalizeWorker } from '../core/telemetry/normalize/worker.ts'
import { createNewPartitions } from '../core/telemetry/search/partitions.ts'
import { createSearchWorker, batchLimits as searchLimits } from '../core/telemetry/search/worker.ts'
import { limits, RawTrackSchema, type Track, uuidText, uuidV7Bytes, writeTrack } from '../proto/index.ts'
import { cleanRecord } from '../testkit/clean-records.ts'
import { fakeConsumer, fakeMetrics, nobodyErased } from '../testkit/fake-ports.ts'
import type { Bench } from './report.ts'

/** As in the services of these rooms. */
const stageLimits = {
  normalize: { maxRecords: 500, maxBytes: 8 * 1024 * 1024 },
  search: searchLimits,
  latest: { maxRecords: 500, maxBytes: 2 * 1024 * 1024 },
} as const satisfies Record<string, BatchLimits>
type Stage = keyof typeof stageLimits

const goalMs = 100
const bikeId = uuidText(uuidV7Bytes())
const recorderId = uuidText(uuidV7Bytes())
const startMs = Date.UTC(2026, 0)
const receivedAtMs = Date.UTC(2026, 6)

/** What a track may be at most, with few bytes a sample, so that a batch has as many samples as its bytes allow. */
const shapes = {
  'times alone': () => [],
  'one metric': () => [
    { key: 'speed_kmh' as const, values: new Float64Array(limits.samplesPerTrack).fill(20_000) },
  ],
  'a metric in every other sample': () => [
    {
      key: 'speed_kmh' as const,
      values: Float64Array.from({ length: limits.samplesPerTrack }, (_, i) => (i % 2 ? Number.NaN : 1)),
    },
  ],
} as const satisfies Record<string, () => Track['columns']>

export const run: Bench = async ({ progress }) => {
  const rows = []
  for (const stage of Object.keys(stageLimits) as Stage[]) {
    for (const [shape, columns] of Object.entries(shapes)) {
      progress(`${stage}: ${shape}`)
      const batch = largestBatch(stage, columns())
      // The first run is the compiler's.
      await measure(stage, batch)
      rows.push({
        stage,
        tracks: shape,
        samples: batch.length * limits.samplesPerTrack,
        ...(await measure(stage, batch)),
      })
    }
  }
  const longest = Math.max(...rows.map((row) => row['longest step, CPU ms']))
  return {
    title: `the longest synchronous step of a worker on its largest batch, tracks of ${limits.samplesPerTrack} samples`,
    rows,
    goals: [
      {
        what: 'longest step',
        goal: `<= ${goalMs} ms of CPU`,
        measured: `${longest} ms`,
        reached: longest <= goalMs,
      },
    ],
    figures: { rows },
  }
}

function largestBatch(stage: Stage, columns: Track['columns']): KafkaRecord[] {
  const timesMs = Float64Array.from({ length: limits.samplesPerTrack }, (_, i) => startMs + i * 1_000)
  const track: Track = {
    bikeId,
    recorderId,
    kind: 'ride',
    clock: { bootId: 1, clockEpoch: 1 },
    timesMs,
    columns,
  }
  const value = Buffer.from(
    stage === 'normalize' ? rawTrack(track) : cleanRecord({ track, riderId: 'anna', receivedAtMs }).value,
  )
  const { maxRecords, maxBytes } = stageLimits[stage]
  const records = Math.min(maxRecords, Math.floor(maxBytes / value.length))
  return Array.from({ length: records }, (_, i) => ({
    ...{ topic: 'topic', partition: 0, offset: BigInt(i), key: null, timestampMs: receivedAtMs },
    value,
  }))
}

function rawTrack(track: Track): Uint8Array {
  const raw = {
    trackId: uuidV7Bytes(),
    uploadId: uuidV7Bytes(),
    sender: 'anna',
    receivedAtMs: BigInt(receivedAtMs),
    track: writeTrack(track),
    samples: track.timesMs.length,
  }
  return toBinary(RawTrackSchema, create(RawTrackSchema, raw))
}

/** Lets the worker handle the batch while a clock ticks in every turn of the event loop. */
async function measure(stage: Stage, batch: readonly KafkaRecord[]) {
  const worker = workerOf(stage, fakeConsumer([batch]))
  const steps = watchSteps()
  await worker.run(new AbortController().signal)
  return steps.longest()
}

function watchSteps() {
  let wallMs = 0
  let cpuMs = 0
  let ended = false
  const cpuNowMs = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1_000
  }
  let [lastWallMs, lastCpuMs] = [performance.now(), cpuNowMs()]
  const tick = () => {
    wallMs = Math.max(wallMs, performance.now() - lastWallMs)
    cpuMs = Math.max(cpuMs, cpuNowMs() - lastCpuMs)
    ;[lastWallMs, lastCpuMs] = [performance.now(), cpuNowMs()]
    if (!ended) setImmediate(tick)
  }
  setImmediate(tick)
  return {
    longest() {
      tick()
      ended = true
      return { 'longest step, CPU ms': Math.round(cpuMs), 'longest step, ms': Math.round(wallMs) }
    },
  }
}

function workerOf(stage: Stage, consumer: BatchConsumer): { run(signal: AbortSignal): Promise<void> } {
  const log = createLog('bench', 'silent')
  const producer = { send: async () => undefined, close: async () => undefined }
  const deps = { consumer, producer, metrics: fakeMetrics(), log }
  if (stage === 'latest') {
    return createLatestWorker({ ...deps, store: { merge: async () => undefined }, outcomesTopic: 'outcomes' })
  }
  if (stage === 'search')
    return createSearchWorker({
      ...deps,
      store: eagerStore,
      erasedSpans: nobodyErased,
      newPartitions: createNewPartitions(),
      namespace: '',
    })
  const anna = { riderId: 'anna', fromMs: 0, untilMs: Number.POSITIVE_INFINITY }
  const bike = { bikeId, version: 1, producedAtMs: 0, ownerships: [anna], devices: [] }
  const topics = { clean: 'clean', quarantine: 'quarantine', outcomes: 'outcomes' }
  return createNormalizeWorker({
    ...deps,
    topics,
    registry: cacheRegistry({ find: async () => new Map([[bikeId, bike]]) }),
    clocks: cacheClocks(eagerClocks),
    tombstones: nobodyErased,
  })
}

/** Every clock is right. */
const eagerClocks: ClockStore = {
  find: async (questions) => questions.map(() => ({ own: { rule: 'none', offsetMs: 0 } })),
  decide: async () => undefined,
}

/** Takes every document. */
const eagerStore = {
  generations: async () => ['index'],
  makePartition: async () => undefined,
  addSibling: async () => undefined,
  siblingFacts: async () => ({ isPredecessorClosed: true, ageMs: 0, knownToAllAfterMs: 0 }),
  refresh: async () => undefined,
  forget: () => undefined,
  create: async () => undefined,
  get: async () => [],
  find: async () => [],
}
