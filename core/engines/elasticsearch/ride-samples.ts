// The samples of a bike from which rides are found: columns of documents, read without the documents.
import type { Client, estypes } from '@elastic/elasticsearch'
import {
  type RideMetric,
  type RideSample,
  type RideSamples,
  rideMetrics,
  type SampleWindow,
} from '../../riders/rides/port.ts'
import { createClient, type ElasticsearchScope, openFor, ping } from './client.ts'
import { cellsOf } from './documents.ts'
import { aliasName, storedFields } from './mapping.ts'
import type { Connection, ElasticsearchOptions } from './port.ts'

const metrics = [...storedFields.ride, ...storedFields.battery].flatMap(({ key, ...field }) => {
  const metric = rideMetrics.find((one) => one === key)
  return metric === undefined ? [] : [{ metric, ...field }]
})
const provenance = ['kind', 'recorder_id', 'recording_id', 'track_id', 'clock_rule']
/** As many as one search may bring. */
const pageSamples = 10_000

export function createRideSamples(options: ElasticsearchOptions): RideSamples & Connection {
  const client = createClient(options)
  const alias = aliasName(options.namespace)
  return {
    read: (window) => readPages(client, alias, window),
    async count(window, trackIds) {
      const filter = [...filters(window), { terms: { track_id: [...trackIds] } }]
      const { count } = await client.count({
        index: alias,
        ignore_unavailable: true,
        query: { bool: { filter } },
      })
      return count
    },
    async first(window) {
      const [hit] = await search(client, alias, { window, size: 1 })
      return hit === undefined ? undefined : Number(hit.sort?.[0])
    },
    ping: () => ping(client),
    close: () => client.close(),
  }
}

/** For a service, closed with it. */
export function openRideSamples(scope: ElasticsearchScope): RideSamples {
  const samples = openFor(scope, createRideSamples)
  scope.watch('Elasticsearch', samples.ping)
  return samples
}

async function* readPages(client: Client, alias: string, window: SampleWindow): AsyncGenerator<RideSample[]> {
  for (let after: estypes.SortResults | undefined; ; ) {
    const hits = await search(client, alias, { window, size: pageSamples, after })
    if (hits.length > 0) yield hits.map(({ fields = {} }) => sampleOf(fields))
    if (hits.length < pageSamples) return
    after = hits.at(-1)?.sort
  }
}

async function search(
  client: Client,
  alias: string,
  { window, size, after }: { window: SampleWindow; size: number; after?: estypes.SortResults | undefined },
) {
  const response = await client.search({
    index: alias,
    // Before the first sample there is no index behind the alias.
    ignore_unavailable: true,
    // Better no rides than ones that silently lack a month.
    allow_partial_search_results: false,
    size,
    track_total_hits: false,
    _source: false,
    stored_fields: '_none_',
    docvalue_fields: [
      { field: '@timestamp', format: 'epoch_millis' },
      ...[...provenance, ...metrics.map(({ name }) => name)].map((field) => ({ field })),
    ],
    query: { bool: { filter: filters(window) } },
    sort: [{ '@timestamp': 'asc' }, { recorder_id: 'asc' }, { kind: 'asc' }],
    ...(after !== undefined && { search_after: after }),
  })
  return response.hits.hits
}

function filters({ bikeId, fromMs, untilMs }: SampleWindow): estypes.QueryDslQueryContainer[] {
  return [
    { term: { bike_id: bikeId } },
    { terms: { kind: ['ride', 'battery'] } },
    { range: { '@timestamp': { gte: fromMs, lt: untilMs, format: 'epoch_millis' } } },
  ]
}

/** `{ '@timestamp': ['1764489600000'], speed_kmh_e3: [23400], … }` → `{ timeMs: 1764489600000, values: { speed_kmh: 23.4 }, … }`. */
function sampleOf(fields: Record<string, unknown[]>): RideSample {
  const of = (name: string) => fields[name]?.[0]
  const values: Partial<Record<RideMetric, number>> = {}
  const kind = of('kind') as RideSample['kind']
  const cells = cellsOf(kind, of)
  for (const { metric, scale } of metrics) {
    const cell = cells.get(metric)
    if (cell !== undefined) values[metric] = cell / scale
  }
  const recordingId = of('recording_id')
  return {
    ...{ timeMs: Number(of('@timestamp')), recorderId: String(of('recorder_id')) },
    kind,
    trackId: String(of('track_id')),
    recordingId: typeof recordingId === 'number' ? recordingId : undefined,
    clockRule: String(of('clock_rule')),
    values,
  }
}
