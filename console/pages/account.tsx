// My account: which bikes are mine, how one becomes mine or another rider's, what others did with them, and the way out.
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { listOf, time } from '../answers.ts'
import type { Api } from '../api.ts'
import { day } from '../format.ts'
import { type Fault, faultOf, readForm, statusOf } from '../forms.ts'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { TroubleNote } from '../trouble.tsx'
import { Done } from './my-data.tsx'

const bike = z.object({
  bikeId: z.string(),
  frameNumber: z.string().nullish().catch(undefined),
  now: z.boolean().catch(false),
  offer: z.object({ offerId: z.string(), validUntil: time }).nullish().catch(undefined),
  case: z.object({ caseId: z.string(), state: z.string(), objectUntil: time }).nullish().catch(undefined),
})
type Bike = z.output<typeof bike>
const bikes = z.object({ bikes: listOf(bike) })
const notice = z.object({ at: time, kind: z.string(), bikeId: z.string(), reason: z.string().optional() })
const notices = z.object({ notices: listOf(notice) })
type Notice = z.output<typeof notice>
const madeOffer = z.object({ code: z.string(), validUntil: time })
const anything = z.unknown()

const done: Readonly<Record<string, string>> = {
  claimed: 'The bike is yours. Good rides!',
  'offer-ended': 'The offer has ended; its code is of no use any more.',
  released: 'The bike is not yours any more.',
  objected: 'Your objection was sent. Staff will decide again.',
}
const happened: Readonly<Record<string, string>> = {
  case_opened: 'Staff say that this bike is another rider’s.',
  case_effective: 'The bike is another rider’s now.',
  case_dismissed: 'The doubt was dismissed: the bike stays yours.',
  offer_accepted: 'Somebody used the code of your offer: the bike is theirs now.',
}

/** A code to show once. */
interface Shown {
  readonly bikeId: string
  readonly code: string
  readonly validUntil?: number | undefined
}

export function accountPages({ api }: { readonly api: Api }): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()
  const pathOf = (bikeId: string) => `/v1/riders/me/bikes/${encodeURIComponent(bikeId)}`

  async function show(c: Context<ConsoleEnv>, { fault, shown }: { fault?: Fault; shown?: Shown } = {}) {
    const { session, zone } = c.var
    const [owned, told] = await Promise.all([
      api.ask({ session, path: '/v1/riders/me/bikes', schema: bikes }),
      api.ask({ session, path: '/v1/riders/me/notices', schema: notices }),
    ])
    return showPage(
      c,
      { title: 'Account', area: 'Account', status: statusOf(fault) },
      <>
        <h1>Account</h1>
        <Done words={done[c.req.query('done') ?? '']} />
        <section class="group" aria-labelledby="bikes">
          <h2 id="bikes">My bikes</h2>
          {'value' in owned ? (
            <div class="cards">
              {owned.value.bikes
                .filter(({ now }) => now)
                .map((each) => (
                  <BikeCard
                    {...{ bike: each, zone, fault }}
                    shown={shown?.bikeId === each.bikeId ? shown : undefined}
                  />
                ))}
              <ClaimCard fault={fault} />
            </div>
          ) : (
            <TroubleNote trouble={owned.trouble} what="Your bikes" />
          )}
        </section>
        {'value' in owned && <FormerBikes bikes={owned.value.bikes.filter(({ now }) => !now)} />}
        {'value' in told ? (
          <NoticeList {...{ notices: told.value.notices, zone }} />
        ) : (
          <TroubleNote trouble={told.trouble} what="What others did with your bikes" />
        )}
        <section class="card lone" aria-labelledby="out">
          <h2 id="out">{session.name}</h2>
          <p>You are signed in on this device.</p>
          <form method="post" action="/sign-out">
            <button type="submit" class="quiet">
              Sign out
            </button>
          </form>
        </section>
      </>,
    )
  }

  pages.get('/account', (c) => show(c))

  pages.post('/account/claims', async (c) => {
    const code = (await readForm(c)).text('code')
    if (code === '')
      return show(c, { fault: faultOf('claim', 'Enter the code of the receipt or of the offer.') })
    const answer = await api.ask({
      ...{
        session: c.var.session,
        path: '/v1/riders/me/claims',
        method: 'POST',
        body: { code },
        schema: anything,
      },
    })
    if ('value' in answer) return c.redirect('/account?done=claimed', 303)
    const { trouble } = answer
    const isNoCode = trouble.reason === 'request_invalid'
    return show(c, {
      fault: isNoCode
        ? faultOf('claim', 'This is no code: a code has 16 letters and digits.')
        : { form: 'claim', trouble },
    })
  })

  pages.post('/account/bikes/:bikeId/offers', async (c) => {
    const bikeId = c.req.param('bikeId')
    const path = `${pathOf(bikeId)}/offers`
    const asked = { session: c.var.session, path, method: 'POST', body: {} } as const
    const answer = await api.ask({ ...asked, schema: madeOffer })
    if ('trouble' in answer) return show(c, { fault: { form: bikeId, trouble: answer.trouble } })
    return show(c, { shown: { bikeId, ...answer.value } })
  })

  pages.post('/account/bikes/:bikeId/offers/:offerId/end', (c) =>
    carryOut(c, `/offers/${encodeURIComponent(c.req.param('offerId'))}`, {
      method: 'DELETE',
      said: 'offer-ended',
    }),
  )

  pages.post('/account/bikes/:bikeId/release', async (c) => {
    if ((await readForm(c)).text('sure') !== 'yes')
      return show(c, { fault: faultOf(c.req.param('bikeId'), 'Tick that you give the bike up.') })
    return carryOut(c, '/release', { method: 'POST', said: 'released' })
  })

  pages.post('/account/bikes/:bikeId/cases/:caseId/objection', async (c) => {
    const reason = (await readForm(c)).text('reason')
    const path = `/v1/riders/me/cases/${encodeURIComponent(c.req.param('caseId'))}/objection`
    const asked = { session: c.var.session, path, method: 'POST', body: { reason } } as const
    const answer = await api.ask({ ...asked, schema: anything })
    if ('trouble' in answer)
      return show(c, { fault: { form: c.req.param('bikeId'), trouble: answer.trouble } })
    return c.redirect('/account?done=objected', 303)
  })

  async function carryOut(
    c: Context<ConsoleEnv, '/:bikeId'>,
    path: string,
    { method, said }: { readonly method: 'POST' | 'DELETE'; readonly said: string },
  ) {
    const bikeId = c.req.param('bikeId')
    const asked = { session: c.var.session, path: `${pathOf(bikeId)}${path}`, method }
    const answer = await api.ask({ ...asked, schema: anything })
    if ('trouble' in answer) return show(c, { fault: { form: bikeId, trouble: answer.trouble } })
    return c.redirect(`/account?done=${said}`, 303)
  }

  return pages
}

const nameOf = ({ frameNumber, bikeId }: Bike) =>
  frameNumber ? `Bike ${frameNumber}` : `Bike ${bikeId.slice(0, 8)}`

function ClaimCard({ fault }: { readonly fault: Fault | undefined }) {
  const isFaulty = fault?.form === 'claim'
  return (
    <section class="card stack" aria-labelledby="claim">
      <h3 id="claim">A new bike</h3>
      {isFaulty && <TroubleNote trouble={fault.trouble} what="The code" />}
      <form method="post" action="/account/claims">
        <label>
          Code of the receipt, or of the former owner’s offer
          <input
            name="code"
            maxlength={64}
            autocomplete="off"
            autocapitalize="characters"
            spellcheck={false}
            placeholder="XXXX-XXXX-XXXX-XXXX"
            aria-invalid={isFaulty}
          />
        </label>
        <button type="submit">Make it mine</button>
      </form>
    </section>
  )
}

interface BikeCardProps {
  readonly bike: Bike
  readonly zone: string
  readonly fault: Fault | undefined
  readonly shown: Shown | undefined
}

function BikeCard({ bike, zone, fault, shown }: BikeCardProps) {
  const { bikeId, offer } = bike
  const action = `/account/bikes/${encodeURIComponent(bikeId)}`
  return (
    <article class="card stack">
      <h3>{nameOf(bike)}</h3>
      {fault?.form === bikeId && <TroubleNote trouble={fault.trouble} what={nameOf(bike)} />}
      {bike.case && <CaseForm {...{ action, zone }} case={bike.case} />}
      {shown && (
        <div class="note" role="status">
          <p>Give this code to the next owner. It is shown this once.</p>
          <p class="code">{shown.code}</p>
          <p>Valid until {day(shown.validUntil, zone) ?? 'it is used'}.</p>
        </div>
      )}
      {offer ? (
        <form method="post" action={`${action}/offers/${encodeURIComponent(offer.offerId)}/end`}>
          <p>You offer this bike until {day(offer.validUntil, zone) ?? 'somebody uses the code'}.</p>
          <button type="submit" class="quiet">
            End the offer
          </button>
        </form>
      ) : (
        <form method="post" action={`${action}/offers`}>
          <p>Selling it? The next owner gets a code, and the bike is yours until it is used.</p>
          <button type="submit" class="quiet">
            Offer it
          </button>
        </form>
      )}
      <details>
        <summary>Give it up</summary>
        <form method="post" action={`${action}/release`}>
          <p>Nobody owns the bike then, as when a dealer takes it back. Your rides stay yours.</p>
          <label class="check">
            <input type="checkbox" name="sure" value="yes" required /> I give this bike up
          </label>
          <button type="submit" class="danger">
            Give up {nameOf(bike)}
          </button>
        </form>
      </details>
    </article>
  )
}

interface CaseFormProps {
  readonly action: string
  readonly zone: string
  readonly case: NonNullable<Bike['case']>
}

function CaseForm({ action, zone, case: { caseId, state, objectUntil } }: CaseFormProps) {
  return (
    <div class="note">
      <p>
        <strong>Staff say that this bike is another rider’s.</strong>
      </p>
      {state === 'waiting' ? (
        <form method="post" action={`${action}/cases/${encodeURIComponent(caseId)}/objection`}>
          <label>
            Why it is yours
            <textarea name="reason" rows={3} minlength={3} maxlength={2000} required />
          </label>
          <p>You can object until {day(objectUntil, zone) ?? 'the case is decided'}.</p>
          <button type="submit">Object</button>
        </form>
      ) : (
        <p>You have objected; staff will decide again.</p>
      )}
    </div>
  )
}

function FormerBikes({ bikes }: { readonly bikes: readonly Bike[] }) {
  if (bikes.length === 0) return null
  return (
    <details class="card">
      <summary>Bikes that were mine</summary>
      <ul class="plain">
        {bikes.map((each) => (
          <li>{nameOf(each)}</li>
        ))}
      </ul>
    </details>
  )
}

function NoticeList({ notices, zone }: { readonly notices: readonly Notice[]; readonly zone: string }) {
  if (notices.length === 0) return null
  return (
    <section class="card stack" aria-labelledby="notices">
      <h2 id="notices">What happened</h2>
      <ol class="plain">
        {notices.map(({ at, kind, reason }) => (
          <li>
            <span class="quiet">{day(at, zone) ?? 'Day not available'}</span>
            <br />
            {happened[kind] ?? kind}
            {reason && ` (${reason})`}
          </li>
        ))}
      </ol>
    </section>
  )
}
