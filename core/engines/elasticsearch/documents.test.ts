import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createClient } from './client.ts'
import { answerOf, createDocuments } from './documents.ts'

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

test.each([429, 503])('a bulk refused as a whole with %i keeps all its documents waiting', async (status) => {
  const engine = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' })
    const error = { type: 'es_rejected_execution_exception', reason: 'too many bytes under way' }
    response.end(JSON.stringify({ error, status }))
  }).listen(0, '127.0.0.1')
  await once(engine, 'listening')
  const { port } = engine.address() as AddressInfo
  const client = createClient({ url: `http://127.0.0.1:${port}`, username: '', password: '', namespace: '' })
  const body = Buffer.from('{"create":{}}\n{}\n{"create":{}}\n{}\n')
  const busy = { type: 'busy', detail: 'es_rejected_execution_exception: too many bytes under way' }
  expect(await createDocuments(client, 'telemetry', { body, documents: 2 })).toEqual([busy, busy])
  await client.close()
  engine.close()
})
