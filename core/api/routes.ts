// How routes are made: each is one definition, which parses requests, types answers and is the contract.
import { OpenAPIHono } from '@hono/zod-openapi'
import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from './port.ts'
import { invalid, type Problem, problemResponse } from './problem.ts'

/** Every fault of a request is named. */
export function createRoutes(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => (result.success ? undefined : problemResponse(invalid(result.error))),
  })
}

/** A body is JSON, whatever its Content-Type says or if it has none; it is bounded, and comes in time. */
export const jsonBody = (maxBytes: number, what: string) => bodyOf('application/json', maxBytes, what)

/** The same for the fields of a form. */
export const formBody = (maxBytes: number, what: string) =>
  bodyOf('application/x-www-form-urlencoded', maxBytes, what)

const bodyOf = (mediaType: string, maxBytes: number, what: string) =>
  createMiddleware<ApiEnv>(async (c, next) => {
    const { raw } = c.req
    const tooLarge: Problem = {
      reason: 'body_too_large',
      detail: `${what} takes at most ${maxBytes.toLocaleString('en')} bytes`,
    }
    if (Number(raw.headers.get('content-length') ?? 0) > maxBytes) return problemResponse(tooLarge)
    const body = await readBody(raw.body, maxBytes)
    if (body === 'too_large') return problemResponse(tooLarge)
    if (body === 'too_slow') return problemResponse(tooSlow, { connection: 'close' })
    const headers = new Headers(raw.headers)
    headers.set('content-type', mediaType)
    c.req.raw = new Request(raw, { headers, body })
    return next()
  })

const tooSlow: Problem = { reason: 'body_timeout', detail: 'send it again, faster' }

/** A body has so long, and longer the more of it has come: so long as it comes at the least speed. */
const bodyTime = { firstMs: 5_000, leastBytesPerMs: 1, longestMs: 20_000 }

async function readBody(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | 'too_large' | 'too_slow'> {
  const reader = stream?.getReader()
  const chunks: Uint8Array[] = []
  const startedMs = performance.now()
  for (let bytes = 0; reader !== undefined; ) {
    const { firstMs, leastBytesPerMs, longestMs } = bodyTime
    const dueMs = startedMs + Math.min(longestMs, firstMs + bytes / leastBytesPerMs)
    const part = await within(reader.read(), dueMs - performance.now())
    bytes += part?.value?.length ?? 0
    if (part === undefined || bytes > maxBytes) {
      void reader.cancel().catch(() => undefined)
      return part === undefined ? 'too_slow' : 'too_large'
    }
    if (part.done) break
    chunks.push(part.value)
  }
  return Buffer.concat(chunks)
}

/** Undefined when it takes longer. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, ms))
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
