// The rides worker: telemetry.stored → marks of bikes → their samples, read again → rides → PostgreSQL.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { BatchConsumer, KafkaRecord } from '../../engines/kafka/port.ts'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import { bytesOf, inSlices } from '../../runtime/slices.ts'
import { readStoredRecord } from '../../telemetry/contracts/clean-samples.ts'
import { markOf } from './marks.ts'
import type { RideMetrics } from './metrics.ts'
import { movingMoments } from './movement.ts'
import { rideSteps } from './plan.ts'
import type {
  BikeAtWork,
  Replacement,
  RideMark,
  RideSample,
  RideSamples,
  RideStore,
  TimeSpan,
} from './port.ts'
import {
  type Cluster,
  extended,
  firstCluster,
  isLong,
  leftOf,
  nextStep,
  samplesToSee,
  windowAround,
} from './windows.ts'

export interface RideMarkerDeps {
  readonly consumer: BatchConsumer
  readonly store: Pick<RideStore, 'mark'>
  readonly metrics: WorkerMetrics
  readonly log: Logger
}

/** Any batch may be handled twice: a track that is marked again has its rides found again. */
export function createRideMarker({ consumer, store, metrics, log }: RideMarkerDeps): Loop {
  async function handle(batch: readonly KafkaRecord[]): Promise<void> {
    const startedAtMs = performance.now()
    metrics.records('received', batch.length)
    const marks = (await inSlices(batch, bytesOf, (record) => decode(record) ?? [])).flat()
    await store.mark(marks)
    metrics.records('written', marks.length)
    metrics.batchSeconds((performance.now() - startedAtMs) / 1000)
  }

  /** Search has read every track before; bytes that are none can only be a foreign writer's, and are left aside. */
  function decode({ value, partition, offset }: KafkaRecord): RideMark | undefined {
    try {
      return markOf(readStoredRecord(value ?? new Uint8Array()))
    } catch (error) {
      metrics.records('failed', 1)
      log.error({ partition, offset: String(offset), err: error }, 'no stored track, left aside')
      return undefined
    }
  }

  return { run: (signal) => consumer.run(handle, signal), trouble: () => consumer.trouble() }
}

export interface RideFinderDeps {
  readonly store: Omit<RideStore, 'mark' | 'backlog'>
  readonly samples: RideSamples
  readonly metrics: RideMetrics
  readonly log: Logger
  readonly now?: () => number
  readonly everyMs?: number
}

const atOnce = { bikes: 4, marks: 500, leaseMs: 30_000 }
const unseenAgainMs = 500
/** A day of ride and battery by one recorder has 172,800; four bikes at once must fit into memory. */
const mostSamples = 250_000
const mostExtensions = 100

/** Work on a bike that another process has done meanwhile changes nothing; a crash in between repeats it. */
export function createRideFinder(deps: RideFinderDeps): Loop {
  const { store, samples, metrics, log, now = Date.now, everyMs = 300 } = deps

  /** Settles the first marks of a bike that belong together. */
  async function work(bike: BikeAtWork): Promise<void> {
    const cluster = firstCluster(bike.marks)
    if (cluster === undefined) return finish(bike, {})
    if (!(await areSeen(bike, cluster))) return finish(bike, { againAtMs: now() + unseenAgainMs }, 'unseen')
    const first = cluster.marks[0] as RideMark
    if (isLong(first) && (await skipped(bike, first))) return
    const rides = await store.ridesBetween(bike.bikeId, windowAround(cluster, []))
    const step = nextStep(cluster, { rides, readAtMs: bike.readAtMs, nowMs: now() })
    if (step.type === 'wait') return finish(bike, { againAtMs: step.untilMs }, 'waiting')
    if (step.type === 'settle') return finish(bike, { settled: cluster.marks }, 'resting')
    const read = await readAround(bike, cluster)
    const left = leftOf(cluster)
    const settled = cluster.marks.filter((mark) => !left.includes(mark))
    const shortened = left.map((mark) => ({ ...mark, leftFromMs: cluster.untilMs }))
    await finish(bike, { ...read, settled, shortened }, read === undefined ? 'too_many_samples' : 'read')
  }

  /** Shortens a long mark to where its samples begin; false where they begin with it, or rides are known there. */
  async function skipped(bike: BikeAtWork, mark: RideMark): Promise<boolean> {
    const { bikeId } = bike
    const [ride] = await store.ridesBetween(bikeId, mark)
    const sampleMs = await samples.first({ bikeId, ...toEnd(mark) })
    const nextMs = Math.min(sampleMs ?? mark.untilMs, ride?.fromMs ?? mark.untilMs)
    if (nextMs <= mark.fromMs) return false
    await finish(bike, { shortened: [{ ...mark, leftFromMs: nextMs }] }, 'resting')
    return true
  }

  async function areSeen({ bikeId }: BikeAtWork, cluster: Cluster): Promise<boolean> {
    const wanted = samplesToSee(cluster, now())
    if (wanted === undefined || wanted.samples === 0) return wanted !== undefined
    return (await samples.count({ bikeId, ...toEnd(cluster) }, wanted.trackIds)) >= wanted.samples
  }

  /** Undefined where the samples are more than a process can hold. */
  async function readAround(bike: BikeAtWork, cluster: Cluster) {
    const { bikeId } = bike
    const found: RideSample[] = []
    let window = windowAround(cluster, await store.ridesBetween(bikeId, windowAround(cluster, [])))
    let unread = [window]
    for (let extensions = 0; unread.length > 0; extensions++) {
      if (extensions > mostExtensions) throw new Error(`rides of ${bikeId} have no end`)
      for (const part of unread) {
        for await (const page of samples.read({ bikeId, ...toEnd(part) })) {
          found.push(...page)
          metrics.documentsRead(page.length)
          if (found.length > mostSamples) return undefined
        }
      }
      const rides = await store.ridesBetween(bikeId, window)
      const moments = movingMoments(found.sort((a, b) => a.timeMs - b.timeMs))
      const next = extended(window, { cluster, moments, rides })
      unread = beyond(window, next)
      window = next
    }
    return { window, rides: await inTurns(rideSteps(found, bike)) }
  }

  async function finish(
    bike: BikeAtWork,
    of: Partial<Replacement>,
    outcome?: Parameters<RideMetrics['settled']>[0],
  ): Promise<void> {
    const { bikeId, revision } = bike
    const nothing = { window: undefined, rides: [], settled: [], shortened: [], againAtMs: now() }
    const done = await store.replace({ ...nothing, bikeId, revision, ...of })
    if (outcome !== undefined) metrics.settled(done ? outcome : 'overtaken')
    if (outcome === 'too_many_samples')
      log.error({ bikeId, marks: of.settled }, 'too many samples to find rides')
  }

  return createLoop({
    what: 'finding rides',
    log,
    async round(signal) {
      const bikes = await store.take(atOnce)
      const results = await Promise.allSettled(bikes.map(work))
      const failed = results.find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
      if (bikes.length < atOnce.bikes) await rest(everyMs, signal)
    },
  })
}

/** Between two steps everything else in the process gets its turn. */
async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await nextTurn()
  }
}

/** [fromMs, untilMs] as [fromMs, untilMs + 1). */
const toEnd = ({ fromMs, untilMs }: TimeSpan) => ({ fromMs, untilMs: untilMs + 1 })

/** What `next` has more than `window`, before and behind it. */
function beyond(window: TimeSpan, next: TimeSpan): TimeSpan[] {
  return [
    { fromMs: next.fromMs, untilMs: window.fromMs - 1 },
    { fromMs: window.untilMs + 1, untilMs: next.untilMs },
  ].filter(({ fromMs, untilMs }) => fromMs <= untilMs)
}
