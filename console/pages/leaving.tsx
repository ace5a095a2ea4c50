// Leaving: a rider has everything erased, takes it back in time, and reads afterwards what was done.
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { time } from '../answers.ts'
import type { Answer, Api } from '../api.ts'
import { clock, day } from '../format.ts'
import { type Fault, faultOf, readForm } from '../forms.ts'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { TroubleNote, troublePage } from '../trouble.tsx'

const erasure = z.object({
  erasureId: z.string(),
  state: z.enum(['waits', 'goes_on', 'done']),
  requestedAt: time,
  dueAt: time,
  obstacle: z.string().nullish().catch(undefined),
  doneAt: time,
  certificate: z.string().nullish().catch(undefined),
})
type Erasure = z.output<typeof erasure>
const ownErasure = z.object({ erasure: erasure.nullable() })
export type OwnErasure = z.output<typeof ownErasure>

const path = '/v1/riders/me/erasure'
const pathOf = (receipt: string) => `/v1/erasures/${encodeURIComponent(receipt)}`

type Session = ConsoleEnv['Variables']['session']
export const askErasure = (api: Api, session: Session): Promise<Answer<OwnErasure>> =>
  api.ask({ session, path, schema: ownErasure })

export interface LeavingPagesDeps {
  readonly api: Api
  /** The page _My data_ with what is wrong with a form of it. */
  readonly showMyData: (c: Context<ConsoleEnv>, fault: Fault) => Response | Promise<Response>
}

export function leavingPages({ api, showMyData }: LeavingPagesDeps): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()
  const read = (c: Context<ConsoleEnv>, receipt: string) =>
    api.ask({ session: c.var.session, path: pathOf(receipt), schema: erasure })

  pages.post('/my-data/erasure', async (c) => {
    const form = await readForm(c)
    const isAsking = form.text('act') === 'ask'
    if (isAsking && form.text('confirmed') !== 'yes')
      return showMyData(c, faultOf('erasure', 'Say that you mean it: nothing can bring it back.'))
    const how = isAsking ? { method: 'PUT', body: { confirmed: true } } : { method: 'DELETE' }
    const asked = { session: c.var.session, path, schema: z.unknown() }
    const answer = await api.ask({ ...asked, ...(how as { method: 'PUT' }) })
    if ('trouble' in answer) return showMyData(c, { form: 'erasure', trouble: answer.trouble })
    return c.redirect(`/my-data?done=${isAsking ? 'leaving' : 'staying'}`, 303)
  })

  pages.get('/my-data/erasure/:receipt', async (c) => {
    const answer = await read(c, c.req.param('receipt'))
    if ('trouble' in answer) return troublePage(c, answer.trouble)
    return showPage(
      c,
      { title: 'Your erasure', area: 'My data' },
      <Receipt erasure={answer.value} zone={c.var.zone} />,
    )
  })

  pages.get('/my-data/erasure/:receipt/certificate', async (c) => {
    const receipt = c.req.param('receipt')
    const answer = await read(c, receipt)
    if ('trouble' in answer) return troublePage(c, answer.trouble)
    const { certificate } = answer.value
    if (certificate == null) return c.redirect(`/my-data/erasure/${encodeURIComponent(receipt)}`, 303)
    return c.newResponse(`${certificate}\n`, 200, {
      'content-type': 'application/jose',
      'content-disposition': 'attachment; filename="erasure-certificate.jws"',
    })
  })

  return pages
}

const moment = (ms: number | undefined, zone: string) =>
  ms === undefined ? 'a time that is not available' : `${day(ms, zone)}, ${clock(ms, zone)}`

interface SectionProps {
  readonly own: Answer<OwnErasure>
  readonly zone: string
  readonly fault: Fault | undefined
}

export function LeavingSection({ own, zone, fault }: SectionProps) {
  return (
    <section class="group" aria-labelledby="leaving">
      <h2 id="leaving">Leave, and take everything with you</h2>
      {fault?.form === 'erasure' && <TroubleNote trouble={fault.trouble} what="Your erasure" />}
      {'trouble' in own ? (
        <TroubleNote trouble={own.trouble} what="Whether you leave" />
      ) : own.value.erasure === null ? (
        <AskForm />
      ) : (
        <Waiting erasure={own.value.erasure} zone={zone} />
      )}
    </section>
  )
}

function AskForm() {
  return (
    <details class="card">
      <summary>Erase everything about me</summary>
      <p>
        All your rides, samples, consents, private places and names go, for ever, and your bikes are no longer
        yours. You have 24 hours to take it back. Download what you want to keep first.
      </p>
      <p>
        Some of it ages and is gone later: records on their way after 30 days, backups when their time ends.
        What happened to a bike stays with the bike, without you. Afterwards you get a signed certificate that
        says so for each place.
      </p>
      <form method="post" action="/my-data/erasure">
        <label class="check">
          <input type="checkbox" name="confirmed" value="yes" required /> I mean it: nothing can bring it back
        </label>
        <button type="submit" name="act" value="ask">
          Erase everything in 24 hours
        </button>
      </form>
    </details>
  )
}

function Waiting({ erasure, zone }: { readonly erasure: Erasure; readonly zone: string }) {
  const { erasureId, state, dueAt, obstacle } = erasure
  return (
    <div class="card stack">
      <p>
        {state === 'waits'
          ? `Everything about you will be erased from ${moment(dueAt, zone)} on.`
          : 'It has begun: everything about you is being erased.'}
      </p>
      {obstacle && <p>It could not begin yet: {obstacle}.</p>}
      <p>
        <a href={`/my-data/erasure/${encodeURIComponent(erasureId)}`}>Your receipt</a>: keep its address. It
        names nobody, and shows the certificate when all is gone.
      </p>
      {state === 'waits' && (
        <form method="post" action="/my-data/erasure">
          <button type="submit" class="quiet" name="act" value="back">
            Take it back
          </button>
        </form>
      )}
    </div>
  )
}

function Receipt({ erasure, zone }: { readonly erasure: Erasure; readonly zone: string }) {
  const { erasureId, state, requestedAt, dueAt, doneAt } = erasure
  return (
    <section class="card stack lone">
      <h1>Your erasure</h1>
      <p>Asked for on {moment(requestedAt, zone)}.</p>
      {state === 'waits' && <p>It begins on {moment(dueAt, zone)}, unless you take it back.</p>}
      {state === 'goes_on' && <p>It goes on. Come back in some minutes.</p>}
      {state === 'done' && (
        <>
          <p>Done on {moment(doneAt, zone)}.</p>
          <p>
            <a href={`/my-data/erasure/${encodeURIComponent(erasureId)}/certificate`} download>
              The signed certificate
            </a>{' '}
            lists each place, what was done there, and until when the last bytes are gone.
          </p>
        </>
      )}
    </section>
  )
}
