// Bulks of documents to create, and what the engine says to each of them.
import { type Client, errors } from '@elastic/elasticsearch'
import { statusOf } from './client.ts'
import type { CreateAnswer, DocumentBulk } from './port.ts'

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

/** What one item of a bulk response means. */
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
