// How long, and whether the battery lasts: for a way that the rider has as a GPX. The browser reads the file (islands/way.ts) and asks
// here with its points.
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Bike, bikeList, quantiles, type RangeAnswer, rangeAnswer } from '../answers.ts'
import type { Answer, Api } from '../api.ts'
import { nameOf } from '../bike-parts.tsx'
import { Interval } from '../figures.tsx'
import { duration, number } from '../format.ts'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { TroubleNote, troublePage } from '../trouble.tsx'

const position = z.tuple([z.number(), z.number()]).rest(z.number())
const optionalNumber = z.preprocess(
  (typed) => (typed === '' ? undefined : typed),
  z.coerce.number().optional(),
)
const question = z.object({
  bikeId: z.string(),
  name: z.string().max(300).catch('Your way'),
  level: optionalNumber,
  temperature: optionalNumber,
  positions: z.array(position).min(2).max(10_000),
})

const durationAnswer = z.object({ distanceKm: z.number(), movingS: quantiles, elapsedS: quantiles })
type Duration = z.output<typeof durationAnswer>
const levels = ['Eco', 'Tour', 'Sport', 'Turbo', 'Boost']

export function planPages({ api }: { readonly api: Api }): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()

  pages.get('/plan', async (c) => {
    const { session } = c.var
    const answer = await api.ask({ session, path: '/v1/riders/me/bikes', schema: bikeList })
    if ('trouble' in answer) return troublePage(c, answer.trouble)
    const bikes = answer.value.bikes.filter(({ now }) => now)
    return showPage(
      c,
      { title: 'Plan a ride', area: 'Bikes', islands: ['way'] },
      <>
        <h1>Plan a ride</h1>
        {bikes.length === 0 ? (
          <p class="card none">Estimates are made for a bike of yours, and you have none yet.</p>
        ) : (
          <PlanForm bikes={bikes} chosen={c.req.query('bike')} />
        )}
        <section data-part="result" class="stack" aria-live="polite" aria-label="Estimate" tabindex={-1} />
      </>,
    )
  })

  pages.post('/plan', async (c: Context<ConsoleEnv>) => {
    const { session } = c.var
    const asked = question.safeParse(await c.req.json().catch(() => undefined))
    if (!asked.success) return c.html(<TroubleNote trouble={unreadable} what="The way" />, 422)
    const { bikeId, name, level, temperature: temperatureC, positions } = asked.data
    const route = { type: 'LineString', coordinates: positions }
    const conditions = { route, level, temperatureC }
    const [spent, range] = await Promise.all([
      api.ask({
        ...{ session, path: '/v1/riders/me/duration', method: 'POST', schema: durationAnswer },
        body: { ...conditions, bikeId },
      }),
      api.ask({
        ...{ session, path: `/v1/bikes/${encodeURIComponent(bikeId)}/range`, method: 'POST' },
        ...{ body: conditions, schema: rangeAnswer },
      }),
    ])
    if ('trouble' in spent) return c.html(<TroubleNote trouble={spent.trouble} what="The estimate" />)
    return c.html(<Estimate {...{ name, spent: spent.value, range }} />)
  })

  return pages
}

const unreadable = {
  kind: 'refused',
  detail: 'A way has from 2 to 10,000 points, each with longitude and latitude.',
} as const

function PlanForm({
  bikes,
  chosen,
}: {
  readonly bikes: readonly Bike[]
  readonly chosen: string | undefined
}) {
  return (
    <form class="plan card" method="post" action="/plan">
      <label>
        Bike
        <select name="bikeId">
          {bikes.map((bike) => (
            <option value={bike.bikeId} selected={bike.bikeId === chosen}>
              {nameOf(bike)}
            </option>
          ))}
        </select>
      </label>
      <div class="drop" hidden>
        <label>
          The way, as a GPX file
          <input type="file" accept=".gpx,application/gpx+xml,application/xml,text/xml" />
        </label>
        <p class="quiet">Choose it, or drop it here. At most 5 MB; it is read on this device.</p>
      </div>
      <noscript>
        <p class="note">
          The file is read by a script on this device. Allow scripts of this page to plan a ride.
        </p>
      </noscript>
      <details>
        <summary>Assistance and weather</summary>
        <div class="pair">
          <label>
            Assistance
            <select name="level">
              <option value="">As usual</option>
              {levels.map((word, index) => (
                <option value={index + 1}>
                  {index + 1} · {word}
                </option>
              ))}
            </select>
          </label>
          <label>
            Air, °C
            <input name="temperature" type="number" min={-40} max={60} placeholder="As usual" />
          </label>
        </div>
      </details>
      <button type="submit">Estimate</button>
    </form>
  )
}

interface EstimateProps {
  readonly name: string
  readonly spent: Duration
  readonly range: Answer<RangeAnswer>
}

function Estimate({ name, spent: { distanceKm, movingS, elapsedS }, range }: EstimateProps) {
  return (
    <div class="card stack">
      <h2>{name}</h2>
      <p class="quiet">{number(distanceKm, 1)} km</p>
      <Time label="Riding" seconds={movingS} />
      <Time label="With pauses" seconds={elapsedS} />
      {'value' in range ? (
        <Arrival range={range.value} />
      ) : (
        <TroubleNote trouble={range.trouble} what="The battery" />
      )}
    </div>
  )
}

function Time({ label, seconds }: { readonly label: string; readonly seconds: Duration['movingS'] }) {
  return (
    <div class="hero">
      <p class="label">{label}</p>
      <p class="large">
        <strong>{duration(seconds.p50)}</strong>
      </p>
      <Interval quantiles={seconds} />
      <p class="quiet">
        Most likely {duration(seconds.p10)} to {duration(seconds.p90)}.
      </p>
    </div>
  )
}

function Arrival({ range }: { readonly range: RangeAnswer }) {
  if (range.status === 'not_enough_data' || range.destination === undefined)
    return <p class="none">Whether the battery lasts cannot be told yet: too little is known of it.</p>
  const percent = Math.floor(range.destination.reachProbability * 100)
  return (
    <div class="hero">
      <p class="label">The battery lasts</p>
      <p class={`large${percent < 80 ? ' doubtful' : ''}`}>
        <strong>{percent >= 99 ? 'over 99' : percent < 1 ? 'under 1' : percent}</strong>
        <small> %</small>
      </p>
      <p class="quiet">{verdict(percent)}</p>
    </div>
  )
}

const verdict = (percent: number) =>
  percent >= 90
    ? 'You arrive with the charge of now.'
    : percent >= 50
      ? 'It may not last. Ride with less assistance, or charge before.'
      : 'Charge before you start.'
