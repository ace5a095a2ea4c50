import { expect, test } from 'vitest'
import { createMemoryEdge } from './testing/memory-edge.ts'

test.each([
  [undefined, false, 200],
  ['Kafka does not answer', false, 503],
  [undefined, true, 503],
])('readiness follows Kafka and the end (%s, %s)', async (trouble, draining, status) => {
  const edge = createMemoryEdge({ trouble: () => trouble, draining: () => draining })
  expect((await edge.fetch(new Request('http://edge/readyz'))).status).toBe(status)
  expect((await edge.fetch(new Request('http://edge/healthz'))).status).toBe(200)
})
