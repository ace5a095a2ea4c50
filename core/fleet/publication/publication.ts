// Publishes bikes: what has changed in the master data → bike.entity. Of all processes one does, the others stand by.
import { toBinary } from '@bufbuild/protobuf'
import type { Logger } from 'pino'
import { Gauge, type Registry } from 'prom-client'
import { uuidBytes } from '../../../proto/codec/ids.ts'
import { BikeEntitySchema } from '../../../proto/gen/mobility/fleet/v1/bike_pb.js'
import type { FencedWriter, OutgoingRecord } from '../../engines/kafka/port.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { WorkerMetrics } from '../../runtime/metrics.ts'
import type { Watch } from '../../runtime/watch.ts'
import type { BikeChanges, ChangedBike, Leadership } from './port.ts'

export interface PublicationDeps {
  readonly changes: Pick<BikeChanges, 'waiting' | 'published'>
  readonly leadership: Leadership
  /** Shuts out whoever wrote before. */
  readonly openWriter: () => Promise<FencedWriter>
  /** Wakes when bikes have changed. */
  readonly watch: Watch
  /** The name of bike.entity. */
  readonly topic: string
  readonly metrics: Pick<WorkerMetrics, 'records'>
  readonly log: Logger
}

export interface Publication extends Loop {
  close(): Promise<void>
}

const bikesAtOnce = 2_000
/** Below the broker's default limit of a record. */
const mostEntityBytes = 900_000
// For notifications that were lost, and for a leader that is gone.
const pollMs = 1_000

/**
 * A bike's versions reach the topic in rising order, and the last one always does. The lock only spares processes from
 * shutting each other out; that it may be lost unnoticed does no harm, because Kafka refuses the writes of a former
 * leader, and bikes are read from the database after the writer was opened. A version may be published twice.
 */
export function createPublication(deps: PublicationDeps): Publication {
  const { changes, leadership, openWriter, watch, topic, metrics, log } = deps
  let writer: FencedWriter | undefined

  async function stepBack(): Promise<void> {
    const former = writer
    writer = undefined
    await former?.close()
  }

  /** False when there is nothing more to do before the next notification. */
  async function publishSome(open: FencedWriter): Promise<boolean> {
    const bikes = await changes.waiting(bikesAtOnce)
    if (bikes.length === 0) return false
    const records = bikes.flatMap(recordOf)
    if (records.length > 0) await open.write(records)
    const noted = await changes.published(bikes)
    metrics.records('written', records.length)
    log.debug({ bikes: records.length }, 'bikes published')
    return noted === bikes.length
  }

  /** One that is too large is set aside until it changes again: the others must not wait for it. */
  function recordOf({ bikeId, entity }: ChangedBike): OutgoingRecord[] {
    if (entity === undefined) return []
    const value = toBinary(BikeEntitySchema, entity)
    if (value.length <= mostEntityBytes) return [{ topic, key: uuidBytes(bikeId), value }]
    metrics.records('failed', 1)
    log.error({ bikeId, bytes: value.length }, 'a bike is too large to be published')
    return []
  }

  const loop = createLoop({
    what: 'publishing bikes',
    log,
    async round(signal) {
      if (!(await leadership.isLeader())) {
        await stepBack()
        return watch.next(pollMs, signal)
      }
      try {
        writer ??= await openWriter()
        if (!(await publishSome(writer))) await watch.next(pollMs, signal)
      } catch (error) {
        await stepBack()
        throw error
      }
    },
  })
  return { ...loop, close: stepBack }
}

/** How many bikes wait to be published, and for how long. Numbers that cannot be read stay as they were. */
export function exposePublication(registry: Registry, changes: Pick<BikeChanges, 'backlog'>): void {
  const backlog = () => changes.backlog().catch(() => undefined)
  new Gauge({
    name: 'fleet_unpublished_bikes',
    help: 'Bikes that have changed since they were published',
    registers: [registry],
    async collect() {
      const now = await backlog()
      if (now !== undefined) this.set(now.bikes)
    },
  })
  new Gauge({
    name: 'fleet_unpublished_seconds',
    help: 'For how long the oldest change of a bike has not been published',
    registers: [registry],
    async collect() {
      const now = await backlog()
      if (now !== undefined) this.set(now.oldestMs / 1_000)
    },
  })
}
