// How many bytes a track leaves behind: in the topics, and in PostgreSQL's tables with their indices.
import { readTopic } from '../core/engines/kafka/read-topic.ts'
import { type Topic, topicName } from '../core/topics.ts'
import type { TestPlatform } from '../testkit/platform/platform.ts'

const topics = [
  'telemetry.raw',
  'telemetry.clean',
  'telemetry.stored',
  'telemetry.outcomes',
  'analytics.tracks',
] as const satisfies readonly Topic[]
const tables = ['ledger_tracks', 'ledger_counts', 'latest_state', 'analytics_claims'] as const
const enough = 2_000

export interface Sizes {
  /** Mean bytes of key and value. */
  readonly bytesPerRecord: Readonly<Record<string, number>>
  readonly bytesPerRow: Readonly<Record<string, { rows: number; bytesPerRow: number }>>
}

/** Throws an Error that names a topic or table with nothing in it. */
export async function sizesOf({ env, namespace, sql }: TestPlatform): Promise<Sizes> {
  const brokers = (env.KAFKA_BROKERS ?? '').split(',')
  const bytesPerRecord: Record<string, number> = {}
  for (const topic of topics) bytesPerRecord[topic] = await meanBytes(brokers, topicName(namespace, topic))
  const bytesPerRow: Record<string, { rows: number; bytesPerRow: number }> = {}
  for (const table of tables) {
    const [found] = await sql<{ rows: number; bytes: number }[]>`
      select count(*)::int as rows, pg_total_relation_size(${table}::regclass)::float8 as bytes from ${sql(table)}`
    const { rows = 0, bytes = 0 } = found ?? {}
    if (rows === 0) throw new Error(`${table} is empty: its rows have no size`)
    bytesPerRow[table] = { rows, bytesPerRow: bytes / rows }
  }
  return { bytesPerRecord, bytesPerRow }
}

async function meanBytes(brokers: readonly string[], topic: string): Promise<number> {
  let records = 0
  let bytes = 0
  for await (const { key, value } of readTopic({ brokers, topic })) {
    bytes += (key?.length ?? 0) + (value?.length ?? 0)
    if (++records === enough) break
  }
  if (records === 0) throw new Error(`${topic} is empty: its records have no size`)
  return bytes / records
}
