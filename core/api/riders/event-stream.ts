// One stream of server-sent events: bounded in time, and its place freed by the end of the request, whatever ends it.
import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { z } from 'zod'

export const lastEventId = z.object({
  'last-event-id': z
    .string()
    .max(64)
    .optional()
    .describe('The id of the last event that the reader has; anything else counts as none.'),
})

export interface EventStream {
  readonly stopping: AbortSignal
  /** Called once at the end. */
  leave(): void
  /** Writes events until `signal` aborts or there are no more. */
  tell(stream: SSEStreamingApi, signal: AbortSignal): Promise<void>
}

/** Often enough for proxies to keep the connection, and for a notification that was lost. */
export const heartbeatMs = 5_000
/** A reader that is cut off comes back with its Last-Event-ID, and its token is checked anew. */
const longestMs = 300_000

/** `HEAD` gets the head alone, and holds no place. */
export function eventStream(c: Context, { stopping, leave, tell }: EventStream): Response {
  c.header('x-accel-buffering', 'no')
  if (c.req.method === 'HEAD') {
    leave()
    return c.body(null, 200, { 'content-type': 'text/event-stream' })
  }
  return streamSSE(c, async (stream) => {
    const gone = new AbortController()
    stream.onAbort(() => gone.abort())
    const signal = AbortSignal.any([gone.signal, stopping, AbortSignal.timeout(longestMs)])
    try {
      await tell(stream, signal)
    } finally {
      leave()
    }
  })
}
