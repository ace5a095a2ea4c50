// My rides: the list, and what the last weeks or months were in sum.
import { Hono } from 'hono'
import { DateTime } from 'luxon'
import { type Bike, bikeList, type Ride, ridePage, type Total, totalList } from '../answers.ts'
import type { Answer, Api } from '../api.ts'
import { nameOf } from '../bike-parts.tsx'
import { Figure } from '../figures.tsx'
import { clock, duration, kilometres, month, number, shortDate, shortDay, spent } from '../format.ts'
import { Icon } from '../icons.tsx'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { TroubleNote } from '../trouble.tsx'

const ridesAPage = '30'

/** As the address says it; all of it may be absent. */
interface Filter {
  readonly bike: string
  /** Days there, such as `2026-03-14`. */
  readonly from: string
  readonly until: string
  readonly hidden: string
  readonly by: 'week' | 'month'
}

export function rideListPages({ api }: { readonly api: Api }): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()
  pages.get('/rides', async (c) => {
    const { session, zone } = c.var
    const asked = (name: string) => c.req.query(name) ?? ''
    const by = asked('by') === 'month' ? 'month' : 'week'
    const filter: Filter = {
      ...{ bike: asked('bike'), from: asked('from'), until: asked('until'), hidden: asked('hidden'), by },
    }
    const bikeId = filter.bike || undefined
    const [rides, totals, bikes] = await Promise.all([
      api.ask({
        ...{ session, path: '/v1/riders/me/rides', schema: ridePage },
        query: {
          ...{ bikeId, limit: ridesAPage, cursor: c.req.query('cursor') },
          from: startOfDay(filter.from, zone),
          until: startOfDay(filter.until, zone, 1),
          hidden: filter.hidden ? 'true' : undefined,
        },
      }),
      api.ask({
        ...{ session, path: '/v1/riders/me/totals', schema: totalList },
        query: { by, zone, bikeId, from: firstPeriod(by, zone).toUTC().toISO() ?? undefined },
      }),
      api.ask({ session, path: '/v1/riders/me/bikes', schema: bikeList }),
    ])
    return showPage(
      c,
      { title: 'My rides', area: 'Rides' },
      <>
        <h1>My rides</h1>
        <Totals {...{ totals, filter, zone }} />
        <FilterForm filter={filter} bikes={'value' in bikes ? bikes.value.bikes : []} />
        {'value' in rides ? (
          <RideList {...rides.value} {...{ filter, zone }} />
        ) : (
          <TroubleNote trouble={rides.trouble} what="Your rides" />
        )}
      </>,
    )
  })
  return pages
}

/** `2026-03-14` → `2026-03-13T23:00:00.000Z` in Berlin. Undefined where it is no day. */
function startOfDay(date: string, zone: string, plusDays = 0): string | undefined {
  const start = DateTime.fromISO(date, { zone }).startOf('day').plus({ days: plusDays })
  return start.isValid ? start.toUTC().toISO() : undefined
}

const periodsShown = 8

const firstPeriod = (by: Filter['by'], zone: string) =>
  DateTime.now()
    .setZone(zone)
    .startOf(by)
    .minus({ [`${by}s`]: periodsShown - 1 })

/** `/rides?by=month&bike=…` */
function address(filter: Filter, more: Readonly<Record<string, string>> = {}): string {
  const said = Object.entries({ ...filter, ...more }).filter(([, value]) => value !== '')
  return `/rides?${new URLSearchParams(said)}`
}

interface TotalsProps {
  readonly totals: Answer<{ readonly totals: readonly Total[] }>
  readonly filter: Filter
  readonly zone: string
}

function Totals({ totals, filter, zone }: TotalsProps) {
  const { by } = filter
  return (
    <section class="card totals" aria-labelledby="totals">
      <header class="split">
        <h2 id="totals">{by === 'week' ? 'This week' : 'This month'}</h2>
        <nav class="segments" aria-label="Totals by">
          <a href={address({ ...filter, by: 'week' })} aria-current={by === 'week' ? 'true' : undefined}>
            Weeks
          </a>
          <a href={address({ ...filter, by: 'month' })} aria-current={by === 'month' ? 'true' : undefined}>
            Months
          </a>
        </nav>
      </header>
      {'value' in totals ? (
        <Periods periods={filled(totals.value.totals, { by, zone })} by={by} />
      ) : (
        <TroubleNote trouble={totals.trouble} what="The totals" />
      )}
    </section>
  )
}

/** The last eight periods, oldest first; one without a ride has zeros. */
function filled(totals: readonly Total[], { by, zone }: Pick<Filter, 'by'> & { zone: string }): Total[] {
  const first = firstPeriod(by, zone)
  return Array.from({ length: periodsShown }, (_, index) => {
    const from = first.plus({ [`${by}s`]: index }).toISODate() ?? ''
    const none = { from, rides: 0, movingS: 0, distanceM: 0, ascentM: 0, energyWh: 0, energyDistanceM: 0 }
    return totals.find((total) => total.from === from) ?? none
  })
}

function Periods({ periods, by }: { readonly periods: readonly Total[]; readonly by: Filter['by'] }) {
  const now = periods.at(-1)
  const longest = Math.max(1, ...periods.map(({ distanceM = 0 }) => distanceM))
  const described = periods.map(
    ({ from, distanceM }) => `${shortDate(from)}: ${kilometres(distanceM) ?? '–'} km`,
  )
  return (
    <>
      <dl class="figures">
        <Figure label="Distance" value={kilometres(now?.distanceM)} unit="km" />
        <Figure label="Moving" {...spent(now?.movingS)} />
        <Figure label="Climbed" value={number(now?.ascentM)} unit="m" />
        <Figure label="Rides" value={number(now?.rides)} />
      </dl>
      <svg
        class="bars"
        viewBox="0 0 320 96"
        role="img"
        aria-label={`Kilometres of the last ${by}s. ${described.join('; ')}`}
      >
        {periods.map(({ from, distanceM = 0 }, index) => {
          const height = Math.max(2, (distanceM / longest) * 64)
          return (
            <>
              <rect
                class={index === periods.length - 1 ? 'now' : 'before'}
                {...{ x: index * 40 + 6, y: 72 - height, width: 28, height, rx: 4 }}
              />
              <text x={index * 40 + 20} y="90">
                {by === 'week' ? shortDate(from) : shortDate(from).split(' ')[1]}
              </text>
            </>
          )
        })}
      </svg>
    </>
  )
}

function FilterForm({ filter, bikes }: { readonly filter: Filter; readonly bikes: readonly Bike[] }) {
  const isFiltered = Boolean(filter.bike || filter.from || filter.until || filter.hidden)
  return (
    <details class="card filter" open={isFiltered}>
      <summary>Choose rides</summary>
      <form method="get" action="/rides">
        <input type="hidden" name="by" value={filter.by} />
        <div class="fields">
          <label>
            Bike
            <select name="bike">
              <option value="">All bikes</option>
              {bikes.map((bike) => (
                <option value={bike.bikeId} selected={bike.bikeId === filter.bike}>
                  {nameOf(bike)}
                </option>
              ))}
            </select>
          </label>
          <label>
            From
            <input type="date" name="from" value={filter.from} />
          </label>
          <label>
            Until
            <input type="date" name="until" value={filter.until} />
          </label>
        </div>
        <label class="check">
          <input type="checkbox" name="hidden" value="yes" checked={filter.hidden !== ''} />
          Hidden rides as well
        </label>
        <p class="actions">
          <button type="submit">Show</button>
          {isFiltered && (
            <a class="button quiet" href={address({ ...filter, bike: '', from: '', until: '', hidden: '' })}>
              Show all
            </a>
          )}
        </p>
      </form>
    </details>
  )
}

interface RideListProps {
  readonly rides: readonly Ride[]
  readonly next?: string | undefined
  readonly filter: Filter
  readonly zone: string
}

function RideList({ rides, next, filter, zone }: RideListProps) {
  const byMonth = Map.groupBy(rides, ({ from }) => month(from, zone) ?? 'At a time that is not available')
  return (
    <>
      {rides.length === 0 && (
        <section class="card lone">
          <h2>No ride here</h2>
          <p>A ride appears a few seconds after its data have come, also when they come weeks later.</p>
        </section>
      )}
      {[...byMonth].map(([name, group]) => (
        <section class="rides">
          <h2>{name}</h2>
          <ul>
            {group.map((ride) => (
              <li>
                <RideLine {...{ ride, zone }} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {next && (
        <p class="actions">
          <a class="button quiet" href={address(filter, { cursor: next })}>
            Earlier rides
          </a>
        </p>
      )}
    </>
  )
}

function RideLine({ ride, zone }: { readonly ride: Ride; readonly zone: string }) {
  const { summary, open, hidden, notMe } = ride
  const energy = number(summary.whPerKm, 1)
  const facts = [duration(summary.movingS), energy && `${energy} Wh/km`].filter(Boolean).join(' · ')
  return (
    <a class="card ride" href={`/rides/${encodeURIComponent(ride.rideId)}`}>
      <span class="what">
        <strong>{titleOf(ride, zone)}</strong>
        {open && <span class="badge live">On the way</span>}
        {hidden && <span class="badge">Hidden</span>}
        {notMe && <span class="badge">Not me</span>}
        <span class="when">
          {shortDay(ride.from, zone) ?? 'day not available'} · {clock(ride.from, zone) ?? '–'}
        </span>
        <span class="when">{facts || 'time and energy not available'}</span>
      </span>
      <span class="far">
        <strong>{kilometres(summary.distanceM) ?? '–'}</strong> <small>km</small>
      </span>
      <Icon name="next" />
    </a>
  )
}

const times = [
  [5, 'Night ride'],
  [11, 'Morning ride'],
  [14, 'Midday ride'],
  [18, 'Afternoon ride'],
  [22, 'Evening ride'],
  [24, 'Night ride'],
] as const

/** Its name, or one by the time of its day. */
export function titleOf({ name, from }: Pick<Ride, 'name' | 'from'>, zone: string): string {
  if (name) return name
  const { hour } = DateTime.fromMillis(from ?? Number.NaN, { zone })
  return times.find(([before]) => hour < before)?.[1] ?? 'Ride'
}
