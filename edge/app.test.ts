import { expect, test } from 'vitest'
import { forwardPath } from './forward/client.ts'
import { createMemoryEdge } from './testing/memory-edge.ts'

test.each([
  [undefined, false, 200],
  ['Kafka does not answer', false, 503],
  [undefined, true, 503],
])('readiness follows Kafka and the end (%s, %s)', async (trouble, draining, status) => {
  const edge = createMemoryEdge({ trouble: () => trouble, draining: () => draining })
  expect((await edge.adminFetch(new Request('http://edge/readyz'))).status).toBe(status)
  expect((await edge.adminFetch(new Request('http://edge/healthz'))).status).toBe(200)
})

test.each(['/metrics', '/healthz', '/readyz', forwardPath, '/v1/../metrics', '/v1/%2e%2e/metrics'])(
  'nothing of operators and other edges is served to the public: %s',
  async (path) => {
    const edge = createMemoryEdge({ forwardSecret: 'a-secret-of-some-length' })
    const method = path === forwardPath ? 'POST' : 'GET'
    const headers = { authorization: 'Bearer a-secret-of-some-length' }
    expect((await edge.fetch(new Request(`http://edge${path}`, { method, headers }))).status).toBe(404)
    expect((await edge.adminFetch(new Request(`http://edge${path}`, { method, headers }))).status).not.toBe(
      404,
    )
  },
)

test('who keeps a connection is asked to end it while the edge drains, and not before', async () => {
  const openApi = new Request('http://edge/openapi.json')
  const connection = async (draining: boolean) =>
    (await createMemoryEdge({ draining: () => draining }).fetch(openApi)).headers.get('connection')
  expect([await connection(false), await connection(true)]).toEqual([null, 'close'])
})
