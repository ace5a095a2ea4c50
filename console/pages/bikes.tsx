// My bikes: how full each is, how far it comes, and when it was seen.
import type { Context } from 'hono'
import { Hono } from 'hono'
import {
  type Bike,
  bikeList,
  type LatestState,
  latestState,
  type RangeAnswer,
  rangeAnswer,
} from '../answers.ts'
import type { Answer, Api } from '../api.ts'
import { Charge, nameOf, Range, Seen } from '../bike-parts.tsx'
import { Icon } from '../icons.tsx'
import { showPage } from '../layout.tsx'
import type { ConsoleEnv } from '../port.ts'
import { TroubleNote, troublePage } from '../trouble.tsx'

/** Of more bikes the list has a link each: two requests a card are asked at once. */
const mostCards = 6

export function bikeListPages({ api }: { readonly api: Api }): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>()
  pages.get('/', async (c) => {
    const { session } = c.var
    const answer = await api.ask({ session, path: '/v1/riders/me/bikes', schema: bikeList })
    if ('trouble' in answer) return troublePage(c, answer.trouble)
    const bikes = answer.value.bikes.filter(({ now }) => now)
    const cards = await Promise.all(bikes.slice(0, mostCards).map((bike) => knownOf(c, { api, bike })))
    return showPage(
      c,
      { title: 'My bikes', area: 'Bikes', islands: ['live'] },
      <>
        <h1>My bikes</h1>
        {bikes.length === 0 && <NoBike />}
        <div class="cards">
          {cards.map((known) => (
            <BikeCard {...known} />
          ))}
        </div>
        {bikes.length > mostCards && (
          <ul class="links card">
            {bikes.slice(mostCards).map((bike) => (
              <li>
                <a href={`/bikes/${bike.bikeId}`}>
                  {nameOf(bike)} <Icon name="next" />
                </a>
              </li>
            ))}
          </ul>
        )}
      </>,
    )
  })
  return pages
}

interface KnownBike {
  readonly bike: Bike
  readonly state: Answer<LatestState>
  readonly range: Answer<RangeAnswer>
}

async function knownOf(c: Context<ConsoleEnv>, { api, bike }: { api: Api; bike: Bike }): Promise<KnownBike> {
  const { session } = c.var
  const path = `/v1/bikes/${encodeURIComponent(bike.bikeId)}`
  const [state, range] = await Promise.all([
    api.ask({ session, path: `${path}/latest`, schema: latestState }),
    api.ask({ session, path: `${path}/range`, method: 'POST', body: {}, schema: rangeAnswer }),
  ])
  return { bike, state, range }
}

function BikeCard({ bike, state, range }: KnownBike) {
  return (
    <article class="card bike" data-bike={bike.bikeId}>
      <header>
        <h2>
          <a href={`/bikes/${bike.bikeId}`}>{nameOf(bike)}</a>
        </h2>
        {'value' in state && <Seen state={state.value} />}
      </header>
      {'value' in state ? (
        <Charge state={state.value} />
      ) : (
        <TroubleNote trouble={state.trouble} what="The charge" />
      )}
      {'value' in range ? (
        <Range range={range.value} />
      ) : (
        <TroubleNote trouble={range.trouble} what="The range" />
      )}
    </article>
  )
}

const NoBike = () => (
  <section class="card lone">
    <h2>No bike yet</h2>
    <p>Enter the code of your receipt, or of the former owner’s offer, and the bike is yours.</p>
    <p class="actions">
      <a class="button" href="/account">
        Enter a code
      </a>
    </p>
  </section>
)
