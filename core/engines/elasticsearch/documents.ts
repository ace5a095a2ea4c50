// Documents of samples: bulks to create, what the engine says to each, and those that are there already, by id or by identity.
import { type Client, errors, type estypes } from '@elastic/elasticsearch'
import { type FieldKey, isPosition, type Kind } from '../../../proto/index.ts'
import { statusOf } from './client.ts'
import { storedFields } from './mapping.ts'
import type { CreateAnswer, DocumentBulk, ExistingDocument, SampleIdentity } from './port.ts'

interface ItemError {
  readonly type?: string
  readonly reason?: string
  readonly caused_by?: { reason?: string }
}

interface BulkItem {
  readonly _id?: string | null
  readonly status: number
  readonly error?: ItemError
}

interface BulkResponse {
  readonly errors: boolean
  readonly items?: readonly { readonly create: BulkItem }[]
}

// The answer to a bulk of new documents would be as long as the bulk; only what is decided upon is asked for.
const filterPath =
  'errors,items.*.status,items.*._id,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason'

export async function createDocuments(
  client: Client,
  index: string,
  bulk: DocumentBulk,
): Promise<readonly CreateAnswer[] | undefined> {
  const { buffer, byteOffset, byteLength } = bulk.body
  const request = {
    method: 'POST',
    path: `/${index}/_bulk`,
    querystring: { filter_path: filterPath },
    bulkBody: Buffer.from(buffer, byteOffset, byteLength),
  }
  try {
    return answersOf((await client.transport.request(request)) as BulkResponse, bulk.documents)
  } catch (error) {
    const refusal = itemOfAll(error)
    if (refusal === undefined) throw error
    return Array.from({ length: bulk.documents }, () => answerOf(refusal))
  }
}

/** Deletes what a search has found; a document that is gone already is as good as deleted. Rejects when one stays. */
export async function deleteDocuments(client: Client, found: readonly estypes.SearchHit[]): Promise<void> {
  if (found.length === 0) return
  const { errors, items } = await client.bulk({
    // The answer would be as long as the question: of all items only the failed ones are told.
    filter_path: 'errors,items.*.error.reason',
    operations: found.map(({ _index, _id }) => ({ delete: { _index, _id: _id ?? '' } })),
  })
  if (errors) throw new Error(`documents are not deleted: ${items[0]?.delete?.error?.reason}`)
}

function answersOf(response: BulkResponse, documents: number): readonly CreateAnswer[] | undefined {
  if (!response.errors) return undefined
  const items = response.items ?? []
  if (items.length !== documents) {
    throw new Error(`${documents} documents were sent, ${items.length} answers came`)
  }
  return items.map(({ create }) => answerOf(create))
}

/** An engine without room may refuse the whole bulk (429, 503): the same as if it had refused each of its documents. */
function itemOfAll(error: unknown): BulkItem | undefined {
  const status = statusOf(error)
  if (!(error instanceof errors.ResponseError) || (status !== 429 && status !== 503)) return undefined
  const body = error.body as { error?: ItemError } | undefined
  return { status, error: body?.error ?? {} }
}

/** Errors that are the document's own; others of status 400, such as a closed index, are not. */
const refusals = new Set([
  'document_parsing_exception',
  'mapper_parsing_exception',
  'strict_dynamic_mapping_exception',
  'illegal_argument_exception',
])

/** The meaning of one item of a bulk response. */
export function answerOf(item: BulkItem): CreateAnswer {
  const { status, error, _id: id } = item
  const detail = `${error?.type ?? status}: ${error?.caused_by?.reason ?? error?.reason ?? 'no reason given'}`
  if (status < 300) return { type: 'created' }
  if (status === 409 && id) return { type: 'exists', id }
  if (status === 403 && error?.type === 'cluster_block_exception') return { type: 'blocked' }
  if (status === 404) return { type: 'missing' }
  if (status === 400 && refusals.has(error?.type ?? ''))
    return { type: 'refused', detail: detail.slice(0, 500) }
  // 429 and 503: no room; 429 is also a full disk, which somebody has to mend. The rest is not the document's fault.
  return { type: 'busy', detail: detail.slice(0, 500) }
}

export type DocumentSource = Readonly<Record<string, unknown>> & { readonly kind: Kind }

/**
 * The metrics of a document as the integers they are kept as, by the names of its fields. What the codec masks today and documents of
 * before hold is left out.
 */
export function cellsOf(kind: Kind, fieldOf: (name: string) => unknown): Map<FieldKey, number> {
  const cells = new Map<FieldKey, number>()
  for (const { key, name, none } of storedFields[kind]) {
    const value = fieldOf(name)
    if (typeof value === 'number' && !none?.includes(value)) cells.set(key, value)
  }
  if (!isPosition(cells.get('latitude_deg'), cells.get('longitude_deg'))) {
    cells.delete('latitude_deg')
    cells.delete('longitude_deg')
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
    cells: cellsOf(source.kind, (name) => source[name]),
  }
}
