// My data: what it may be used for, all of it to take away, and how to leave.
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { listOf, time } from '../answers.ts'
import type { Answer, Api } from '../api.ts'
import { day, month } from '../format.ts'
import { type Fault, readForm, statusOf } from '../forms.ts'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { TroubleNote, troublePage } from '../trouble.tsx'
import { askErasure, LeavingSection, leavingPages } from './leaving.tsx'

const act = z.object({ at: time, act: z.string(), textVersion: z.string().nullish().catch(undefined) })
const consent = z.object({
  purpose: z.string(),
  given: z.boolean(),
  since: time,
  text: z.object({ version: z.string(), byLanguage: z.record(z.string(), z.string()) }),
  history: listOf(act).catch([]),
})
type Consent = z.output<typeof consent>
const consents = z.object({ consents: listOf(consent) })

const parts = z.object({ parts: listOf(z.object({ month: z.string().regex(/^\d{4}-\d{2}$/) })) })
type Parts = z.output<typeof parts>

const titles: Readonly<Record<string, string>> = {
  research: 'Research',
  product: 'Better estimates for everybody',
}
const done: Readonly<Record<string, string>> = {
  given: 'You consent. Thank you.',
  withdrawn: 'Your consent has ended.',
  leaving: 'Everything about you will be erased. You have 24 hours to take it back.',
  staying: 'Nothing is erased.',
}

export function myDataPages({ api }: { readonly api: Api }): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()
  const pathOf = (purpose: string) => `/v1/riders/me/consents/${encodeURIComponent(purpose)}`

  async function show(c: Context<ConsoleEnv>, fault?: Fault) {
    const { session, zone } = c.var
    const [known, months, own] = await Promise.all([
      api.ask({ session, path: '/v1/riders/me/consents', schema: consents }),
      api.ask({ session, path: '/v1/riders/me/export', schema: parts }),
      askErasure(api, session),
    ])
    return showPage(
      c,
      { title: 'My data', area: 'My data', status: statusOf(fault) },
      <>
        <h1>My data</h1>
        <Done words={done[c.req.query('done') ?? '']} />
        <section class="group" aria-labelledby="uses">
          <h2 id="uses">What it may be used for</h2>
          <p class="quiet">
            Nothing here is needed for your own pages. You can change your mind at any time.
          </p>
          {'value' in known ? (
            <div class="cards">
              {known.value.consents.map((each) => (
                <ConsentCard {...{ consent: each, zone, fault }} />
              ))}
            </div>
          ) : (
            <TroubleNote trouble={known.trouble} what="Your consents" />
          )}
        </section>
        <ExportSection {...{ months, zone }} />
        <LeavingSection {...{ own, zone, fault }} />
      </>,
    )
  }

  pages.get('/my-data', (c) => show(c))

  pages.post('/my-data/consents/:purpose', async (c) => {
    const purpose = c.req.param('purpose')
    const form = await readForm(c)
    const isGiving = form.text('act') === 'give'
    const answer = await api.ask({
      ...{ session: c.var.session, path: pathOf(purpose), schema: z.unknown() },
      ...(isGiving
        ? {
            method: 'PUT',
            body: {
              textVersion: form.text('textVersion'),
              ...(form.text('past') === 'yes' && { from: new Date(0).toISOString() }),
            },
          }
        : { method: 'DELETE' }),
    })
    if ('trouble' in answer) return show(c, { form: purpose, trouble: answer.trouble })
    return c.redirect(`/my-data?done=${isGiving ? 'given' : 'withdrawn'}`, 303)
  })

  pages.get('/my-data/export/:month', async (c) => {
    const asked = { session: c.var.session, signal: c.req.raw.signal }
    const path = `/v1/riders/me/export/${encodeURIComponent(c.req.param('month'))}`
    const answer = await api.open({ ...asked, path })
    if ('trouble' in answer) return troublePage(c, answer.trouble)
    const { body, headers } = answer.value
    return c.newResponse(body, 200, {
      'content-type': headers.get('content-type') ?? 'application/zip',
      'content-disposition': headers.get('content-disposition') ?? 'attachment',
    })
  })

  pages.route('/', leavingPages({ api, showMyData: show }))
  return pages
}

interface ConsentCardProps {
  readonly consent: Consent
  readonly zone: string
  readonly fault: Fault | undefined
}

function ConsentCard({ consent: { purpose, given, since, text, history }, zone, fault }: ConsentCardProps) {
  const [language, words] = Object.entries(text.byLanguage).sort(englishFirst)[0] ?? []
  const from =
    since === undefined || since <= 0 ? 'for all your rides' : `for rides since ${day(since, zone)}`
  return (
    <article class="card stack" id={purpose}>
      <header class="split">
        <h3>{titles[purpose] ?? purpose}</h3>
        <span class={given ? 'badge live' : 'badge'}>{given ? 'You consent' : 'No consent'}</span>
      </header>
      <p lang={language}>{words ?? 'The text of this purpose is not available.'}</p>
      {fault?.form === purpose && <TroubleNote trouble={fault.trouble} what="Your consent" />}
      <form method="post" action={`/my-data/consents/${encodeURIComponent(purpose)}`}>
        <input type="hidden" name="textVersion" value={text.version} />
        {given ? (
          <>
            <p>You consent {from}.</p>
            <button type="submit" class="quiet" name="act" value="withdraw">
              End this consent
            </button>
          </>
        ) : (
          words !== undefined && (
            <>
              <label class="check">
                <input type="checkbox" name="past" value="yes" /> Also for my rides until now
              </label>
              <button type="submit" name="act" value="give">
                I consent
              </button>
            </>
          )
        )}
      </form>
      {history.length > 0 && (
        <details>
          <summary>History</summary>
          <ol class="plain">
            {history.map(({ at, act, textVersion }) => (
              <li>
                {day(at, zone) ?? 'Day not available'}: {act === 'given' ? 'given' : 'ended'}
                {act === 'given' && textVersion && ` to text ${textVersion}`}
              </li>
            ))}
          </ol>
        </details>
      )}
    </article>
  )
}

const englishFirst = ([a]: [string, string], [b]: [string, string]) =>
  Number(b.startsWith('en')) - Number(a.startsWith('en'))

interface ExportProps {
  readonly months: Answer<Parts>
  readonly zone: string
}

function ExportSection({ months }: ExportProps) {
  return (
    <section class="group" aria-labelledby="export">
      <h2 id="export">Take it with you</h2>
      <p class="quiet">
        All that is stored about you, a ZIP archive a month: rides, samples, and what you decided.
      </p>
      {'value' in months ? (
        <ExportList {...months.value} />
      ) : (
        <TroubleNote trouble={months.trouble} what="The archives" />
      )}
    </section>
  )
}

function ExportList({ parts }: Parts) {
  if (parts.length === 0) return <p class="card none">Nothing is stored about you yet.</p>
  return (
    <ul class="card links">
      {parts.map((part) => (
        <li>
          <a href={`/my-data/export/${part.month}`} download>
            {month(Date.parse(`${part.month}-01`), 'UTC') ?? part.month} <span class="quiet">ZIP</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

export const Done = ({ words }: { readonly words: string | undefined }) =>
  words === undefined ? null : (
    <p class="done" role="status">
      {words}
    </p>
  )
