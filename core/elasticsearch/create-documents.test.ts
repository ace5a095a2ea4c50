import { expect, test } from 'vitest'
import { answerOf } from './create-documents.ts'

test.each([
  [{ status: 201, _id: 'a' }, { type: 'created' }],
  [
    { status: 409, _id: 'a', error: { type: 'version_conflict_engine_exception' } },
    { type: 'exists', id: 'a' },
  ],
  [{ status: 403, _id: null, error: { type: 'cluster_block_exception' } }, { type: 'blocked' }],
  [{ status: 404, error: { type: 'index_not_found_exception' } }, { type: 'missing' }],
  [
    {
      status: 400,
      error: { type: 'document_parsing_exception', reason: 'bad', caused_by: { reason: 'too late' } },
    },
    { type: 'refused', detail: 'document_parsing_exception: too late' },
  ],
  [
    { status: 400, error: { type: 'index_closed_exception', reason: 'closed' } },
    { type: 'busy', detail: 'index_closed_exception: closed' },
  ],
  [
    { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'queue is full' } },
    { type: 'busy', detail: 'es_rejected_execution_exception: queue is full' },
  ],
  [
    { status: 503, error: { type: 'unavailable_shards_exception', reason: 'primary is not active' } },
    { type: 'busy', detail: 'unavailable_shards_exception: primary is not active' },
  ],
  [
    {
      status: 429,
      error: { type: 'cluster_block_exception', reason: 'disk usage exceeded flood-stage watermark' },
    },
    { type: 'busy', detail: 'cluster_block_exception: disk usage exceeded flood-stage watermark' },
  ],
])('%j means %j', (item, answer) => {
  expect(answerOf(item)).toEqual(answer)
})
