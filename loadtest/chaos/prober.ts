// Fresh samples for each partition, whose arrival everywhere shows that the platform has caught up with its backlog.
import { randomUUID } from 'node:crypto'
import { partitionSeed } from '../../core/engines/kafka/producer.ts'
import { topicLayouts } from '../../core/topics.ts'
import { type Track, uuidBytes } from '../../proto/index.ts'
import { attemptClock } from '../../simulator/index.ts'
import type { ChaosEnvironment } from './environment.ts'
import { rightPhone } from './phones.ts'
import { createSender, type Sender } from './sender.ts'
import type { Truth } from './truth.ts'

export interface Prober {
  readonly bikes: readonly { readonly bikeId: string; readonly riderId: string }[]
  readonly sender: Sender
  /** Uploads a sample for each partition; the returned function tells where they have not arrived yet. */
  probe(): Promise<() => Promise<readonly string[]>>
}

const riderId = 'rider-of-the-probes'
const recordedBeforeMs = 1_000

/** Its bikes must be registered, and its rider consent. */
export function createProber({
  environment,
  truth,
}: {
  environment: ChaosEnvironment
  truth: Truth
}): Prober {
  const bikeIds = bikeOfEachPartition(topicLayouts['telemetry.clean'].partitions)
  const recorderId = randomUUID()
  const phone = rightPhone()
  const stamp = () => attemptClock(phone, Date.now())
  const sender = createSender({ env: environment.env, riderId, bikeIds, stamp, truth })
  const trackAt = (bikeId: string, timeMs: number): Track => {
    const { bootId, clockEpoch, monotonicMs } = phone.at(timeMs)
    return {
      bikeId,
      recorderId,
      kind: 'ride',
      clock: { bootId, clockEpoch, monotonicStartMs: monotonicMs },
      timesMs: [timeMs],
      columns: [{ key: 'speed_kmh', values: [20_000] }],
    }
  }
  return {
    bikes: bikeIds.map((bikeId) => ({ bikeId, riderId })),
    sender,
    async probe() {
      const timeMs = Date.now() - recordedBeforeMs
      const uploadId = await sender.send(bikeIds.map((bikeId) => trackAt(bikeId, timeMs)))
      return () => missing(environment, { bikeIds, timeMs, uploadId })
    },
  }
}

/** As many bikes as it takes until each partition has one. */
function bikeOfEachPartition(partitions: number): string[] {
  const found = new Map<number, string>()
  for (let draws = 0; found.size < partitions && draws < 100 * partitions; draws++) {
    const bikeId = randomUUID()
    found.set(partitionSeed(uuidBytes(bikeId)) % partitions, bikeId)
  }
  return [...found.values()]
}

async function missing(
  { sql, store }: ChaosEnvironment,
  { bikeIds, timeMs, uploadId }: { bikeIds: readonly string[]; timeMs: number; uploadId: string },
): Promise<string[]> {
  const [latest] = await sql<{ bikes: number }[]>`
    select count(*)::integer as bikes from latest_state
    where state_group = 'ride' and bike_id = any(${[...bikeIds]}::uuid[])
      and event_at >= ${new Date(timeMs).toISOString()}::timestamptz`
  const [delivered] = await sql<{ bikes: number }[]>`
    select count(distinct bike_id)::integer as bikes from ledger_tracks join ledger_counts using (track_id)
    where upload_id = ${uploadId}::uuid and stage = 'analytics'`
  const window = { fromMs: timeMs, toMs: timeMs + 1, limit: 1 }
  const pages = await Promise.all(bikeIds.map((bikeId) => store.readSamples({ bikeId, ...window })))
  const searchable = pages.filter(({ samples }) => samples.length > 0).length
  return [
    ['searchable', searchable] as const,
    ['in the latest state', latest?.bikes ?? 0] as const,
    ['in the books of analytics', delivered?.bikes ?? 0] as const,
  ].flatMap(([where, count]) =>
    count < bikeIds.length ? [`${count} of ${bikeIds.length} probes ${where}`] : [],
  )
}
