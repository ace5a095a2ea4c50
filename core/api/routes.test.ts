import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRoutes, jsonBody } from './routes.ts'

const app = createRoutes()
app.post('/', ...[jsonBody(10_000, 'a note')], async (c) => c.json(await c.req.json()))

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A body that comes in pieces, one every `everyMs`. */
function dripping(text: string, { bytes, everyMs }: { bytes: number; everyMs: number }) {
  let at = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at >= text.length) return controller.close()
      await new Promise((resolve) => setTimeout(resolve, everyMs))
      controller.enqueue(new TextEncoder().encode(text.slice(at, at + bytes)))
      at += bytes
    },
  })
}

const send = (body: BodyInit, headers: Record<string, string> = {}) =>
  app.request('/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)

async function answered(response: Response | Promise<Response>, ms: number) {
  const answer = Promise.resolve(response).then(async (each) => ({
    status: each.status,
    body: (await each.json()) as object,
  }))
  await vi.advanceTimersByTimeAsync(ms)
  return Promise.race([answer, Promise.resolve(undefined)])
}

test('one byte a second is cut off', async () => {
  const body = () => dripping(JSON.stringify('x'.repeat(100)), { bytes: 1, everyMs: 1_000 })
  expect(await answered(send(body()), 4_900)).toBeUndefined()
  expect(await answered(send(body()), 5_100)).toMatchObject({ status: 408, body: { reason: 'body_timeout' } })
})

test('a body that comes at the least speed has longer, and has an end', async () => {
  const text = JSON.stringify('x'.repeat(9_000))
  expect(await answered(send(dripping(text, { bytes: 700, everyMs: 600 })), 9_000)).toMatchObject({
    status: 200,
  })
  const endless = dripping(JSON.stringify('x'.repeat(9_990)), { bytes: 250, everyMs: 600 })
  expect(await answered(send(endless), 20_100)).toMatchObject({ status: 408 })
})

test('a body that is too large is refused as soon as that is known', async () => {
  const large = JSON.stringify('x'.repeat(10_000))
  expect(await answered(send(large, { 'content-length': String(large.length) }), 0)).toMatchObject({
    status: 413,
  })
  expect(await answered(send(dripping(large, { bytes: 5_001, everyMs: 1 })), 10)).toMatchObject({
    status: 413,
  })
})

test('a body without a type is JSON', async () => {
  expect(await answered(send(new TextEncoder().encode('{"a":1}')), 0)).toEqual({
    status: 200,
    body: { a: 1 },
  })
})
