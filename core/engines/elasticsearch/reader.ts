// Reading a bike's samples back, latest first, page by page, across all partitions.
import type { Client, estypes } from '@elastic/elasticsearch'
import { kinds } from '../../../proto/index.ts'
import type { OwnedTime, SampleMonths } from '../../riders/own-data/export/port.ts'
import { InvalidCursorError } from '../../runtime/invalid-cursor.ts'
import { createClient, type ElasticsearchScope, openFor, ping } from './client.ts'
import { cellsOf, type DocumentSource } from './documents.ts'
import { aliasName, storedFields } from './mapping.ts'
import {
  type Connection,
  type ElasticsearchOptions,
  maxPageSamples,
  type Sample,
  type SamplePage,
  type SampleQuery,
  type TelemetryReader,
} from './port.ts'

export function createTelemetryReader(
  options: ElasticsearchOptions,
): TelemetryReader & SampleMonths & Connection {
  const client = createClient(options)
  const alias = aliasName(options.namespace)
  return {
    readSamples: (query) => readSamples(client, alias, query),
    sampleMonthsOf: (bikes) => sampleMonthsOf(client, alias, bikes),
    ping: () => ping(client),
    close: () => client.close(),
  }
}

export const openTelemetryReader = (scope: ElasticsearchScope) => openFor(scope, createTelemetryReader)

async function readSamples(client: Client, alias: string, query: SampleQuery): Promise<SamplePage> {
  const { limit, windows, cursor, oldestFirst = false } = query
  if (!(limit >= 1 && limit <= maxPageSamples)) throw new RangeError(`limit is from 1 to ${maxPageSamples}`)
  const after = cursor === undefined ? undefined : readCursor(cursor)
  if (windows?.length === 0) return { samples: [] }
  const response = await client.search<DocumentSource>({
    index: alias,
    // Before the first sample there is no index behind the alias.
    ignore_unavailable: true,
    // Better no answer than one that silently lacks a month.
    allow_partial_search_results: false,
    // One more than asked for tells whether there is a next page.
    size: limit + 1,
    track_total_hits: false,
    query: { bool: { filter: filters(query) } },
    sort: [{ '@timestamp': oldestFirst ? 'asc' : 'desc' }, { recorder_id: 'asc' }, { kind: 'asc' }],
    ...(after !== undefined && { search_after: after }),
  })
  const hits = response.hits.hits.slice(0, limit)
  const last = hits.at(-1)?.sort
  const more = response.hits.hits.length > limit && last !== undefined
  return {
    samples: hits.flatMap(({ _source }) => (_source ? [sampleOf(_source)] : [])),
    ...(more && { next: writeCursor(last) }),
  }
}

/** A question names so many bikes at most. */
const bikesAtOnce = 200

async function sampleMonthsOf(
  client: Client,
  alias: string,
  bikes: readonly OwnedTime[],
): Promise<readonly string[]> {
  const months = new Set<string>()
  for (let from = 0; from < bikes.length; from += bikesAtOnce) {
    const should = bikes.slice(from, from + bikesAtOnce).map(({ bikeId, windows }) => ({
      bool: { filter: [{ term: { bike_id: bikeId } }, within(windows)] },
    }))
    const response = await client.search<never, { months: estypes.AggregationsDateHistogramAggregate }>({
      ...{ index: alias, ignore_unavailable: true, allow_partial_search_results: false, size: 0 },
      query: { bool: { filter: [{ bool: { should } }] } },
      aggs: {
        months: {
          date_histogram: {
            ...{ field: '@timestamp', calendar_interval: 'month', format: 'yyyy-MM', min_doc_count: 1 },
          },
        },
      },
    })
    const buckets = response.aggregations?.months.buckets ?? []
    for (const { key_as_string: month = '' } of Object.values(buckets)) months.add(month)
  }
  return [...months]
}

const during = (gte: number, lt: number | undefined) => ({
  range: { '@timestamp': { ...(Number.isFinite(gte) && { gte }), ...(Number.isFinite(lt) && { lt }) } },
})

const within = (windows: NonNullable<SampleQuery['windows']>) => ({
  bool: { should: windows.map(({ fromMs, toMs }) => during(fromMs, toMs)) },
})

function filters({ bikeId, fromMs, toMs, kind, windows }: SampleQuery): estypes.QueryDslQueryContainer[] {
  return [
    { term: { bike_id: bikeId } },
    during(fromMs, toMs),
    ...(kind === undefined ? [] : [{ term: { kind } }]),
    ...(windows === undefined ? [] : [within(windows)]),
  ]
}

/** `{ speed_kmh_e3: 23400, … }` is `{ values: { speed_kmh: 23.4 }, … }`. */
export function sampleOf(source: DocumentSource): Sample {
  const timeMs = Date.parse(String(source['@timestamp']))
  const offsetMs = Number(source.clock_offset_ms)
  const values: Sample['values'] = {}
  const cells = cellsOf(source.kind, (name) => source[name])
  for (const { key, scale } of storedFields[source.kind]) {
    const cell = cells.get(key)
    if (cell !== undefined) values[key] = cell / scale
  }
  return {
    timeMs,
    kind: source.kind,
    recorderId: String(source.recorder_id),
    values,
    provenance: {
      recordedAtMs: timeMs - offsetMs,
      receivedAtMs: Date.parse(String(source.received_at)),
      rule: String(source.clock_rule),
      offsetMs,
    },
  }
}

type Position = [timeMs: number, recorderId: string, kind: string]

function writeCursor(position: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

function readCursor(cursor: string): Position {
  try {
    const [timeMs, recorderId, kind, ...rest] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const known = kinds.some((one) => one === kind)
    if (Number.isSafeInteger(timeMs) && typeof recorderId === 'string' && known && rest.length === 0) {
      return [timeMs, recorderId, kind]
    }
  } catch {
    // Falls through: whatever it was, it was no cursor.
  }
  throw new InvalidCursorError('the cursor is not one of a page before')
}
