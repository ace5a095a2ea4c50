// The normalize worker: telemetry.raw → who, when, believable? → telemetry.clean, telemetry.quarantine, outcomes.
import type { Logger } from 'pino'
import { uuidText } from '../../../proto/index.ts'
import type { BatchConsumer, KafkaRecord, RecordProducer } from '../../engines/kafka/port.ts'
import type { Loop } from '../../runtime/loop.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { bytesOf, inSlices } from '../../runtime/slices.ts'
import { isBikeReason } from '../contracts/outcomes.ts'
import { type BikeQuestion, type CachedRegistry, withTombstones } from './caching.ts'
import { clockQuestionOf, decisionFor, hasKeptClock, proposeClocks } from './clock.ts'
import { planTrack, type TrackPlan } from './plan.ts'
import type { ArrivedTrack, ClockStore, KnownBike, KnownClock, Tombstones } from './port.ts'
import {
  type Arrival,
  type Output,
  type OutputTopics,
  outputOf,
  readArrival,
  undecodableOutput,
} from './records.ts'

export interface NormalizeWorkerDeps {
  readonly consumer: BatchConsumer
  readonly producer: RecordProducer
  readonly registry: CachedRegistry
  readonly clocks: ClockStore
  readonly tombstones: Tombstones
  readonly topics: OutputTopics
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

type Plans = Map<ArrivedTrack, TrackPlan>

/** Any batch may be handled twice: the same records are written again, and who reads them knows them by track id. */
export function createNormalizeWorker(deps: NormalizeWorkerDeps): Loop {
  const { consumer, producer, tombstones, topics, metrics, log } = deps

  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const read = await inSlices(batch, bytesOf, ({ key, value }) =>
      readArrival(value ?? new Uint8Array(), key),
    )
    const arrivals = await withTombstones(read, tombstones)
    const tracks = arrivals.flatMap((arrival) => (arrival.kind === 'track' ? [arrival.arrived] : []))
    const plans = await planTracks(tracks, deps)

    const nowMs = Date.now()
    const outputs = await inSlices(arrivals, samplesIn, (arrival) => {
      if (arrival.kind === 'undecodable') {
        return undecodableOutput(arrival, { topics, nowMs })
      }
      const { arrived } = arrival
      return outputOf(arrived, plans.get(arrived) as TrackPlan, { topics, nowMs })
    })
    const records = outputs.flatMap((output) => output.records)
    await producer.send(records)
    count(outputs, metrics)
    metrics.records('written', records.length)
    metrics.records('failed', arrivals.length - tracks.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
    log.debug({ tracks: tracks.length, uploads: uploadsOf(tracks) }, 'normalized')
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}

const samplesIn = (arrival: Arrival) => (arrival.kind === 'track' ? samplesOf(arrival.arrived) : 1)
const samplesOf = ({ track }: ArrivedTrack) => track.timesMs.length

/**
 * Plans tracks by what is known of their bikes and clocks, which is asked for in batches. Where a bike's entity speaks against a
 * track, the newest one decides: a track that was sent back because more became known of its bike must not meet what was
 * known before.
 */
async function planTracks(
  tracks: readonly ArrivedTrack[],
  { registry, clocks }: Pick<NormalizeWorkerDeps, 'registry' | 'clocks'>,
): Promise<Plans> {
  const { bikes, cached } = await registry.find(tracks.map(questionOf))
  const plans = await planBy(bikes, tracks, clocks)
  const doubtful = tracks.filter(
    (arrived) => cached.has(arrived.track.bikeId) && isRefusedForItsBike(plans.get(arrived)),
  )
  if (doubtful.length === 0) return plans
  const newest = await registry.findNewest([...new Set(doubtful.map(({ track }) => track.bikeId))])
  return new Map([...plans, ...(await planBy(newest, doubtful, clocks))])
}

async function planBy(
  bikes: ReadonlyMap<string, KnownBike>,
  tracks: readonly ArrivedTrack[],
  clocks: ClockStore,
): Promise<Plans> {
  const bikeOf = ({ track }: ArrivedTrack) => bikes.get(track.bikeId)
  const known = await settleClocks(tracks, bikeOf, clocks)
  const planned = await inSlices(tracks, samplesOf, (arrived) => {
    const clock = known.get(arrived)
    return [arrived, planTrack(arrived, bikeOf(arrived), clock && decisionFor(arrived, clock))] as const
  })
  return new Map(planned)
}

function questionOf({ raw, track }: ArrivedTrack): BikeQuestion {
  const { bikeId, recorderId } = track
  return { bikeId, speaker: raw.device ? { deviceId: recorderId } : { riderId: raw.sender } }
}

function isRefusedForItsBike(plan: TrackPlan | undefined): boolean {
  return plan?.quarantined.some(({ reason }) => isBikeReason(reason)) ?? false
}

function count(outputs: readonly Output[], metrics: WorkerMetrics): void {
  for (const { outcome, reason, samples } of outputs.flatMap(({ counts }) => counts)) {
    metrics.samples(outcome, samples, reason)
  }
}

function uploadsOf(tracks: readonly ArrivedTrack[]): string[] {
  return [...new Set(tracks.map(({ raw }) => uuidText(raw.uploadId)))]
}

type BikeOf = (arrived: ArrivedTrack) => KnownBike | undefined

/** First the tracks decide about clocks as far as they can. Returns what is known then of each track's clock, but of modules nothing. */
export async function settleClocks(
  batch: readonly ArrivedTrack[],
  bikeOf: BikeOf,
  clocks: ClockStore,
): Promise<ReadonlyMap<ArrivedTrack, KnownClock>> {
  const tracks = batch.filter(hasKeptClock)
  if (tracks.length === 0) return new Map()
  const questions = tracks.map(clockQuestionOf)
  const propose = (known: readonly KnownClock[]) =>
    proposeClocks(
      tracks.map((arrived, i) => ({ arrived, known: known[i] as KnownClock, bike: bikeOf(arrived) })),
    )
  let known = await clocks.find(questions)
  if (propose(known).length > 0) {
    await clocks.decide(questions, propose)
    known = await clocks.find(questions)
  }
  return new Map(tracks.map((arrived, i) => [arrived, known[i] as KnownClock]))
}
