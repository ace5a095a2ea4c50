// The live state of a bike, passed on from the API while somebody looks.
import { Hono } from 'hono'
import { stream } from 'hono/streaming'
import type { Api } from '../api.ts'
import type { ConsoleMetrics } from '../metrics.ts'
import type { ConsoleEnv } from '../port.ts'

/** Of a rider: the cards of a page, a page of a bike, and some to spare. The API has a limit of ten. */
const mostStreams = 8

export interface LivePagesDeps {
  readonly api: Api
  readonly metrics: Pick<ConsoleMetrics, 'refused' | 'streams'>
  readonly stopping: AbortSignal
}

export function livePages({ api, metrics, stopping }: LivePagesDeps): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()
  const open = new Map<string, number>()
  const change = (riderId: string, by: 1 | -1) => {
    metrics.streams(by)
    const left = (open.get(riderId) ?? 0) + by
    if (left > 0) open.set(riderId, left)
    else open.delete(riderId)
  }

  pages.get('/live/:bikeId', async (c) => {
    // Nobody would read the stream.
    if (c.req.method === 'HEAD') return c.body(null)
    const { session } = c.var
    const { riderId } = session
    if ((open.get(riderId) ?? 0) >= mostStreams) {
      metrics.refused('too_many_streams')
      return c.text('too many live pages are open\n', 429)
    }
    change(riderId, 1)
    const gone = new AbortController()
    const signal = AbortSignal.any([gone.signal, c.req.raw.signal, stopping])
    const lastEventId = c.req.header('last-event-id')
    const answer = await api.open({
      session,
      path: `/v1/bikes/${encodeURIComponent(c.req.param('bikeId'))}/live`,
      headers: { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) },
      signal,
    })
    if ('trouble' in answer) {
      change(riderId, -1)
      return c.text('the bike cannot be followed\n', answer.trouble.kind === 'missing' ? 404 : 503)
    }
    c.header('content-type', 'text/event-stream')
    c.header('x-accel-buffering', 'no')
    return stream(c, async (out) => {
      out.onAbort(() => gone.abort())
      try {
        const { body } = answer.value
        if (body !== null) await out.pipe(body.pipeThrough(new TransformStream(), { signal }))
      } catch {
        // Either side went away; the browser comes back by itself.
      } finally {
        change(riderId, -1)
      }
    })
  })
  return pages
}
