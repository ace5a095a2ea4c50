// The researcher's pages: an invitation registers a hardware key, a touch of it signs in or approves a notebook, and a researcher sees
// and ends keys and sessions.
import { type Context, Hono } from 'hono'
import type { Child } from 'hono/jsx'
import { z } from 'zod'
import { listOf, time } from '../answers.ts'
import type { Api, Trouble } from '../api.ts'
import { clock, day } from '../format.ts'
import { readForm } from '../forms.ts'
import { type Page, showPage } from '../layout.tsx'
import { Done } from '../pages/my-data.tsx'
import type { ConsoleEnv } from '../port.ts'
import type { SealedCookies } from '../sign-in/sealed-cookie.ts'
import { TroubleNote } from '../trouble.tsx'

const options = z.looseObject({ challenge: z.string() })
const begun = z.object({ options })
const registration = z.object({ name: z.string(), options })
const approval = z.object({ clientId: z.string(), askedAt: time, options })
const signedIn = z.object({ token: z.string(), lastsS: z.number() })
const own = z.object({
  name: z.string(),
  keys: listOf(
    z.object({
      keyId: z.string(),
      model: z.string(),
      registeredAt: time,
      usedAt: time,
      revokedAt: z.string().nullish(),
    }),
  ),
  sessions: listOf(
    z.object({
      sessionId: z.string(),
      kind: z.string(),
      beganAt: time,
      endsAt: time,
      isThisOne: z.boolean(),
    }),
  ),
})
type Own = z.output<typeof own>
const anything = z.unknown()
const cookie = z.object({ accessToken: z.string() })

const done: Readonly<Record<string, string>> = {
  registered: 'Your key is registered. Sign in with it.',
  out: 'You are signed out.',
  ended: 'The session has ended.',
  revoked: 'The key opens nothing any more, and its sessions have ended.',
}

interface Deps {
  readonly api: Api
  readonly sessions: SealedCookies
}

type Ctx = Context<ConsoleEnv>
interface Refused {
  readonly what: string
  readonly trouble: Trouble
}

export function researchPages({ api, sessions }: Deps): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()
  const post = <Schema extends z.ZodType>(path: string, body: object, schema: Schema) =>
    api.ask({ path: `/v1/research/access/${path}`, method: 'POST', body, schema })
  const sessionOf = async (c: Ctx) => cookie.safeParse(await sessions.read(c)).data

  async function signInPage(c: Ctx, refused?: Refused) {
    const answer = await post('sign-ins/options', {}, begun)
    const trouble = 'trouble' in answer ? { what: 'The sign-in', trouble: answer.trouble } : refused
    return show(c, 'Sign in to research', trouble, [
      <Done words={done[c.req.query('done') ?? '']} />,
      'value' in answer && (
        <Touch action="/research/sign-in" kind="get" options={answer.value.options}>
          Sign in with my key
        </Touch>
      ),
      <p>
        You have an invitation? <a href="/research/register">Register a key</a>
      </p>,
    ])
  }

  pages.get('/research/sign-in', (c) => signInPage(c))
  pages.post('/research/sign-in', async (c) => {
    const answer = await post('sign-ins', { answer: await answerOf(c) }, signedIn)
    if ('trouble' in answer) return signInPage(c, { what: 'The sign-in', trouble: answer.trouble })
    const { token: accessToken, lastsS } = answer.value
    await sessions.write(c, { accessToken }, lastsS)
    return c.redirect('/research', 303)
  })

  const registerPage = (c: Ctx, refused?: Refused) =>
    show(c, 'Register a key', refused, [
      <p>Put your hardware key in. It needs a PIN or reads your finger. A passkey of a phone is none.</p>,
      <CodeForm
        action="/research/register"
        label="Code of the invitation"
        example="XXXX-XXXX-XXXX-XXXX"
        button="Go on"
      />,
    ])

  pages.get('/research/register', (c) => registerPage(c))
  pages.post('/research/register', async (c) => {
    const answer = await post(
      'registrations/options',
      { code: (await readForm(c)).text('code') },
      registration,
    )
    if ('trouble' in answer) return registerPage(c, { what: 'The code', trouble: answer.trouble })
    const { name, options } = answer.value
    return show(c, `Welcome, ${name}`, undefined, [
      <p>
        Register your key now. When the browser asks, let it tell which model the key is: without that it is
        refused.
      </p>,
      <Touch action="/research/keys" kind="create" options={options}>
        Register my key
      </Touch>,
    ])
  })
  pages.post('/research/keys', async (c) => {
    const answer = await post('registrations', { answer: await answerOf(c) }, anything)
    if ('trouble' in answer) return registerPage(c, { what: 'The key', trouble: answer.trouble })
    return c.redirect('/research/sign-in?done=registered', 303)
  })

  const devicePage = (c: Ctx, refused?: Refused) =>
    show(c, 'Approve a notebook', refused, [
      <p>
        Only for a notebook that you run yourself, now. Somebody sent you a code? Then the data would go to
        that person, in your name.
      </p>,
      <CodeForm
        action="/research/device"
        label="Code that the notebook shows"
        example="XXXX-XXXX"
        button="Go on"
        value={c.req.query('code')}
      />,
    ])

  pages.get('/research/device', (c) => devicePage(c))
  pages.post('/research/device', async (c) => {
    const answer = await post('approvals/options', { userCode: (await readForm(c)).text('code') }, approval)
    if ('trouble' in answer) return devicePage(c, { what: 'The code', trouble: answer.trouble })
    const { clientId, askedAt, options } = answer.value
    return show(c, 'Is this your notebook?', undefined, [
      <p>
        It calls itself “{clientId}”, and asked at {clock(askedAt, c.var.zone) ?? 'a time that is not known'}.
        For 15 minutes it may ask in your name.
      </p>,
      <Touch action="/research/device/approval" kind="get" options={options}>
        Approve it with my key
      </Touch>,
    ])
  })
  pages.post('/research/device/approval', async (c) => {
    const answer = await post('approvals', { answer: await answerOf(c) }, anything)
    if ('trouble' in answer) return devicePage(c, { what: 'The notebook', trouble: answer.trouble })
    return show(c, 'Approved', undefined, [<p>Go back to the notebook: it goes on by itself.</p>])
  })

  async function home(c: Ctx, refused?: Refused) {
    const session = await sessionOf(c)
    if (session === undefined) return c.redirect('/research/sign-in', 303)
    const answer = await api.ask({ session, path: '/v1/research/access/me', schema: own })
    if ('trouble' in answer) {
      if (answer.trouble.kind !== 'signed_out')
        return show(c, 'Research', { what: 'Research', trouble: answer.trouble }, [])
      sessions.remove(c)
      return c.redirect('/research/sign-in', 303)
    }
    return show(c, 'Research', refused, [
      <Done words={done[c.req.query('done') ?? '']} />,
      <OwnAccess {...answer.value} zone={c.var.zone} />,
    ])
  }

  pages.get('/research', (c) => home(c))
  pages.post('/research/sessions/:id/end', (c) =>
    end(c, `sessions/${encodeURIComponent(c.req.param('id'))}`, 'ended'),
  )
  pages.post('/research/keys/:id/revoke', (c) =>
    end(c, `keys/${encodeURIComponent(c.req.param('id'))}`, 'revoked'),
  )

  async function end(c: Ctx, path: string, said: string) {
    const session = await sessionOf(c)
    if (session === undefined) return c.redirect('/research/sign-in', 303)
    const asked = {
      session,
      path: `/v1/research/access/me/${path}`,
      method: 'DELETE',
      schema: anything,
    } as const
    const answer = await api.ask(asked)
    if ('trouble' in answer) return home(c, { what: 'This', trouble: answer.trouble })
    return c.redirect(`/research?done=${said}`, 303)
  }

  pages.post('/research/sign-out', async (c) => {
    const session = await sessionOf(c)
    sessions.remove(c)
    const answer = session && (await endThis(session))
    if (answer && 'trouble' in answer && answer.trouble.kind !== 'signed_out')
      return signInPage(c, { what: 'The token of your session', trouble: answer.trouble })
    return c.redirect('/research/sign-in?done=out', 303)
  })

  /** Ends the session of that token. */
  async function endThis(session: z.output<typeof cookie>) {
    const answer = await api.ask({ session, path: '/v1/research/access/me', schema: own })
    if ('trouble' in answer) return answer
    const sessionId = answer.value.sessions.find(({ isThisOne }) => isThisOne)?.sessionId ?? ''
    const path = `/v1/research/access/me/sessions/${encodeURIComponent(sessionId)}`
    return api.ask({ session, path, method: 'DELETE', schema: anything })
  }

  return pages
}

/** What a key answered, as the island puts it into the form; undefined where that is nothing. */
async function answerOf(c: Ctx): Promise<unknown> {
  try {
    return JSON.parse((await readForm(c)).text('answer'))
  } catch {
    return undefined
  }
}

const statusOf = ({ trouble }: Refused): Page['status'] => (trouble.kind === 'refused' ? 422 : 503)

function show(c: Ctx, title: string, refused: Refused | undefined, content: readonly Child[]) {
  return showPage(
    c,
    { title, audience: 'researchers', islands: ['key'], status: refused && statusOf(refused) },
    <section class="card lone stack">
      <h1>{title}</h1>
      {refused && <TroubleNote {...refused} />}
      {content}
    </section>,
  )
}

interface CodeFormProps {
  readonly action: string
  readonly label: string
  readonly example: string
  readonly button: string
  readonly value?: string | undefined
}

function CodeForm({ action, label, example, button, value }: CodeFormProps) {
  return (
    <form method="post" action={action}>
      <label>
        {label}
        <input
          name="code"
          maxlength={64}
          required
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          placeholder={example}
          value={value?.slice(0, 64)}
        />
      </label>
      <button type="submit">{button}</button>
    </form>
  )
}

interface TouchProps {
  readonly action: string
  readonly kind: 'create' | 'get'
  readonly options: object
  readonly children?: Child
}

/** The island key.ts enables the button, asks the key, and sends the form. */
function Touch({ action, kind, options, children }: TouchProps) {
  return (
    <form method="post" action={action} data-key={kind} data-options={JSON.stringify(options)}>
      <input type="hidden" name="answer" value="" />
      <button type="submit" disabled>
        {children}
      </button>
      <p role="status" />
      <noscript>
        <p>Without scripts a browser cannot ask a key.</p>
      </noscript>
    </form>
  )
}

function OwnAccess({ name, keys, sessions, zone }: Own & { readonly zone: string }) {
  const at = (ms: number | undefined) =>
    [day(ms, zone), clock(ms, zone)].filter(Boolean).join(', ') || 'never'
  return (
    <>
      <p>You are signed in as {name}.</p>
      <p>
        <a href="/research/device">Approve a notebook</a>
      </p>
      <h2>Sessions</h2>
      <ul class="plain">
        {sessions.map(({ sessionId, kind, beganAt, endsAt, isThisOne }) => (
          <li>
            {isThisOne ? 'This browser' : kind === 'notebook' ? 'A notebook' : 'Another browser'}, since{' '}
            {at(beganAt)}, ends {at(endsAt)}
            {!isThisOne && (
              <Act
                action={`/research/sessions/${encodeURIComponent(sessionId)}/end`}
                what={`End the one since ${at(beganAt)}`}
              />
            )}
          </li>
        ))}
      </ul>
      <h2>Keys</h2>
      {keys.length < 2 && (
        <p>You have one key. Ask for an invitation for a second one: who loses the only key is shut out.</p>
      )}
      <ul class="plain">
        {keys.map(({ keyId, model, registeredAt, usedAt, revokedAt }) => (
          <li>
            {model}, registered {at(registeredAt)}, used {at(usedAt)}
            {revokedAt ? (
              ', revoked'
            ) : (
              <details>
                <summary>It is lost</summary>
                <Act
                  action={`/research/keys/${encodeURIComponent(keyId)}/revoke`}
                  what={`Revoke the key of ${at(registeredAt)}`}
                />
              </details>
            )}
          </li>
        ))}
      </ul>
      <form method="post" action="/research/sign-out">
        <button type="submit" class="quiet">
          Sign out
        </button>
      </form>
    </>
  )
}

function Act({ action, what }: { readonly action: string; readonly what: string }) {
  return (
    <form method="post" action={action}>
      <button type="submit" class="quiet">
        {what}
      </button>
    </form>
  )
}
