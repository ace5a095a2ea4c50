// What the engines themselves say: Elasticsearch, PostgreSQL and Kafka are asked directly, past the platform's processes.
import { createTelemetryStore, maxPageSamples, type Sample } from '../core/elasticsearch/index.ts'
import { readTopic } from '../core/kafka/index.ts'
import { topicName } from '../core/pipeline/topics.ts'
import { connectPostgres, type Sql } from '../core/postgres/connect.ts'
import { latestOf } from '../core/postgres/latest-store.ts'
import type { Ledger } from '../infra/stage/books.ts'
import { readLedger } from '../infra/stage/ledger.ts'
import { brokersOf, elasticsearchOf, type Stage } from '../infra/stage/stage.ts'
import { limits } from '../proto/index.ts'

/** A record of the analytics topic. */
export interface Delivered {
  readonly bike: string
  readonly kind: string
  readonly time: string
}

export interface Engines {
  readonly sql: Sql
  /** Of what the edge accepted. */
  ledger(): Promise<Ledger>
  /** Of what modules sent through the broker. */
  deviceLedger(): Promise<Ledger>
  /** Samples in quarantine that nobody has replayed, by reason. */
  quarantined(): Promise<Record<string, number>>
  /** Every stored sample of a bike. */
  storedSamples(bikeId: string): Promise<Sample[]>
  isSearchable(bikeId: string, sinceMs: number): Promise<boolean>
  /** Event time of the newest ride state. */
  latestRideMs(bikeId: string): Promise<number | undefined>
  /** All that is committed in the analytics topic. */
  delivered(): Promise<Delivered[]>
  close(): Promise<void>
}

const silent = { info: () => undefined, warn: () => undefined }

export function openEngines({ env, namespace }: Stage): Engines {
  const sql = connectPostgres({ url: env.DATABASE_URL ?? '', name: 'demo', maxConnections: 6 })
  const store = createTelemetryStore({ ...elasticsearchOf(env), namespace, log: silent })
  return {
    sql,
    ledger: () => readLedger(sql, { senders: 'phones' }),
    deviceLedger: () => readLedger(sql, { senders: 'modules' }),
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
      const records: Delivered[] = []
      const topic = topicName(namespace, 'analytics.telemetry')
      for await (const { value } of readTopic({ brokers: brokersOf(env), topic, isolation: 'committed' })) {
        records.push(JSON.parse(value?.toString() ?? 'null') as Delivered)
      }
      return records
    },
    close: async () => {
      await Promise.all([sql.end({ timeout: 5 }), store.close()])
    },
  }
}
