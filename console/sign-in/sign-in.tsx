// Riders sign in at their maker's login service. The session that follows is kept by the browser, in a cookie that only the console
// can read: so no process of the console knows more than another, and a restart signs nobody out.
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { z } from 'zod'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { createLoginService, isPrivateTo, type LoginServiceOptions, newAttempt } from './login-service.ts'
import { createOutcomes, type Failure, failures, isFailure, SignInError } from './outcomes.ts'
import { returnPath } from './return-path.ts'
import { createSealedCookies } from './sealed-cookie.ts'

export interface SignInSettings extends Omit<LoginServiceOptions, 'redirectUri'> {
  /** Where browsers find the console, such as `https://my.example`. The login service must know `/sign-in/back` there. */
  readonly publicUrl: string
  /** Encrypts the cookies, at least 32 characters. Another one signs everybody out. */
  readonly sessionSecret: string
  readonly log: Pick<Logger, 'warn'>
}

export interface SignIn {
  readonly routes: Hono<ConsoleEnv>
  /** Sets the session, or leads to the sign-in and back to the page that was asked for. */
  readonly required: MiddlewareHandler<ConsoleEnv>
  readonly registry: Registry
}

const session = z.object({
  riderId: z.string().min(1),
  name: z.string(),
  accessToken: z.string().min(1),
  signedInAtMs: z.number(),
})
const attempt = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string() })

const longestSessionS = 8 * 3_600
/** Where the login service does not say how long its token is valid. */
const assumedLifetimeS = 300
/** The session ends before its token does, so that no request is under way with one that has expired. */
const marginS = 10
const attemptS = 600
/** Whoever must sign in again so soon was refused by the platform, and would go round in circles. */
const atOnceMs = 5_000

/** Throws where the login service or the console would be reached without encryption. */
export function signIn(settings: SignInSettings): SignIn {
  const { publicUrl, issuerUrl, sessionSecret, log } = settings
  for (const [name, url] of Object.entries({ 'the login service': issuerUrl, 'the console': publicUrl }))
    if (!isPrivateTo(url)) throw new Error(`${name} must be reached by https: ${url}`)
  const cookie = { secret: sessionSecret, isSecure: publicUrl.startsWith('https:') }
  const sessions = createSealedCookies({ ...cookie, name: 'session' })
  const attempts = createSealedCookies({ ...cookie, name: 'sign-in' })
  const login = createLoginService({ ...settings, redirectUri: new URL('/sign-in/back', publicUrl).href })
  const outcomes = createOutcomes()
  const routes = new Hono<ConsoleEnv>()

  const sessionOf = async (c: Context) => session.safeParse(await sessions.read(c)).data

  routes.get('/sign-in', async (c) => {
    const to = returnPath(c.req.query('to'))
    return orFailure(c, to, async () => {
      const current = await sessionOf(c)
      if (current && Date.now() - current.signedInAtMs < atOnceMs) throw new SignInError('not_accepted')
      const begun = newAttempt()
      const address = await login.begin(begun)
      await attempts.write(c, { ...begun, to }, attemptS)
      return c.redirect(address.href)
    })
  })

  routes.get('/sign-in/back', async (c) => {
    const begun = attempt.safeParse(await attempts.read(c)).data
    attempts.remove(c)
    return orFailure(c, begun?.to ?? '/', async () => {
      if (begun === undefined) throw new SignInError('stale')
      const { lifetimeS = assumedLifetimeS, ...signedIn } = await login.finish(
        begun,
        new URL(c.req.url).search,
      )
      const lasts = Math.min(longestSessionS, lifetimeS - marginS)
      const content = { ...signedIn, signedInAtMs: Date.now() }
      if (!(await sessions.write(c, content, lasts))) throw new SignInError('too_large')
      outcomes.count('signed_in')
      return c.redirect(begun.to, 303)
    })
  })

  routes.post('/sign-out', (c) => {
    sessions.remove(c)
    return c.redirect('/signed-out', 303)
  })

  routes.get('/signed-out', (c) =>
    showPage(
      c,
      { title: 'Signed out' },
      <section class="card lone">
        <h1>You are signed out.</h1>
        <p>This browser knows nothing of your rides any more.</p>
        <SignInAgain to="/" />
      </section>,
    ),
  )

  // A page of its own, without the login service's words in its address: it may be loaded again.
  routes.get('/sign-in/failed', (c) => {
    const { why = '', to } = c.req.query()
    return failurePage(c, isFailure(why) ? why : 'refused', returnPath(to))
  })

  /** The answer, or the way to the page that says why nobody is signed in. */
  async function orFailure(c: Context, to: string, answer: () => Promise<Response>): Promise<Response> {
    try {
      return await answer()
    } catch (error) {
      if (!(error instanceof SignInError)) throw error
      const { failure, cause } = error
      outcomes.count(failure)
      if (failure !== 'cancelled') log.warn({ err: cause, failure }, 'nobody was signed in')
      return c.redirect(`/sign-in/failed?${new URLSearchParams({ why: failure, to })}`, 303)
    }
  }

  const required: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
    const current = await sessionOf(c)
    if (current === undefined) return askToSignIn(c)
    c.set('session', current)
    return next()
  }

  return { routes, required, registry: outcomes.registry }
}

/** A page that was asked for is returned to. A form would be lost on the way, and a script cannot follow: they are told. */
function askToSignIn(c: Context<ConsoleEnv>): Response | Promise<Response> {
  if (c.req.method !== 'GET')
    return showPage(
      c,
      { title: 'Sign in', status: 403 },
      <section class="card lone">
        <h1>Your sign-in has ended.</h1>
        <p>What you sent was not carried out. Sign in, and send it once more.</p>
        <SignInAgain to="/" />
      </section>,
    )
  const isScript = (c.req.header('sec-fetch-mode') ?? 'navigate') !== 'navigate'
  if (isScript) return c.text('not signed in\n', 401)
  const { pathname, search } = new URL(c.req.url)
  return c.redirect(signInPath(`${pathname}${search}`))
}

function failurePage(c: Context<ConsoleEnv>, failure: Failure, to: string): Response | Promise<Response> {
  const { title, advice, status } = failures[failure]
  return showPage(
    c,
    { title: 'Sign in', status },
    <section class="card lone">
      <h1>{title}</h1>
      <p>{advice}</p>
      <SignInAgain to={to} />
    </section>,
  )
}

function SignInAgain({ to }: { readonly to: string }) {
  return (
    <p class="actions">
      <a class="button" href={signInPath(to)}>
        Sign in
      </a>
    </p>
  )
}

const signInPath = (to: string) => (to === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(to)}`)
