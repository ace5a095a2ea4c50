// Documents that are there already, by id or by identity.
import type { Client } from '@elastic/elasticsearch'
import type { FieldKey, Kind } from '../../../proto/index.ts'
import { storedFields } from './mapping.ts'
import type { ExistingDocument, SampleIdentity } from './port.ts'

export type DocumentSource = Readonly<Record<string, unknown>> & { readonly kind: Kind }

/** The metrics of a document as the integers they are kept as. */
export function cellsOf(source: DocumentSource): Map<FieldKey, number> {
  const cells = new Map<FieldKey, number>()
  for (const { key, name } of storedFields[source.kind]) {
    const value = source[name]
    if (typeof value === 'number') cells.set(key, value)
  }
  return cells
}

/** Reads by id see every acknowledged document, refreshed or not. */
export async function getDocuments(
  client: Client,
  index: string,
  ids: readonly string[],
): Promise<(ExistingDocument | undefined)[]> {
  const { docs } = await client.mget<DocumentSource>({ index, ids: [...ids] })
  return docs.map((doc) => {
    if ('error' in doc && doc.error !== undefined) throw new Error(`${doc._id}: ${doc.error.reason}`)
    return '_source' in doc && doc._source ? existing(doc._source) : undefined
  })
}

/** At most so many documents come with one search (`index.max_result_window`). */
const searchLimit = 10_000

/** Finds documents of closed generations, whose documents are all searchable, series by series. */
export async function findDocuments(
  client: Client,
  indices: readonly string[],
  identities: readonly SampleIdentity[],
): Promise<ExistingDocument[]> {
  const found: ExistingDocument[] = []
  for (const { bikeId, recorderId, kind, timesMs } of bySeries(identities)) {
    for (let from = 0; from < timesMs.length; from += searchLimit) {
      const response = await client.search<DocumentSource>({
        index: [...indices],
        // A generation that cannot answer must not look like one without these documents.
        allow_partial_search_results: false,
        size: searchLimit,
        track_total_hits: false,
        query: {
          bool: {
            filter: [
              { term: { bike_id: bikeId } },
              { term: { recorder_id: recorderId } },
              { term: { kind } },
              { terms: { '@timestamp': timesMs.slice(from, from + searchLimit) } },
            ],
          },
        },
      })
      for (const { _source } of response.hits.hits) if (_source) found.push(existing(_source))
    }
  }
  return found
}

interface Series extends Omit<SampleIdentity, 'timeMs'> {
  readonly timesMs: number[]
}

function bySeries(identities: readonly SampleIdentity[]): Iterable<Series> {
  const series = new Map<string, Series>()
  for (const { bikeId, recorderId, kind, timeMs } of identities) {
    const key = `${bikeId} ${recorderId} ${kind}`
    const one = series.get(key) ?? { bikeId, recorderId, kind, timesMs: [] }
    one.timesMs.push(timeMs)
    series.set(key, one)
  }
  return series.values()
}

function existing(source: DocumentSource): ExistingDocument {
  return {
    bikeId: String(source.bike_id),
    recorderId: String(source.recorder_id),
    kind: source.kind,
    timeMs: Date.parse(String(source['@timestamp'])),
    trackId: String(source.track_id),
    cells: cellsOf(source),
  }
}
