// Private places: circles within which nobody else sees a ride. One is chosen by a ride's start or end, on its map, or by coordinates.
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { listOf, type Ride, ridePage, type Streams, streams as streamsSchema } from '../answers.ts'
import type { Answer, Api } from '../api.ts'
import { number } from '../format.ts'
import { type Fault, faultOf, readForm, statusOf } from '../forms.ts'
import { Icon } from '../icons.tsx'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { RideMap } from '../rides/map.tsx'
import { runsOf } from '../rides/track.ts'
import { TroubleNote } from '../trouble.tsx'
import { Done } from './my-data.tsx'
import { titleOf } from './rides.tsx'

const zone = z.object({ latitudeDeg: z.number(), longitudeDeg: z.number(), radiusM: z.number() })
export type Zone = z.output<typeof zone>
export const zoneList = z.object({ zones: listOf(zone) })

const mostZones = 10
const radius = { min: 200, max: 1_000, step: 100, usual: 400 }
const path = '/v1/riders/me/privacy-zones'
const done: Readonly<Record<string, string>> = {
  added: 'The place is private from now on.',
  removed: 'The place is not private any more.',
}

const degrees = (limit: number) => z.string().min(1).transform(Number).pipe(z.number().min(-limit).max(limit))
const place = z.object({
  latitudeDeg: degrees(90),
  longitudeDeg: degrees(180),
  radiusM: z.coerce.number().min(radius.min).max(radius.max).multipleOf(radius.step),
})

export function privatePlacePages({ api }: { readonly api: Api }): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()

  async function show(c: Context<ConsoleEnv>, fault?: Fault) {
    const { session } = c.var
    const rideId = c.req.query('ride')
    const [zones, rides, streams] = await Promise.all([
      api.ask({ session, path, schema: zoneList }),
      api.ask({ session, path: '/v1/riders/me/rides', query: { limit: '20' }, schema: ridePage }),
      rideId
        ? api.ask({
            ...{ session, path: `/v1/riders/me/rides/${encodeURIComponent(rideId)}/streams` },
            ...{
              query: { resolution: 'medium', metrics: 'latitude_deg,longitude_deg' },
              schema: streamsSchema,
            },
          })
        : undefined,
    ])
    return showPage(
      c,
      { title: 'Private places', area: 'Sharing', islands: ['place'], status: statusOf(fault) },
      <>
        <header class="title">
          <p>
            <a class="back" href="/sharing">
              <Icon name="back" /> Sharing
            </a>
          </p>
          <h1>Private places</h1>
        </header>
        <Done words={done[c.req.query('done') ?? '']} />
        {'value' in zones ? (
          <ZoneList zones={zones.value.zones} />
        ) : (
          <TroubleNote trouble={zones.trouble} what="Your private places" />
        )}
        {'value' in rides && <RideChoice {...{ rides: rides.value.rides, rideId, zone: c.var.zone }} />}
        <PlaceForm {...{ streams, fault }} />
      </>,
    )
  }

  /** All zones are written at once; the change is of those that hold now. */
  async function change(c: Context<ConsoleEnv>, said: string, plan: (zones: Zone[]) => Zone[] | Fault) {
    const { session } = c.var
    const known = await api.ask({ session, path, schema: zoneList })
    if ('trouble' in known) return show(c, { form: 'place', trouble: known.trouble })
    const zones = plan(known.value.zones)
    if (!Array.isArray(zones)) return show(c, zones)
    const answer = await api.ask({ session, path, method: 'PUT', body: { zones }, schema: z.unknown() })
    if ('trouble' in answer) return show(c, { form: 'place', trouble: answer.trouble })
    return c.redirect(`/sharing/places?done=${said}`, 303)
  }

  pages.get('/sharing/places', (c) => show(c))

  pages.post('/sharing/places', async (c) => {
    const form = await readForm(c)
    const [chosenLatitude, chosenLongitude] = form.text('at').split(',')
    const read = place.safeParse({
      latitudeDeg: chosenLatitude || form.text('latitude'),
      longitudeDeg: chosenLongitude || form.text('longitude'),
      radiusM: form.text('radius'),
    })
    if (!read.success)
      return show(
        c,
        faultOf('place', 'A latitude lies between −90 and 90 degrees, a longitude between −180 and 180.'),
      )
    return change(c, 'added', (zones) =>
      zones.length >= mostZones
        ? faultOf('place', 'You have ten private places, which is the most: remove one first.')
        : [...zones, read.data],
    )
  })

  pages.post('/sharing/places/remove', async (c) => {
    const removed = (await readForm(c)).text('place')
    return change(c, 'removed', (zones) => zones.filter((each) => keyOf(each) !== removed))
  })

  return pages
}

const keyOf = ({ latitudeDeg, longitudeDeg, radiusM }: Zone) => [latitudeDeg, longitudeDeg, radiusM].join()
const placeText = ({ latitudeDeg, longitudeDeg }: Omit<Zone, 'radiusM'>) =>
  `${number(latitudeDeg, 5)}°, ${number(longitudeDeg, 5)}°`

function ZoneList({ zones }: { readonly zones: readonly Zone[] }) {
  if (zones.length === 0)
    return (
      <p class="card none">
        No place is private yet. Others whom you let read rides see where they begin and end.
      </p>
    )
  return (
    <ul class="card plain">
      {zones.map((zone) => (
        <li class="split">
          <span>
            {placeText(zone)} <span class="quiet">within {number(zone.radiusM)} m</span>
          </span>
          <form method="post" action="/sharing/places/remove">
            <button
              type="submit"
              class="quiet"
              name="place"
              value={keyOf(zone)}
              aria-label={`Remove ${placeText(zone)}`}
            >
              Remove
            </button>
          </form>
        </li>
      ))}
    </ul>
  )
}

interface RideChoiceProps {
  readonly rides: readonly Ride[]
  readonly rideId: string | undefined
  readonly zone: string
}

function RideChoice({ rides, rideId, zone }: RideChoiceProps) {
  if (rides.length === 0) return null
  return (
    <form class="card" action="/sharing/places">
      <label>
        Choose on the map of a ride
        <select name="ride">
          {rides.map((ride) => (
            <option value={ride.rideId} selected={ride.rideId === rideId}>
              {titleOf(ride, zone)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="quiet">
        Show its map
      </button>
    </form>
  )
}

interface PlaceFormProps {
  readonly streams: Answer<Streams> | undefined
  readonly fault: Fault | undefined
}

function PlaceForm({ streams, fault }: PlaceFormProps) {
  const places = streams && 'value' in streams ? runsOf(streams.value).flat() : []
  const ends = { 'Start of the ride': places[0], 'End of the ride': places.at(-1) }
  return (
    <form class="places" method="post" action="/sharing/places">
      {streams && 'trouble' in streams && <TroubleNote trouble={streams.trouble} what="The map" />}
      {streams && 'value' in streams && <RideMap streams={streams.value} />}
      <section class="card stack" aria-labelledby="add">
        <h2 id="add">Add a place</h2>
        {fault && <TroubleNote trouble={fault.trouble} what="The place" />}
        <p class="none" data-part="hint" hidden>
          Click the map, or choose below.
        </p>
        {Object.entries(ends).map(([name, at], index) =>
          at === undefined ? null : (
            <label class="check">
              <input
                type="radio"
                name="at"
                value={`${at.latitudeDeg},${at.longitudeDeg}`}
                checked={index === 0}
              />{' '}
              {name}
            </label>
          ),
        )}
        {places.length > 0 && (
          <label class="check">
            <input type="radio" name="at" value="" data-part="other" /> At these coordinates
          </label>
        )}
        <div class="pair">
          <label>
            Latitude
            <input name="latitude" inputmode="decimal" autocomplete="off" placeholder="47.36667" />
          </label>
          <label>
            Longitude
            <input name="longitude" inputmode="decimal" autocomplete="off" placeholder="8.55" />
          </label>
        </div>
        <div class="field">
          <span>
            <label for="radius">Radius</label> <output data-part="radius">{number(radius.usual)} m</output>
          </span>
          <input
            type="range"
            id="radius"
            name="radius"
            min={radius.min}
            max={radius.max}
            step={radius.step}
            value={radius.usual}
          />
        </div>
        <button type="submit">Make it private</button>
      </section>
    </form>
  )
}
