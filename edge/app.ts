// The edge's HTTP surface as a Hono app that knows only web standards; entries bind it to Node, Deno, Bun and workerd.
import { Hono } from 'hono'
import type { EdgeDeps } from './ports.ts'
import { problemResponse } from './problem.ts'
import { createUploadReceiver } from './upload/receive.ts'

export interface Edge {
  readonly fetch: (request: Request, runtime?: unknown) => Response | Promise<Response>
  inFlightBytes(): number
}

export function createApp(deps: EdgeDeps): Edge {
  const { receive, inFlightBytes } = createUploadReceiver(deps)
  const app = new Hono()

  app.post('/v1/telemetry', (context) => receive(context.req.raw, context.env))
  app.all('/v1/telemetry', () =>
    problemResponse({
      refused: 'method_not_allowed',
      detail: 'uploads are sent with POST',
      headers: { allow: 'POST' },
    }),
  )
  app.get('/healthz', (context) => context.text('ok\n'))
  app.get('/readyz', (context) => {
    const trouble = deps.draining() ? 'draining' : deps.trouble()
    return context.text(`${trouble ?? 'ready'}\n`, trouble === undefined ? 200 : 503)
  })
  app.get('/metrics', async () => {
    const { contentType, text } = await deps.exposeMetrics()
    return new Response(text, { headers: { 'content-type': contentType } })
  })
  app.notFound(() => problemResponse({ refused: 'not_found', detail: 'nothing is served at this path' }))
  app.onError((error) => {
    deps.log.error({ err: error }, 'request failed')
    return problemResponse({ refused: 'internal', detail: 'an unexpected fault' })
  })

  return { fetch: (request, runtime) => app.fetch(request, runtime as object), inFlightBytes }
}
