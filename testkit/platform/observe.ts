// What the engines themselves say about a platform's riders, and bounded waiting for it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaRecord } from '../../core/engines/kafka/port.ts'
import { type Topic, topicName } from '../../core/topics.ts'
import { recordsIn } from '../independent-reader.ts'
import { researchSamplesIn } from '../research-samples.ts'
import type { Rider, TestPlatform } from './platform.ts'

/** Polls until `isSo`; rejects with what was missing when it is not so in time. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  { withinMs = 120_000, everyMs = 50 } = {},
): Promise<void> {
  const endMs = Date.now() + withinMs
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(everyMs)
  }
}

/** All that is committed in a topic, read with another client than the one that writes it. */
export function recordsOf(platform: TestPlatform, topic: Topic): Promise<KafkaRecord[]> {
  const brokers = (platform.env.KAFKA_BROKERS ?? '').split(',')
  return recordsIn({ brokers, topic: topicName(platform.namespace, topic) })
}

/** Every sample that research has, as `{subject} {kind} {time}`. */
export async function researchedIn({ env, namespace }: TestPlatform): Promise<string[]> {
  const brokers = (env.KAFKA_BROKERS ?? '').split(',')
  const samples = await researchSamplesIn({ brokers, topic: topicName(namespace, 'analytics.tracks') })
  return samples.map(({ subject, kind, timeMs }) => `${subject} ${kind} ${timeMs}`)
}

/** Documents of the rider's bikes in Elasticsearch. */
export async function countDocuments({ env, namespace }: TestPlatform, { bikeIds }: Rider): Promise<number> {
  const index = `${env.ELASTICSEARCH_URL}/${namespace}-telemetry`
  const credentials = Buffer.from(`${env.ELASTICSEARCH_USERNAME}:${env.ELASTICSEARCH_PASSWORD}`).toString(
    'base64',
  )
  const post = async (path: string, body?: object): Promise<{ count?: number }> => {
    const response = await fetch(`${index}/${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as { count?: number }
  }
  await post('_refresh')
  const { count } = await post('_count', { query: { terms: { bike_id: bikeIds } } })
  return count ?? 0
}

/** All lines of the books of a sender, summed: `{'normalize clean': 300, …}`. */
export async function booksOf({ sql }: TestPlatform, { riderId }: Rider): Promise<Record<string, number>> {
  const rows = await sql<{ line: string; samples: number }[]>`
    select stage || ' ' || outcome as line, sum(samples)::int as samples
    from ledger_counts join ledger_tracks using (track_id) where sender = ${riderId} group by 1`
  return Object.fromEntries(rows.map(({ line, samples }) => [line, samples]))
}

/** Waits for all lines of the books of a sender: the stages end in no order. Afterwards the test compares the whole. */
export async function untilBooked(
  platform: TestPlatform,
  rider: Rider,
  { books, withinMs }: { readonly books: Readonly<Record<string, number>>; readonly withinMs?: number },
): Promise<void> {
  const isBooked = async () => {
    const booked = await booksOf(platform, rider)
    return Object.entries(books).every(([line, samples]) => (booked[line] ?? 0) >= samples)
  }
  await until(`booked: ${JSON.stringify(books)}`, isBooked, withinMs === undefined ? {} : { withinMs })
}

/** Reads /metrics once: values by name, summed over the labels that are left open; 0 while the worker is away. */
export async function metrics(url: string): Promise<(name: string, labels?: string) => number> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(2_000) }).catch(
    () => undefined,
  )
  const lines = (await response?.text())?.split('\n') ?? []
  return (name, labels = '') =>
    lines
      .filter((line) => line.startsWith(`${name}{`) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}
