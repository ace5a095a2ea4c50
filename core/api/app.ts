// The API: a bike's latest state and telemetry for its owner, commands to it, what became of an upload for its sender, master
// data for service staff, and statements of partners.
import type { OpenAPIHono } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from 'pino'
import { InvalidCursorError } from '../runtime/invalid-cursor.ts'
import { addressOf } from './caller-address.ts'
import { createDoor, type DoorLimits } from './doors.ts'
import { createGuard, describeReasons } from './guard.ts'
import { loginOwnershipRoutes } from './login/ownership-routes.ts'
import { methodsAt } from './methods.ts'
import type { ApiMetrics } from './metrics.ts'
import { statementRoutes } from './partners/statement-routes.ts'
import type { ApiEnv, ApiStores, Authenticate } from './port.ts'
import { problemResponse, reasonOf } from './problem.ts'
import { researchAccessPath, researchAccessRoutes } from './research/access-routes.ts'
import { accessRoutes } from './riders/access-routes.ts'
import { bikeRoutes } from './riders/bike-routes.ts'
import { commandRoutes } from './riders/command-routes.ts'
import { consentRoutes } from './riders/consent-routes.ts'
import { erasureRoutes } from './riders/erasure-routes.ts'
import { estimateRoutes } from './riders/estimate-routes.ts'
import { exportRoutes } from './riders/export-routes.ts'
import { grantRoutes } from './riders/grant-routes.ts'
import { liveRoutes } from './riders/live-routes.ts'
import { moduleRoutes } from './riders/module-routes.ts'
import { ownershipRoutes } from './riders/ownership-routes.ts'
import { privacyZoneRoutes } from './riders/privacy-zone-routes.ts'
import { quarantineRoutes } from './riders/quarantine-routes.ts'
import { rideFileRoutes } from './riders/ride-file-routes.ts'
import { rideRoutes } from './riders/ride-routes.ts'
import { settingsRoutes } from './riders/settings-routes.ts'
import { sharedRideRoutes } from './riders/shared-ride-routes.ts'
import { uploadRoutes } from './riders/upload-routes.ts'
import { createRoutes } from './routes.ts'
import { staffBikeRoutes } from './staff/bike-routes.ts'
import { fieldErrorRoutes } from './staff/field-error-routes.ts'
import { staffOwnershipRoutes } from './staff/ownership-routes.ts'
import { proposalRoutes } from './staff/proposal-routes.ts'
import { retractionRoutes } from './staff/retraction-routes.ts'
import { reviewRoutes } from './staff/review-routes.ts'

export interface ApiDeps {
  readonly authenticate: Authenticate
  /** Those of the settings' defaults unless they are told. */
  readonly limits?: DoorLimits | undefined
  readonly stores: ApiStores
  readonly metrics: ApiMetrics
  readonly log: Pick<Logger, 'error'>
  /** How many proxies of ours append to X-Forwarded-For; none unless it is told. */
  readonly trustedProxies?: number
  /** Aborts when the process ends: streams end, so that the server can. */
  readonly stopping: AbortSignal
}

const description = {
  openapi: '3.1.0',
  info: {
    title: 'Micro-mobility cloud: reading, commanding, and master data',
    version: '1',
    description:
      'Every request is checked in this order, and the first fault is answered: address and token (401, 429), what the caller may take (429), role (403), size and speed of the body (408, 413), parameters, headers and body (400), what it is about (404), and whether that can be now (409, 412, 422, 429).',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  security: [{ bearer: [] }],
}

export function createApi(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const { stores, metrics, log, trustedProxies = 0 } = deps
  const door = createDoor(deps.authenticate, deps.limits)
  const api = createRoutes()

  api.use('/v1/*', async (c, next) => {
    const answered = metrics.begin()
    await next()
    answered(c.res.status)
    const reason = await reasonOf(c.res)
    if (reason !== undefined) metrics.refused(reason)
    // Whoever asks with HEAD reads no body: what a body holds, such as the place of a stream, is freed.
    if (c.req.method === 'HEAD') await c.res.body?.cancel()
  })
  api.use('/v1/*', async (c, next) => {
    const address = addressOf(c, trustedProxies)
    const isOpen = c.req.path.startsWith(researchAccessPath)
    const entered = await door({ address, authorization: c.req.header('authorization'), isOpen })
    if ('problem' in entered) return problemResponse(entered.problem, retryAfter(entered.waitMs))
    c.set('caller', entered.caller)
    await next().finally(entered.leave)
    if (!c.res.headers.has('etag')) c.header('cache-control', 'no-store')
  })

  api.use('/v1/*', createGuard({ api, accesses: stores.accesses }))

  const routes = [
    bikeRoutes(stores),
    moduleRoutes(stores),
    quarantineRoutes(stores),
    commandRoutes(deps),
    liveRoutes(deps),
    uploadRoutes(stores),
    ownershipRoutes({ ownership: stores.ownership, metrics, trustedProxies }),
    loginOwnershipRoutes(stores),
    staffBikeRoutes(stores),
    staffOwnershipRoutes(stores),
    retractionRoutes(stores),
    reviewRoutes(stores),
    fieldErrorRoutes(stores),
    proposalRoutes(stores.approvals),
    accessRoutes(stores),
    statementRoutes(deps),
    consentRoutes(stores),
    grantRoutes(stores),
    rideRoutes(stores),
    rideFileRoutes(stores),
    sharedRideRoutes(stores),
    privacyZoneRoutes(stores),
    exportRoutes(deps),
    erasureRoutes(stores),
    settingsRoutes(stores),
    estimateRoutes({ stores }),
    researchAccessRoutes({ researchers: stores.researchers, metrics }),
  ]
  for (const each of routes) api.route('/', each)

  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  })
  api.openAPIRegistry.registerComponent('securitySchemes', 'researcher', {
    ...{ type: 'http', scheme: 'bearer', description: 'The token of a researcher’s session: `rs_…`.' },
  })
  const contract = JSON.stringify(describeReasons(api.getOpenAPI31Document(description)))
  api.get('/openapi.json', (c) => c.body(contract, 200, { 'content-type': 'application/json' }))
  api.notFound((c) => {
    const allow = methodsAt(api.routes, c.req.path).join(', ')
    return allow === ''
      ? problemResponse({ reason: 'not_found', detail: 'there is no such resource' })
      : problemResponse({ reason: 'method_not_allowed', detail: `the resource takes ${allow}` }, { allow })
  })
  api.onError((error, c) => {
    if (error instanceof InvalidCursorError) {
      return problemResponse({ reason: 'request_invalid', detail: `cursor: ${error.message}` })
    }
    if (error instanceof HTTPException) {
      return problemResponse({ reason: 'request_invalid', detail: error.message })
    }
    log.error({ err: error, path: c.req.routePath }, 'a request failed')
    return problemResponse({ reason: 'store_unavailable', detail: 'try again in a moment' })
  })
  return api
}

function retryAfter(waitMs: number | undefined): Record<string, string> {
  return waitMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))) }
}
