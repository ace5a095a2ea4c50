// A bike: its charge, how far it comes at which level of assistance, and why.
import { Hono } from 'hono'
import {
  bikeList,
  type LatestState,
  latestState,
  metricOf,
  type RangeAnswer,
  rangeAnswer,
} from '../answers.ts'
import type { Answer, Api } from '../api.ts'
import { Charge, nameOf, Range, Seen } from '../bike-parts.tsx'
import { Figure } from '../figures.tsx'
import { kilometres, number } from '../format.ts'
import { Icon } from '../icons.tsx'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { TroubleNote, troublePage } from '../trouble.tsx'

const levels = [1, 2, 3, 4, 5] as const

export function bikePages({ api }: { readonly api: Api }): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()
  pages.get('/bikes/:bikeId', async (c) => {
    const { session } = c.var
    const bikeId = c.req.param('bikeId')
    const level = levels.find((each) => String(each) === c.req.query('level'))
    const path = `/v1/bikes/${encodeURIComponent(bikeId)}`
    const [bikes, state, range] = await Promise.all([
      api.ask({ session, path: '/v1/riders/me/bikes', schema: bikeList }),
      api.ask({ session, path: `${path}/latest`, schema: latestState }),
      api.ask({ session, path: `${path}/range`, method: 'POST', body: { level }, schema: rangeAnswer }),
    ])
    if ('trouble' in bikes) return troublePage(c, bikes.trouble)
    const bike = bikes.value.bikes.find((each) => each.now && each.bikeId === bikeId)
    if (bike === undefined) return troublePage(c, { kind: 'missing' })
    return showPage(
      c,
      { title: nameOf(bike), area: 'Bikes', islands: ['live'] },
      <div class="page" data-bike={bikeId}>
        <header class="title">
          <p>
            <a class="back" href="/">
              <Icon name="back" /> My bikes
            </a>
          </p>
          <h1>{nameOf(bike)}</h1>
          {bike.model && bike.frameNumber && <p class="quiet">Frame {bike.frameNumber}</p>}
          {'value' in state && <Seen state={state.value} />}
        </header>
        <div class="cards">
          <Facts state={state} />
          <Far {...{ bikeId, level, range }} />
        </div>
        <p class="actions">
          <a class="button" href={`/plan?bike=${encodeURIComponent(bikeId)}`}>
            Plan a ride
          </a>
          <a class="button" href={`/rides?bike=${bikeId}`}>
            Rides with this bike
          </a>
        </p>
      </div>,
    )
  })
  return pages
}

function Facts({ state }: { readonly state: Answer<LatestState> }) {
  if ('trouble' in state) return <TroubleNote trouble={state.trouble} what="The charge" />
  const { battery, ride } = state.value.groups
  return (
    <section class="card bike" aria-label="State">
      <Charge state={state.value} />
      <dl class="figures two">
        <Figure label="Ridden in all" value={kilometres(metricOf(ride, 'odometer_m'))} unit="km" />
        <Figure label="Battery is" value={number(metricOf(battery, 'battery_temperature_c'))} unit="°C" />
        <Figure label="Level set" value={number(metricOf(ride, 'assist_level'))} />
        <Figure label="Full charges" value={number(metricOf(battery, 'charge_cycles'))} />
      </dl>
    </section>
  )
}

interface FarProps {
  readonly bikeId: string
  readonly level: number | undefined
  readonly range: Answer<RangeAnswer>
}

function Far({ bikeId, level, range }: FarProps) {
  return (
    <section class="card bike" aria-label="Range">
      <div class="levels">
        <h2 class="label" id="level">
          Level of assistance
        </h2>
        <nav class="segments" aria-labelledby="level">
          <a href={`/bikes/${bikeId}`} aria-current={level === undefined ? 'true' : undefined}>
            Usual
          </a>
          {levels.map((each) => (
            <a
              href={`/bikes/${bikeId}?level=${each}`}
              aria-current={level === each ? 'true' : undefined}
              aria-label={`Level ${each}`}
            >
              {each}
            </a>
          ))}
        </nav>
      </div>
      {'value' in range ? (
        <>
          <Range range={range.value} />
          {range.value.status === 'estimate' && <Causes {...range.value} />}
        </>
      ) : (
        <TroubleNote trouble={range.trouble} what="The range" />
      )}
    </section>
  )
}

type Estimate = Extract<RangeAnswer, { status: 'estimate' }>

const causes = [
  ['levelPct', 'Level of assistance'],
  ['climbPct', 'Climbs'],
  ['windPct', 'Wind'],
  ['temperaturePct', 'Temperature'],
  ['youPct', 'You, your bike and luggage'],
] as const

const inputs: Readonly<Record<string, string>> = {
  level: 'level of assistance',
  wind: 'wind',
  temperatureC: 'temperature',
  massKg: 'weight',
  heights: 'climbs',
}

function Causes({ contributions, usableWh, whPerKm, assumed }: Estimate) {
  return (
    <details>
      <summary>Why so far</summary>
      <ul class="causes">
        <li>
          <span>In the battery</span>
          <strong>{number(usableWh) ?? '–'} Wh</strong>
        </li>
        <li>
          <span>Most likely use</span>
          <strong>{number(whPerKm?.p50, 1) ?? '–'} Wh/km</strong>
        </li>
        {contributions &&
          causes.map(([key, name]) => (
            <li>
              <span>{name}</span>
              <strong>{changeOf(contributions[key])}</strong>
            </li>
          ))}
      </ul>
      <p class="quiet">Of ten rides eight end within the interval, one before it and one beyond.</p>
      {assumed.length > 0 && (
        <p class="quiet">
          Taken from your rides, or from those of others:{' '}
          {assumed.map((each) => inputs[each] ?? each).join(', ')}.
        </p>
      )}
    </details>
  )
}

/** `+14 %`, `−3 %`, `no change` */
function changeOf(percent: number | undefined): string {
  const shown = number(percent === undefined ? undefined : Math.abs(percent))
  if (percent === undefined || shown === undefined) return 'not available'
  if (shown === '0') return 'no change'
  return `${percent > 0 ? '+' : '−'}${shown} %`
}
