// A ride: its numbers, its way on a map, charts with one cursor, what the rider says of it, and files.
import { type Context, Hono } from 'hono'
import { type Ride, ride as rideSchema, type Streams, streams as streamsSchema } from '../answers.ts'
import type { Answer, Api } from '../api.ts'
import { island } from '../assets.ts'
import { Figure } from '../figures.tsx'
import { clock, day, duration, kilometres, number, spent } from '../format.ts'
import { Icon } from '../icons.tsx'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { RideMap } from '../rides/map.tsx'
import { charted, momentsOf } from '../rides/moments.ts'
import { TroubleNote, troublePage } from '../trouble.tsx'
import { titleOf } from './rides.tsx'

/** What a ride can be taken away as. */
const formats = {
  gpx: 'GPX, for most apps',
  fit: 'FIT, for training apps',
  csv: 'CSV, for spreadsheets',
  geojson: 'GeoJSON, for maps',
  json: 'JSON, for programs',
} as const

const resolutions = ['medium', 'high', 'all'] as const

export function ridePages({ api }: { readonly api: Api }): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()
  const pathOf = (rideId: string) => `/v1/riders/me/rides/${encodeURIComponent(rideId)}`
  const asked = (c: Context<ConsoleEnv, '/rides/:rideId'>) => ({
    session: c.var.session,
    path: pathOf(c.req.param('rideId')),
  })

  pages.get('/rides/:rideId', async (c) => {
    const { session, zone } = c.var
    const found = await api.ask({ ...asked(c), schema: rideSchema })
    if ('trouble' in found) return troublePage(c, found.trouble)
    const ride = found.value
    // A late piece joined it with another one: the address of earlier leads here.
    if (ride.rideId !== c.req.param('rideId')) return c.redirect(addressOf(ride), 308)
    const streams = await api.ask({
      ...{ session, path: `${pathOf(ride.rideId)}/streams`, schema: streamsSchema },
      query: { resolution: 'medium', metrics: metrics.join(',') },
    })
    const title = titleOf(ride, zone)
    return showPage(
      c,
      { title, area: 'Rides', islands: ['ride'], charts: true },
      <RideContent {...{ ride, streams, title, zone, saved: c.req.query('saved') !== undefined }} />,
    )
  })

  pages.post('/rides/:rideId', async (c) => {
    const form = await c.req.parseBody()
    const name = String(form.name ?? '').trim()
    const body = { name: name || null, hidden: form.hidden === 'yes', notMe: form.notMe === 'yes' }
    const answer = await api.ask({ ...asked(c), method: 'PATCH', body, schema: rideSchema })
    if ('trouble' in answer) return troublePage(c, answer.trouble)
    return c.redirect(`${addressOf(answer.value)}?saved`, 303)
  })

  pages.get('/rides/:rideId/streams', async (c) => {
    const resolution = resolutions.find((each) => each === c.req.query('resolution')) ?? 'medium'
    const query = { resolution, metrics: metrics.join(',') }
    const { session, path } = asked(c)
    return passedOn(c, await api.open({ session, path: `${path}/streams`, query, signal: c.req.raw.signal }))
  })

  pages.get('/rides/:rideId/file', async (c) => {
    const format = Object.keys(formats).find((each) => each === c.req.query('format')) ?? 'gpx'
    const query = { shared: c.req.query('shared') === 'yes' ? 'true' : undefined }
    const { session, path } = asked(c)
    const signal = c.req.raw.signal
    return passedOn(c, await api.open({ session, path: `${path}/files/${format}`, query, signal }))
  })

  return pages
}

const addressOf = ({ rideId }: Ride) => `/rides/${encodeURIComponent(rideId)}`
const metrics = ['latitude_deg', 'longitude_deg', ...charted.map(({ metric }) => metric)]

function passedOn(c: Context<ConsoleEnv>, answer: Answer<Response>): Response | Promise<Response> {
  if ('trouble' in answer) return troublePage(c, answer.trouble)
  const { body, headers } = answer.value
  const kept = ['content-type', 'content-disposition'].flatMap((name): [string, string][] => {
    const value = headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  return c.newResponse(body, 200, Object.fromEntries(kept))
}

interface RideProps {
  readonly ride: Ride
  readonly streams: Answer<Streams>
  readonly title: string
  readonly zone: string
  readonly saved: boolean
}

function RideContent({ ride, streams, title, zone, saved }: RideProps) {
  return (
    <>
      <header class="title">
        <p>
          <a class="back" href="/rides">
            <Icon name="back" /> My rides
          </a>
        </p>
        <h1>{title}</h1>
        <p class="quiet">
          {day(ride.from, zone) ?? 'Day not available'}, {clock(ride.from, zone) ?? '–'} to{' '}
          {clock(ride.until, zone) ?? '–'}
          {ride.open && <span class="badge live">On the way</span>}
          {ride.hidden && <span class="badge">Hidden</span>}
          {ride.notMe && <span class="badge">Not me</span>}
        </p>
        {saved && (
          <p class="done" role="status">
            Saved.
          </p>
        )}
      </header>
      <Numbers {...ride} />
      {'value' in streams ? (
        <Way rideId={ride.rideId} streams={streams.value} zone={zone} />
      ) : (
        <TroubleNote trouble={streams.trouble} what="The map and the charts" />
      )}
      <div class="cards">
        <SayForm {...ride} />
        <FileForm {...ride} />
      </div>
    </>
  )
}

function Numbers({ summary }: Ride) {
  const { movingS, standingS, ambientC, chargeStartPct, chargeEndPct, gaps } = summary
  const charge = [number(chargeStartPct) ?? '–', number(chargeEndPct) ?? '–'].join(' → ')
  const chargeKnown = chargeStartPct !== undefined || chargeEndPct !== undefined
  return (
    <section class="card" aria-label="Numbers">
      <dl class="figures main">
        <Figure label="Distance" value={kilometres(summary.distanceM)} unit="km" />
        <Figure label="Moving" {...spent(movingS)} />
        <Figure label="Energy" value={number(summary.whPerKm, 1)} unit="Wh/km" />
        <Figure label="Climbed" value={number(summary.ascentM)} unit="m" />
      </dl>
      <dl class="figures">
        <Figure label="Average" value={number(summary.averageKmh, 1)} unit="km/h" />
        <Figure label="Fastest" value={number(summary.maxKmh, 1)} unit="km/h" />
        <Figure label="Standing" {...spent(standingS)} />
        <Figure label="Battery" value={chargeKnown ? charge : undefined} unit="%" />
        <Figure label="From the battery" value={number(summary.energyWh)} unit="Wh" />
        <Figure label="From your legs" value={number(summary.riderWorkWh)} unit="Wh" />
        <Figure label="Air" value={number(ambientC?.mean)} unit="°C" />
        <Figure label="Descended" value={number(summary.descentM)} unit="m" />
      </dl>
      {summary.assistShares.length > 0 && <Assist shares={summary.assistShares} />}
      {gaps.length > 0 && (
        <p class="quiet">
          {gaps.length === 1 ? 'Once' : `${gaps.length} times`} nothing was recorded
          {summary.unrecordedS ? `, ${duration(summary.unrecordedS)} together` : ''}.
        </p>
      )}
    </section>
  )
}

type Shares = Ride['summary']['assistShares']
const levelName = (level: number) => (level === 0 ? 'Off' : `Level ${level}`)

function Assist({ shares }: { readonly shares: Shares }) {
  let left = 0
  const parts = shares.map(({ level, share }) => {
    const from = left
    left += share * 100
    return { level, share, from }
  })
  return (
    <figure class="assist">
      <figcaption class="label">Assistance</figcaption>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        {parts.map(({ level, share, from }) => (
          <rect class={`level-${level}`} x={from} width={Math.max(0, share * 100 - 0.4)} height="6" />
        ))}
      </svg>
      <ul class="legend">
        {parts.map(({ level, share }) => (
          <li>
            <span class={`key level-${level}`} aria-hidden="true" />
            {levelName(level)} {number(share * 100)} %
          </li>
        ))}
      </ul>
    </figure>
  )
}

interface WayProps {
  readonly rideId: string
  readonly streams: Streams
  readonly zone: string
}

function Way({ rideId, streams, zone }: WayProps) {
  const moments = momentsOf(streams, 13)
  if (moments.length === 0)
    return (
      <section class="card lone">
        <h2>The way</h2>
        <p class="none">Map and charts are not available: no sample of this ride can be shown.</p>
      </section>
    )
  return (
    <div class="way" data-ride={rideId} data-zone={zone} data-reader={island('streams').address}>
      <RideMap streams={streams} />
      <section class="card charts" aria-labelledby="charts">
        <header class="split">
          <h2 id="charts">Along the way</h2>
          <button type="button" class="quiet" data-part="all" hidden>
            Every sample
          </button>
        </header>
        <label class="cursor" data-part="cursor" hidden>
          <span>Move along the ride</span>
          <input type="range" min="0" max="1000" value="0" step="1" />
        </label>
        <output class="readout" data-part="readout" />
        <div data-part="charts" />
        <details>
          <summary>The charts as a table</summary>
          <Moments {...{ moments, zone }} />
        </details>
      </section>
    </div>
  )
}

interface MomentsProps {
  readonly moments: ReturnType<typeof momentsOf>
  readonly zone: string
}

function Moments({ moments, zone }: MomentsProps) {
  return (
    <section class="scroll" tabindex={0} aria-label="Values along the ride">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {charted.map(({ name, unit }) => (
              <th scope="col">
                {name}, {unit}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {moments.map(({ timeMs, values }) => (
            <tr>
              <th scope="row">{clock(timeMs, zone) ?? '–'}</th>
              {charted.map(({ metric, digits }) => (
                <td>{number(values[metric], digits) ?? '–'}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function SayForm({ rideId, name, hidden, notMe }: Ride) {
  return (
    <section class="card" aria-labelledby="say">
      <h2 id="say">About this ride</h2>
      <form method="post" action={`/rides/${encodeURIComponent(rideId)}`}>
        <label>
          Name
          <input name="name" value={name ?? ''} maxlength={200} autocomplete="off" />
        </label>
        <label class="check">
          <input type="checkbox" name="hidden" value="yes" checked={hidden} />
          Leave it out of my list
        </label>
        <label class="check">
          <input type="checkbox" name="notMe" value="yes" checked={notMe} />
          Somebody else rode: learn nothing from it
        </label>
        <p class="actions">
          <button type="submit">Save</button>
        </p>
      </form>
    </section>
  )
}

function FileForm({ rideId }: Ride) {
  return (
    <section class="card" aria-labelledby="files">
      <h2 id="files">Take it away</h2>
      <form method="get" action={`/rides/${encodeURIComponent(rideId)}/file`}>
        <label>
          As
          <select name="format">
            {Object.entries(formats).map(([format, text]) => (
              <option value={format}>{text}</option>
            ))}
          </select>
        </label>
        <label class="check">
          <input type="checkbox" name="shared" value="yes" />
          Hide my privacy zones, for others to see
        </label>
        <p class="actions">
          <button type="submit">Download</button>
        </p>
      </form>
    </section>
  )
}
