// Sharing: who else may read a bike, until when, and where the private places are.
import { type Context, Hono } from 'hono'
import { DateTime } from 'luxon'
import { z } from 'zod'
import { type Bike, bikeList, listOf, time } from '../answers.ts'
import type { Answer, Api } from '../api.ts'
import { nameOf } from '../bike-parts.tsx'
import { day, number } from '../format.ts'
import { type Fault, faultOf, readForm, statusOf } from '../forms.ts'
import { Icon } from '../icons.tsx'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { TroubleNote } from '../trouble.tsx'
import { Done } from './my-data.tsx'
import { type Zone, zoneList } from './private-places.tsx'

const grant = z.object({
  grantId: z.string(),
  to: z.string(),
  scopes: listOf(z.string()).catch([]),
  ...{ from: time, until: time, ridesFrom: time },
  holds: z.boolean().catch(false),
})
type Grant = z.output<typeof grant>
const grants = z.object({ grants: listOf(grant) })

const scopes: Readonly<Record<string, string>> = {
  state: 'Where it is and how full, also live',
  rides: 'Rides from today on, without what lies in your private places',
}
const done: Readonly<Record<string, string>> = {
  given: 'They may read it from now on.',
  ended: 'They read nothing any more.',
}
/** Each asks for its grants. */
const mostBikes = 20

export function sharingPages({ api }: { readonly api: Api }): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()
  const pathOf = (bikeId: string) => `/v1/riders/me/bikes/${encodeURIComponent(bikeId)}/grants`

  async function show(c: Context<ConsoleEnv>, fault?: Fault) {
    const { session, zone } = c.var
    const [owned, places] = await Promise.all([
      api.ask({ session, path: '/v1/riders/me/bikes', schema: bikeList }),
      api.ask({ session, path: '/v1/riders/me/privacy-zones', schema: zoneList }),
    ])
    const bikes = 'value' in owned ? owned.value.bikes.filter(({ now }) => now).slice(0, mostBikes) : []
    const given = await Promise.all(
      bikes.map(async (bike) => ({
        bike,
        answer: await api.ask({ session, path: pathOf(bike.bikeId), schema: grants }),
      })),
    )
    return showPage(
      c,
      { title: 'Sharing', area: 'Sharing', status: statusOf(fault) },
      <>
        <h1>Sharing</h1>
        <Done words={done[c.req.query('done') ?? '']} />
        {'trouble' in owned && <TroubleNote trouble={owned.trouble} what="Your bikes" />}
        <div class="cards">
          {given.map((each) => (
            <GrantCard {...{ ...each, zone, fault }} />
          ))}
        </div>
        {bikes.length > 0 ? (
          <GrantForm {...{ bikes, zone, fault }} />
        ) : (
          'value' in owned && <p class="card none">You have no bike to share.</p>
        )}
        <Places places={places} />
      </>,
    )
  }

  pages.get('/sharing', (c) => show(c))

  pages.post('/sharing/grants', async (c) => {
    const form = await readForm(c)
    const [to, scopes] = [form.text('to'), form.all('scopes')]
    const until = DateTime.fromISO(form.text('until'), { zone: c.var.zone }).endOf('day')
    if (to === '') return show(c, faultOf('grant', 'Say who may read it.'))
    if (scopes.length === 0) return show(c, faultOf('grant', 'Choose what they may read.'))
    if (!until.isValid) return show(c, faultOf('grant', 'Say until which day.'))
    const isPast = form.text('past') === 'yes'
    const body = {
      ...{ to, scopes, until: until.toUTC().toISO() },
      ...(isPast && { ridesFrom: new Date(0).toISOString() }),
    }
    const path = pathOf(form.text('bikeId'))
    const answer = await api.ask({ session: c.var.session, path, method: 'POST', body, schema: z.unknown() })
    if ('trouble' in answer) return show(c, { form: 'grant', trouble: answer.trouble })
    return c.redirect('/sharing?done=given', 303)
  })

  pages.post('/sharing/grants/:bikeId/:grantId/end', async (c) => {
    const { bikeId, grantId } = c.req.param()
    const path = `${pathOf(bikeId)}/${encodeURIComponent(grantId)}`
    const answer = await api.ask({ session: c.var.session, path, method: 'DELETE', schema: z.unknown() })
    if ('trouble' in answer) return show(c, { form: bikeId, trouble: answer.trouble })
    return c.redirect('/sharing?done=ended', 303)
  })

  return pages
}

interface GrantCardProps {
  readonly bike: Bike
  readonly answer: Answer<z.output<typeof grants>>
  readonly zone: string
  readonly fault: Fault | undefined
}

function GrantCard({ bike, answer, zone, fault }: GrantCardProps) {
  if ('trouble' in answer)
    return (
      <section class="card stack">
        <h2>{nameOf(bike)}</h2>
        <TroubleNote trouble={answer.trouble} what="Who may read it" />
      </section>
    )
  const [open, ended] = [
    answer.value.grants.filter(({ holds }) => holds),
    answer.value.grants.filter(({ holds }) => !holds),
  ]
  return (
    <section class="card stack">
      <h2>{nameOf(bike)}</h2>
      {fault?.form === bike.bikeId && <TroubleNote trouble={fault.trouble} what={nameOf(bike)} />}
      {open.length === 0 && <p class="none">Nobody but you reads this bike.</p>}
      <ul class="plain">
        {open.map((grant) => (
          <li class="split">
            <Who {...{ grant, zone }} />
            <form method="post" action={`/sharing/grants/${bike.bikeId}/${grant.grantId}/end`}>
              <button type="submit" class="quiet" aria-label={`End: ${grant.to}`}>
                End
              </button>
            </form>
          </li>
        ))}
      </ul>
      {ended.length > 0 && (
        <details>
          <summary>Ended</summary>
          <ul class="plain">
            {ended.map((grant) => (
              <li>
                <Who {...{ grant, zone }} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function Who({ grant, zone }: { readonly grant: Grant; readonly zone: string }) {
  return (
    <div>
      <strong>{grant.to}</strong>
      <p class="quiet">
        {grant.scopes.map((scope) => opened(scope, grant, zone)).join('; ')}
        <br />
        {day(grant.from, zone) ?? '–'} to {day(grant.until, zone) ?? '–'}
      </p>
    </div>
  )
}

/** Of rides it says since when: `Rides since Sat 14 March 2026`. */
function opened(scope: string, { ridesFrom }: Grant, zone: string): string {
  if (scope !== 'rides') return scopes[scope] ?? scope
  return ridesFrom !== undefined && ridesFrom > 0 ? `Rides since ${day(ridesFrom, zone)}` : 'All rides'
}

interface GrantFormProps {
  readonly bikes: readonly Bike[]
  readonly zone: string
  readonly fault: Fault | undefined
}

function GrantForm({ bikes, zone, fault }: GrantFormProps) {
  const today = DateTime.now().setZone(zone)
  return (
    <section class="card stack" aria-labelledby="give">
      <h2 id="give">Let somebody read a bike</h2>
      <p class="quiet">
        An insurer, a workshop, another app. You can end it at any time, and it ends with the day you choose.
      </p>
      {fault?.form === 'grant' && <TroubleNote trouble={fault.trouble} what="This" />}
      <form method="post" action="/sharing/grants">
        <label>
          Bike
          <select name="bikeId">
            {bikes.map((bike) => (
              <option value={bike.bikeId}>{nameOf(bike)}</option>
            ))}
          </select>
        </label>
        <label>
          Who, by the name that they gave you
          <input name="to" maxlength={256} required autocapitalize="none" spellcheck={false} />
        </label>
        <fieldset>
          <legend>What they may read</legend>
          {Object.entries(scopes).map(([scope, words]) => (
            <label class="check">
              <input type="checkbox" name="scopes" value={scope} /> {words}
            </label>
          ))}
          <label class="check">
            <input type="checkbox" name="past" value="yes" /> … and rides until now
          </label>
        </fieldset>
        <label>
          Until the end of
          <input
            type="date"
            name="until"
            required
            min={today.toISODate() ?? undefined}
            max={today.plus({ days: 728 }).toISODate() ?? undefined}
            value={today.plus({ months: 6 }).toISODate() ?? undefined}
          />
        </label>
        <button type="submit">Let them read it</button>
      </form>
    </section>
  )
}

function Places({ places }: { readonly places: Answer<{ zones: Zone[] }> }) {
  return (
    <section class="card stack" aria-labelledby="places">
      <h2 id="places">Private places</h2>
      <p class="quiet">
        Others get nothing of a ride from within them: not where you live, and not the way there.
      </p>
      {'value' in places ? (
        <p>
          {places.value.zones.length === 0
            ? 'None yet.'
            : `${number(places.value.zones.length)} of at most 10.`}
        </p>
      ) : (
        <TroubleNote trouble={places.trouble} what="Your private places" />
      )}
      <p class="actions">
        <a class="button quiet" href="/sharing/places">
          Choose places <Icon name="next" />
        </a>
      </p>
    </section>
  )
}
