// One stream of server-sent events: bounded in time, and its place freed by the end of the request, whatever ends it.
import type { Context } from 'hono'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { z } from 'zod'
import type { Problem } from '../problem.ts'

export const lastEventId = z.object({
  'last-event-id': z
    .string()
    .max(64)
    .optional()
    .describe('The id of the last event that the reader has; anything else counts as none.'),
})

export const tooManyStreams: Problem<'too_many_streams'> = {
  reason: 'too_many_streams',
  detail: 'close other streams, or try again',
}

export interface EventStream {
  readonly stopping: AbortSignal
  /** Called once, when nobody may read on: at the end of `tell`, or when `signal` aborts. */
  leave(): void
  /** Writes events until `signal` aborts or there are no more. */
  tell(stream: SSEStreamingApi, signal: AbortSignal): Promise<void>
}

/** Often enough for proxies to keep the connection, and for a notification that was lost. */
export const heartbeatMs = 5_000
/** A reader that is cut off comes back with its Last-Event-ID, and its token is checked anew. */
const longestMs = 300_000

export function eventStream(c: Context, { stopping, leave, tell }: EventStream): Response {
  c.header('x-accel-buffering', 'no')
  return streamSSE(c, async (stream) => {
    const gone = new AbortController()
    stream.onAbort(() => gone.abort())
    const signal = AbortSignal.any([gone.signal, c.req.raw.signal, stopping, AbortSignal.timeout(longestMs)])
    // Whoever reads nothing holds up `tell` in the middle of a write, but not the place.
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (signal.aborted) resolve()
    })
    const told = tell(stream, signal)
    await Promise.race([told, aborted]).finally(leave)
    await told
  })
}
