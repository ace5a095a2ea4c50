// What the engines themselves say: Elasticsearch, PostgreSQL and Kafka are asked directly, past the platform's processes,
// and Kafka with another client than theirs.
import { fromBinary } from '@bufbuild/protobuf'
import { createTelemetryReader, maxPageSamples, type Sample } from '../core/engines/elasticsearch/index.ts'
import { connectPostgres, type Sql } from '../core/engines/postgres/client/connect.ts'
import { latestOf } from '../core/engines/postgres/telemetry/latest-store.ts'
import { installedPartReasons } from '../core/fleet/installed-parts/compare.ts'
import { topicName } from '../core/topics.ts'
import { type BikeEntity, BikeEntitySchema } from '../proto/gen/mobility/fleet/v1/bike_pb.js'
import { limits } from '../proto/index.ts'
import type { Ledger } from '../testkit/books.ts'
import { type Environment, elasticsearchOf, kafkaOf } from '../testkit/environment.ts'
import { readIndependently } from '../testkit/independent-reader.ts'
import { readLedger } from '../testkit/ledger.ts'
import { type ResearchSample, researchSamplesIn, subjectsByBike } from '../testkit/research-samples.ts'

export interface Engines {
  readonly sql: Sql
  /** Of what the riders of the recorded rides uploaded. */
  ledger(): Promise<Ledger>
  /** Of what modules sent through the broker. */
  deviceLedger(): Promise<Ledger>
  /** Of what the buyers of the plants' bikes uploaded. */
  buyersLedger(): Promise<Ledger>
  /** Of what the rider who tours uploaded. */
  touristsLedger(): Promise<Ledger>
  /** Statements of plants, OEMs and workshops by their state. */
  statements(): Promise<Record<string, number>>
  /** What the master data has of them. */
  masterData(): Promise<{ bikes: number; components: number; openWitnessFindings: number }>
  /** The newest entity of each bike that a plant told of. */
  bikeEntities(): Promise<BikeEntity[]>
  /** Samples in quarantine that nobody has replayed, by reason. */
  quarantined(): Promise<Record<string, number>>
  /** Every stored sample of a bike. */
  storedSamples(bikeId: string): Promise<Sample[]>
  isSearchable(bikeId: string, sinceMs: number): Promise<boolean>
  /** Event time of the newest ride state. */
  latestRideMs(bikeId: string): Promise<number | undefined>
  /** All samples that are committed in the analytics topic. */
  delivered(): Promise<ResearchSample[]>
  /** How bikes of riders who consent are called there. */
  subjects(): Promise<ReadonlyMap<string, string>>
  close(): Promise<void>
}

const silent = { info: () => undefined, warn: () => undefined }

export function openEngines({ env, namespace }: Environment): Engines {
  const sql = connectPostgres({ url: env.DATABASE_URL ?? '', name: 'demo', maxConnections: 6 })
  const store = createTelemetryReader({ ...elasticsearchOf(env), namespace, log: silent })
  return {
    sql,
    ledger: () => readLedger(sql, { senders: { prefix: 'rider-' } }),
    deviceLedger: () => readLedger(sql, { senders: 'modules' }),
    buyersLedger: () => readLedger(sql, { senders: { prefix: 'buyer-' } }),
    touristsLedger: () => readLedger(sql, { senders: { prefix: 'tourist-' } }),
    statements: async () => {
      const rows = await sql<{ state: string; statements: number }[]>`
        select state, count(*)::integer as statements from manufacturing_events group by state`
      return Object.fromEntries(rows.map(({ state, statements }) => [state, statements]))
    },
    masterData: async () => {
      const [row] = await sql<{ bikes: number; components: number; openWitnessFindings: number }[]>`
        select (select count(*) from bikes where frame_number is not null)::integer as bikes,
          (select count(*) from components)::integer as components,
          (select count(*) from fleet_findings where closed_at is null and reason = any(${[...installedPartReasons]}::text[]))::integer
            as "openWitnessFindings"`
      return row ?? { bikes: 0, components: 0, openWitnessFindings: 0 }
    },
    bikeEntities: async () => {
      const newest = new Map<string, BikeEntity>()
      const topic = topicName(namespace, 'bike.entity')
      for await (const { value } of readIndependently({ ...kafkaOf(env), topic })) {
        const entity = fromBinary(BikeEntitySchema, value ?? new Uint8Array())
        newest.set(entity.bikeId, entity)
      }
      return [...newest.values()].filter(({ frameNumber }) => frameNumber !== '')
    },
    quarantined: async () => {
      const rows = await sql<{ reason: string; samples: number }[]>`
        select reason, sum(samples)::integer as samples from quarantine where replayed_at is null group by reason`
      return Object.fromEntries(rows.map(({ reason, samples }) => [reason, samples]))
    },
    storedSamples: async (bikeId) => {
      const samples: Sample[] = []
      let cursor: string | undefined
      do {
        const whole = { bikeId, fromMs: 0, toMs: limits.timeMs, limit: maxPageSamples }
        const page = await store.readSamples({ ...whole, ...(cursor !== undefined && { cursor }) })
        samples.push(...page.samples)
        cursor = page.next
      } while (cursor !== undefined)
      return samples
    },
    isSearchable: async (bikeId, sinceMs) => {
      const window = { fromMs: sinceMs, toMs: sinceMs + 60_000 }
      const page = await store.readSamples({ bikeId, kind: 'ride', ...window, limit: 1 })
      return page.samples.length > 0
    },
    latestRideMs: async (bikeId) =>
      (await latestOf(sql, bikeId)).find(({ group }) => group === 'ride')?.eventAtMs,
    delivered: async () => {
      const topic = topicName(namespace, 'analytics.tracks')
      return researchSamplesIn({ ...kafkaOf(env), topic })
    },
    subjects: () => subjectsByBike(sql),
    close: async () => {
      await Promise.all([sql.end({ timeout: 5 }), store.close()])
    },
  }
}
