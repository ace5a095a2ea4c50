// The pages of riders and researchers. Every page is rendered here, from what the API answers in their name.
import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'
import { getCookie } from 'hono/cookie'
import { csrf } from 'hono/csrf'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'
import type { Logger } from 'pino'
import type { Api } from './api.ts'
import { assetAt } from './assets.ts'
import type { ConsoleMetrics } from './metrics.ts'
import { accountPages } from './pages/account.tsx'
import { bikePages } from './pages/bike.tsx'
import { bikeListPages } from './pages/bikes.tsx'
import { livePages } from './pages/live.ts'
import { myDataPages } from './pages/my-data.tsx'
import { planPages } from './pages/plan.tsx'
import { privatePlacePages } from './pages/private-places.tsx'
import { ridePages } from './pages/ride.tsx'
import { rideListPages } from './pages/rides.tsx'
import { sharingPages } from './pages/sharing.tsx'
import type { ConsoleEnv } from './port.ts'
import { researchPages } from './research/pages.tsx'
import type { SealedCookies } from './sign-in/sealed-cookie.ts'
import { troublePage } from './trouble.tsx'

export interface ConsoleDeps {
  readonly api: Api
  readonly signIn: {
    /** What is open to everybody: `/sign-in`, and what belongs to it. */
    readonly routes: Hono<ConsoleEnv>
    /** Sets the session, or leads to `/sign-in`. */
    readonly required: MiddlewareHandler<ConsoleEnv>
  }
  /** Of researchers who are signed in. */
  readonly researchSession: SealedCookies
  /** Where browsers find the console, such as `https://my.example`. */
  readonly publicUrl: string
  /** Where forms may lead besides: to the login service, when the sign-in has ended meanwhile. */
  readonly loginUrl?: string
  readonly metrics: ConsoleMetrics
  /** Aborts when the process ends: live states end, so that the server can. */
  readonly stopping: AbortSignal
  readonly log: Pick<Logger, 'error'>
}

/** A GPX of ten thousand points fits. */
const mostBodyBytes = 4_000_000

const allPages = [
  ...[bikeListPages, bikePages, livePages, planPages, rideListPages, ridePages],
  ...[sharingPages, privatePlacePages, myDataPages, accountPages],
]

export function createConsole(deps: ConsoleDeps): Hono<ConsoleEnv> {
  const { signIn, publicUrl, metrics, log } = deps
  const app = new Hono<ConsoleEnv>()

  app.use(headers(deps))
  app.use(compress())
  app.get('/assets/*', (c) => {
    const asset = assetAt(c.req.path)
    if (asset === undefined) return c.notFound()
    return c.body(asset.text, 200, {
      'content-type': asset.mediaType,
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })
  app.use(async (c, next) => {
    const answered = metrics.begin()
    await next()
    answered(c.res.status)
  })
  app.use(csrf({ origin: new URL(publicUrl).origin }))
  app.use(bodyLimit({ maxSize: mostBodyBytes }))
  app.use(async (c, next) => {
    c.set('zone', zoneOf(getCookie(c, 'zone')))
    await next()
    // Pages show what is a rider's or a researcher's alone.
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  })
  app.route('/', signIn.routes)
  app.route('/', researchPages({ api: deps.api, sessions: deps.researchSession }))
  app.use(signIn.required)
  for (const pages of allPages) app.route('/', pages(deps))

  app.notFound((c) => troublePage(c, { kind: 'missing' }))
  app.onError((error, c) => {
    if (error instanceof HTTPException) {
      const refusal = error.status === 413 ? 'body_too_large' : 'form_foreign'
      metrics.refused(refusal)
      return troublePage(c, { kind: 'refused', detail: sentences[refusal] }, error.status === 413 ? 413 : 403)
    }
    log.error({ err: error, path: c.req.routePath }, 'a page failed')
    return troublePage(c, { kind: 'away' })
  })
  return app
}

function headers({ loginUrl }: ConsoleDeps): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      ...{ scriptSrc: ["'self'"], styleSrc: ["'self'"], imgSrc: ["'self'"], connectSrc: ["'self'"] },
      formAction: ["'self'", ...(loginUrl === undefined ? [] : [new URL(loginUrl).origin])],
      ...{ baseUri: ["'none'"], frameAncestors: ["'none'"] },
    },
    ...{ referrerPolicy: 'same-origin', xFrameOptions: 'DENY', crossOriginResourcePolicy: 'same-origin' },
  })
}

const sentences = {
  body_too_large: 'What you sent is larger than 4 MB.',
  form_foreign: 'The form came from another page. Open this one again and repeat it.',
} as const

/** `UTC` where the cookie is none that names a zone. */
function zoneOf(cookie: string | undefined): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: cookie ?? 'UTC' }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}
