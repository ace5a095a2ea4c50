// Attacks on whose a bike is.
import { createHash, randomInt } from 'node:crypto'
import { createRandom } from '../../../simulator/index.ts'
import {
  createSpeaker,
  type MadeBike,
  makeBikes,
  sayAbout,
  sayCatalogue,
} from '../../../simulator/manufacturing/index.ts'
import { buyerOf, claimBike, say } from '../../../testkit/platform/fleet.ts'
import type { Rider } from '../../../testkit/platform/platform.ts'
import { type ApiAnswer, type Attack, type AttackContext, falls, holds, mustWork } from '../attack-types.ts'

const dayMs = 86_400_000
const thiefsCode = '0000-0000-0000-0000'
/** One factory makes all bikes of a platform: what two of them make has the same numbers. */
const factory = { seed: 71, bikes: 12, startMs: Date.UTC(2025, 0, 6), days: 4, exchanges: 0 }
const made = makeBikes(factory)
const taken = new WeakMap<object, number>()

/** A bike that its buyer may claim. */
async function newBike({ platform, until }: AttackContext): Promise<MadeBike> {
  // All attacks come from one address, and an address has few tries.
  await platform.sql`delete from claim_attempts`
  const number = taken.get(platform) ?? 0
  taken.set(platform, number + 1)
  const bike = made[number]
  if (bike === undefined) throw new Error('the factory made too few bikes')
  if (number === 0) {
    await say(platform, [
      ...sayCatalogue({ seed: factory.seed, atMs: factory.startMs }),
      ...sayAbout(made, factory),
    ])
  }
  await until('the sale of the bike counts', async () => {
    const codes = await platform.sql`select from claim_codes where bike_id = ${bike.bikeId}`
    return codes.length > 0
  })
  return bike
}

async function ownedBike(context: AttackContext): Promise<{ bike: MadeBike; owner: Rider }> {
  const bike = await newBike(context)
  const owner = await buyerOf(context.platform, bike)
  await claimBike(context.platform, bike)
  mustWork('the owner reads the bike', (await read(context, owner, bike)).status === 200)
  return { bike, owner }
}

const read = (context: AttackContext, { token }: Pick<Rider, 'token'>, { bikeId }: MadeBike) =>
  context.ask(`/v1/bikes/${bikeId}/telemetry`, { token })

const claim = (context: AttackContext, token: string, code: string): Promise<ApiAnswer> =>
  context.ask('/v1/riders/me/claims', { method: 'POST', token, body: { code } })

/** Whoever speaks for a dealer says so, and names himself; the dealer's seal is his as well. */
async function sayStolen(
  { platform, until }: AttackContext,
  bike: MadeBike,
  soldAtMs: number,
): Promise<void> {
  const claimCodeSha256 = createHash('sha256').update(thiefsCode.replaceAll('-', '')).digest('base64')
  const soldAt = new Date(soldAtMs).toISOString()
  const said = { frameNumber: bike.frameNumber, riderId: 'mallory', soldAt, claimCodeSha256 }
  const speak = createSpeaker(createRandom(randomInt(1_000_000)))
  const statement = speak('bikeSold', said, { source: `oem:${bike.oem}`, atMs: soldAtMs })
  await say(platform, [statement])
  await until('the sale that the thief says is decided', async () => {
    const known = await platform.sql`
      select from manufacturing_events
      where ${`frame:${bike.frameNumber}`} = any(subjects) and occurred_at = ${soldAt}`
    return known.length > 0
  })
}

const takes = (name: string, found: string, soldAtMs: (bike: MadeBike) => number): Attack => ({
  name,
  found,
  run: async (context) => {
    const { bike, owner } = await ownedBike(context)
    await sayStolen(context, bike, soldAtMs(bike))
    const mallory = await context.token({ subject: 'mallory', bikes: [bike.bikeId] })
    const claimed = await claim(context, mallory, thiefsCode)
    if (claimed.status === 201) return falls('the thief claimed the bike of another')
    if ((await read(context, { token: mallory }, bike)).status === 200)
      return falls('the thief reads the rides')
    const isOwners = (await read(context, owner, bike)).status === 200
    return isOwners ? holds : falls('the owner reads nothing any more')
  },
})

const guesses: Attack = {
  name: 'codes-guessed',
  found: 'codes can be tried without end, and the answers tell which codes there are',
  run: async (context) => {
    const bike = await newBike(context)
    const tokens = ['first', 'second'].map((name) => context.token({ subject: `${name}-${randomInt(1e9)}` }))
    const [guesser = '', other = ''] = await Promise.all(tokens)
    const unknown = await claim(context, guesser, 'ZZZZ-ZZZZ-ZZZZ-ZZZZ')
    await claimBike(context.platform, bike)
    const used = await claim(context, other, bike.claimCode)
    if (used.text !== unknown.text) return falls('the answer tells a used code from an unknown one')
    for (let tries = 1; tries < 10; tries++) await claim(context, guesser, `ZZZZ-ZZZZ-ZZZZ-ZZZ${tries}`)
    const last = await claim(context, guesser, bike.claimCode)
    return last.status === 429 ? holds : falls(`the eleventh try was answered with ${last.status}`)
  },
}

const codeTwice: Attack = {
  name: 'code-used-twice',
  found: 'the code of a receipt takes the bike back from who bought it from its owner',
  run: async (context) => {
    const { bike, owner } = await ownedBike(context)
    const path = `/v1/riders/me/bikes/${bike.bikeId}/offers`
    const offered = await context.ask(path, { method: 'POST', token: owner.token, body: {} })
    const { code = '' } = (offered.body ?? {}) as { code?: string }
    const ben = await context.token({ subject: `ben-${randomInt(1e9)}` })
    mustWork(
      'the next owner claims with the code of the offer',
      (await claim(context, ben, code)).status === 201,
    )
    for (const each of [bike.claimCode, code]) {
      if ((await claim(context, owner.token, each)).status === 201)
        return falls('the former owner has it again')
    }
    return holds
  },
}

const imported: Attack = {
  name: 'ownership-for-riders',
  found: 'any token reads who owns which bike',
  run: async (context) => {
    const { owner } = await ownedBike(context)
    const path = `/v1/login/riders/${owner.riderId}/bikes`
    const login = await context.token({ subject: 'login-service', roles: ['login'] })
    mustWork('a login service reads it', (await context.ask(path, { token: login })).status === 200)
    const { status } = await context.ask(path, { token: owner.token })
    return status === 403 ? holds : falls(`a rider was answered with ${status}`)
  },
}

export const ownershipAttacks: readonly Attack[] = [
  takes('bike-taken-by-a-sale', 'whoever says `BikeSold` takes any bike', () => Date.now() - 60_000),
  takes(
    'bike-taken-by-an-earlier-sale',
    'a sale with an earlier date keeps the owner’s rides with the thief',
    ({ soldAtMs }) => soldAtMs - 2 * dayMs,
  ),
  guesses,
  codeTwice,
  imported,
]
