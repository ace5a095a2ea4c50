// Rides on telemetry.raw, for stages that work them off one after the other.
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { createTelemetryWriter } from '../core/engines/elasticsearch/index.ts'
import type { OutgoingRecord } from '../core/engines/kafka/port.ts'
import { createProducer } from '../core/engines/kafka/producer.ts'
import { createConsentStore } from '../core/engines/postgres/riders/consent-store.ts'
import { registerBikes } from '../core/fleet/registry/stores.ts'
import { grantConsent } from '../core/riders/consent/consents.ts'
import { createLog } from '../core/runtime/service.ts'
import { topicName } from '../core/topics.ts'
import { CleanTrackSchema, RawTrackSchema, uuidText } from '../proto/index.ts'
import { elasticsearchOf } from '../testkit/environment.ts'
import { knowBikes } from '../testkit/known-bikes.ts'
import type { TestPlatform } from '../testkit/platform/platform.ts'
import { cleanRides, monthOfRides } from './clean-rides.ts'
import type { Drained } from './drained.ts'
import type { WorkerStage } from './scale-stages.ts'

export interface Backlog {
  readonly tracks: readonly Omit<OutgoingRecord, 'topic'>[]
  readonly samples: number
  /** Which must be known for the tracks to be clean. */
  readonly bikes: readonly { bikeId: string; riderId: string; producedAt: Date }[]
}

const producedAt = new Date('2022-01-01T00:00:00Z')
const step = 500
const log = createLog('bench', 'silent')

export async function prepareBacklog(of: Parameters<typeof cleanRides>[0]): Promise<Backlog> {
  const riders = new Map<string, string>()
  const tracks: Omit<OutgoingRecord, 'topic'>[] = []
  let samples = 0
  for (const record of await cleanRides(of)) {
    const { raw } = fromBinary(CleanTrackSchema, record.value)
    if (raw === undefined) continue
    riders.set(uuidText(record.key), raw.sender)
    tracks.push({ key: record.key, value: toBinary(RawTrackSchema, raw) })
    samples += record.samples
  }
  const bikes = [...riders].map(([bikeId, riderId]) => ({ bikeId, riderId, producedAt }))
  return { tracks, samples, bikes }
}

/** Registers the bikes, lets all riders consent (delivering costs more than withholding), makes their month, and writes the tracks. */
export async function fill({ env, namespace, sql }: TestPlatform, { tracks, bikes }: Backlog): Promise<void> {
  for (let from = 0; from < bikes.length; from += step)
    await registerBikes(sql, bikes.slice(from, from + step))
  await knowBikes(sql)
  for (const { riderId } of bikes)
    await grantConsent(createConsentStore(sql), {
      riderId,
      purpose: 'research',
      from: producedAt,
      by: 'rider',
    })
  const store = createTelemetryWriter({ ...elasticsearchOf(env), namespace, log })
  await store.makePartition(monthOfRides)
  await store.close()
  const brokers = (env.KAFKA_BROKERS ?? '').split(',')
  const producer = createProducer({ brokers, name: 'bench', log })
  const topic = topicName(namespace, 'telemetry.raw')
  for (let from = 0; from < tracks.length; from += step)
    await producer.send(tracks.slice(from, from + step).map((track) => ({ topic, ...track })))
  await producer.close()
}

/** How much of a stage is measured, in what it counts. */
export function enoughOf(stage: WorkerStage, backlog: Pick<Backlog, 'samples' | 'tracks'>): number {
  return Math.min(stage.mostSamples, stage.share * backlog.samples) / samplesPerCount(stage, backlog)
}

/** What was counted in records, told in the samples of their tracks. */
export function inSamples(
  stage: WorkerStage,
  drained: Drained,
  backlog: Pick<Backlog, 'samples' | 'tracks'>,
): Drained {
  return { ...drained, counted: drained.counted * samplesPerCount(stage, backlog) }
}

function samplesPerCount(
  { counts, recordsPerTrack }: WorkerStage,
  { samples, tracks }: Pick<Backlog, 'samples' | 'tracks'>,
): number {
  return counts === 'samples' ? 1 : samples / tracks.length / recordsPerTrack
}
