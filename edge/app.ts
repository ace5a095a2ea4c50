// The edge's HTTP surface as a Hono app that knows only web standards; entries bind it to Node, Deno, Bun and workerd.
import { Hono } from 'hono'
import { forwardPath } from './forward/client.ts'
import { createForwardReceiver } from './forward/receive.ts'
import { createInFlight, type InFlight, largestUploadBytes } from './limits/in-flight.ts'
import { describeApi } from './openapi/document.ts'
import { renderDocs } from './openapi/page.ts'
import type { EdgeDeps, EdgeLimits } from './ports.ts'
import { problemResponse } from './problem.ts'
import { drainBody } from './upload/body.ts'
import { createUploadReceiver } from './upload/receive.ts'

export interface Edge {
  /** Answers the public. */
  readonly fetch: (request: Request, runtime?: unknown) => Promise<Response>
  /** Answers operators and other edges, on a listener of its own: nothing of it is a route of `fetch`. */
  readonly adminFetch: (request: Request) => Promise<Response>
  inFlightBytes(): number
  inFlightUploads(): number
}

export function createApp(deps: EdgeDeps): Edge {
  const inFlight = createInFlight({
    maxBytes: deps.limits.inFlightBytes,
    maxBytesPerSender: mostPerSender(deps.limits),
  })
  const receiveUpload = createUploadReceiver(deps, inFlight)
  const description = describeApi(deps.limits)
  const openApi = JSON.stringify(description)
  const docs = renderDocs(deps.limits)
  const app = new Hono()

  app.post('/v1/telemetry', (context) => receiveUpload(context.req.raw, context.env))
  app.all('/v1/telemetry', () =>
    problemResponse({
      refused: 'method_not_allowed',
      detail: 'uploads are sent with POST',
      headers: { allow: 'POST' },
    }),
  )
  app.get('/openapi.json', () => page('application/json', openApi))
  app.get('/docs', () => page('text/html; charset=utf-8', docs))
  answerFaults(app, deps)
  const admin = createAdminApp(deps, inFlight)

  return {
    async fetch(request, runtime) {
      const response = await app.fetch(request, runtime as object)
      // Whoever keeps a connection is asked to open the next one elsewhere.
      if (deps.draining()) response.headers.set('connection', 'close')
      // The edge refuses a token without bikes at once, and does not wait for the body.
      if (response.status >= 400 && response.status !== 403) await drainBody(request, deps.limits.bodyTime)
      return response
    },
    adminFetch: async (request) => admin.fetch(request),
    inFlightBytes: () => inFlight.bytes,
    inFlightUploads: () => inFlight.uploads,
  }
}

function createAdminApp(deps: EdgeDeps, inFlight: InFlight): Hono {
  const app = new Hono()
  if (deps.forwardSecret !== undefined) {
    const receiveForward = createForwardReceiver(deps, { secret: deps.forwardSecret, inFlight })
    app.post(forwardPath, async (context) => {
      const request = context.req.raw
      const response = await receiveForward(request)
      if (response.status >= 400) await drainBody(request, deps.limits.bodyTime)
      return response
    })
  }
  app.get('/healthz', (context) => context.text('ok\n'))
  app.get('/readyz', (context) => {
    const trouble = deps.draining() ? 'draining' : deps.trouble()
    return context.text(`${trouble ?? 'ready'}\n`, trouble === undefined ? 200 : 503)
  })
  app.get('/metrics', async () => {
    const { contentType, text } = await deps.exposeMetrics()
    return new Response(text, { headers: { 'content-type': contentType } })
  })
  answerFaults(app, deps)
  return app
}

function answerFaults(app: Hono, { log }: EdgeDeps): void {
  app.notFound(() => problemResponse({ refused: 'not_found', detail: 'nothing is served at this path' }))
  app.onError((error) => {
    log.error({ err: error }, 'request failed')
    return problemResponse({ refused: 'internal', detail: 'an unexpected fault' })
  })
}

/** A quarter, so that no sender starves the others, but never less than a largest upload needs. */
function mostPerSender({ inFlightBytes, ...limits }: EdgeLimits): number {
  return Math.max(inFlightBytes / 4, largestUploadBytes(limits))
}

function page(contentType: string, text: string): Response {
  return new Response(text, { headers: { 'content-type': contentType, 'cache-control': 'max-age=300' } })
}
