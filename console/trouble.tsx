// What a rider reads where something could not be shown: one sentence, and what to do.
import type { Context } from 'hono'
import type { Trouble } from './api.ts'
import { type Page, showPage } from './layout.tsx'
import type { ConsoleEnv } from './port.ts'

interface Words {
  readonly title: string
  readonly advice: string
  readonly status: Page['status']
}

const words: Readonly<Record<Trouble['kind'], Words>> = {
  away: {
    title: 'This cannot be shown at the moment.',
    advice: 'The platform does not answer. Nothing of yours is lost; try again in a minute.',
    status: 503,
  },
  signed_out: { title: 'Your sign-in has ended.', advice: 'Sign in again to go on.', status: 200 },
  missing: {
    title: 'There is nothing here for you.',
    advice: 'It may have been another rider’s, or the address has a mistake. Go back to your bikes or rides.',
    status: 404,
  },
  refused: {
    title: 'That was not possible.',
    advice: 'Go back, change what you entered, and try again.',
    status: 422,
  },
  unreadable: {
    title: 'The answer could not be read.',
    advice: 'Reload the page. If it stays like this, tell your maker’s service.',
    status: 503,
  },
}

/** In the place of a section; the rest of the page stands. */
export function TroubleNote({ trouble, what }: { readonly trouble: Trouble; readonly what: string }) {
  const { title, advice } = words[trouble.kind]
  return (
    <div class="note" role="status">
      <p>
        <strong>
          {what}: {title}
        </strong>
      </p>
      {trouble.detail && trouble.kind === 'refused' && <p>{trouble.detail}</p>}
      <p>
        {advice} {trouble.kind === 'signed_out' && <a href="/sign-in">Sign in</a>}
      </p>
    </div>
  )
}

/** In the place of the whole page. Who is signed out is led to the sign-in. */
export function troublePage(
  c: Context<ConsoleEnv>,
  trouble: Trouble,
  status: Page['status'] = words[trouble.kind].status,
): Response | Promise<Response> {
  if (trouble.kind === 'signed_out') return c.redirect(`/sign-in?to=${encodeURIComponent(c.req.path)}`)
  const { title, advice } = words[trouble.kind]
  return showPage(
    c,
    { title, status },
    <section class="card lone">
      <h1>{title}</h1>
      {trouble.detail && trouble.kind === 'refused' && <p>{trouble.detail}</p>}
      <p>{advice}</p>
      <p class="actions">
        <a class="button" href="/">
          My bikes
        </a>
        <a class="button quiet" href="/rides">
          My rides
        </a>
      </p>
    </section>,
  )
}
