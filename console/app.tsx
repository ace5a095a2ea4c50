// The rider's pages. Every page is rendered here, from what the API answers in the rider's name.
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'
import { getCookie } from 'hono/cookie'
import { csrf } from 'hono/csrf'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'
import type { Logger } from 'pino'
import type { Api } from './api.ts'
import { assetAt } from './assets.ts'
import { bikePages } from './pages/bike.tsx'
import { bikeListPages } from './pages/bikes.tsx'
import { livePages } from './pages/live.ts'
import { ridePages } from './pages/ride.tsx'
import { rideListPages } from './pages/rides.tsx'
import type { ConsoleEnv } from './port.ts'
import { troublePage } from './trouble.tsx'

export interface ConsoleDeps {
  readonly api: Api
  readonly signIn: {
    /** What is open to everybody: `/sign-in`, and what belongs to it. */
    readonly routes: Hono<ConsoleEnv>
    /** Sets the session, or leads to `/sign-in`. */
    readonly required: MiddlewareHandler<ConsoleEnv>
  }
  /** Where browsers find the console, such as `https://my.example`. */
  readonly publicUrl: string
  /** Where the form of the sign-in may lead: the origin of the login service. */
  readonly formTargets?: readonly string[]
  readonly log: Pick<Logger, 'error'>
}

/** A GPX of ten thousand points fits. */
const mostBodyBytes = 4_000_000

export function createConsole(deps: ConsoleDeps): Hono<ConsoleEnv> {
  const { signIn, publicUrl, log } = deps
  const app = new Hono<ConsoleEnv>()

  app.use(headers(deps))
  app.use(compress())
  app.get('/healthz', (c) => c.text('ok\n'))
  app.get('/assets/*', (c) => {
    const asset = assetAt(c.req.path)
    if (asset === undefined) return c.notFound()
    return c.body(asset.text, 200, {
      'content-type': asset.mediaType,
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })
  app.use(csrf({ origin: new URL(publicUrl).origin }))
  app.use(bodyLimit({ maxSize: mostBodyBytes }))
  app.use(async (c, next) => {
    c.set('zone', zoneOf(getCookie(c, 'zone')))
    await next()
    // Pages show what is a rider's alone.
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  })
  app.route('/', signIn.routes)
  app.use(signIn.required)
  for (const pages of [bikeListPages, bikePages, livePages, rideListPages, ridePages])
    app.route('/', pages(deps))

  app.notFound((c) => troublePage(c, { kind: 'missing' }))
  app.onError((error, c) => {
    if (error instanceof HTTPException) return refusalPage(c, error)
    log.error({ err: error, path: c.req.routePath }, 'a page failed')
    return troublePage(c, { kind: 'away' })
  })
  return app
}

function headers({ formTargets = [] }: ConsoleDeps): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      ...{ scriptSrc: ["'self'"], styleSrc: ["'self'"], imgSrc: ["'self'"], connectSrc: ["'self'"] },
      formAction: ["'self'", ...formTargets],
      ...{ baseUri: ["'none'"], frameAncestors: ["'none'"] },
    },
    ...{ referrerPolicy: 'same-origin', xFrameOptions: 'DENY', crossOriginResourcePolicy: 'same-origin' },
  })
}

/** Of a form that came from another page, or was too large. */
function refusalPage(c: Context<ConsoleEnv>, { status }: HTTPException) {
  const [shown, detail] =
    status === 413
      ? ([413, 'What you sent is larger than 4 MB.'] as const)
      : ([403, 'The form came from another page. Open this one again and repeat it.'] as const)
  return troublePage(c, { kind: 'refused', detail }, shown)
}

/** `UTC` where the cookie is none that names a zone. */
function zoneOf(cookie: string | undefined): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: cookie ?? 'UTC' }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}
