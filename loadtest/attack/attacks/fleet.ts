// Attacks on who is believed about bikes and their parts: by whoever may write to manufacturing.events, and by partners.
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { toJson } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { sealedBy, storedId, testPartner } from '../../../testkit/partners.ts'
import type { TokenRequest } from '../../../testkit/token.ts'
import { type Attack, falls, holds, mustWork } from '../attack-types.ts'
import {
  audienceOf,
  behindIt,
  bytesOf,
  cell,
  honest,
  join,
  made,
  madeMs,
  openPlant,
  put,
  putSealed,
  type Said,
  say,
  stateOf,
} from './plant.ts'

const forged: Attack = {
  name: 'statement-forged',
  found: 'whoever can write to manufacturing.events speaks in the name of any source',
  run: async (context) => {
    await openPlant(context)
    const [bare, strange, renamed] = [made(), made(), made()]
    await put(context, bytesOf(bare))
    await put(context, sealedBy(testPartner(honest, 9), bytesOf(strange), audienceOf(context)))
    await join(context, 'oem:mallory', [])
    await put(context, sealedBy(testPartner('oem:mallory'), bytesOf(renamed), audienceOf(context)))
    await behindIt(context)
    const states = await Promise.all([bare, strange, renamed].map((said) => stateOf(context, said)))
    return states.every((state) => state === undefined) ? holds : falls(`forgeries are stored: ${states}`)
  },
}

const squatted: Attack = {
  name: 'statement-id-taken',
  found: 'a forgery that comes first makes the genuine statement of the same id event_id_reused',
  run: async (context) => {
    await openPlant(context)
    const genuine = made()
    await join(context, 'oem:mallory', [{ door: 'key', kind: 'componentProduced', brand: '*', plant: '*' }])
    const forgeries = [made(cell(), honest), made(cell(), 'oem:mallory')]
    for (const forgery of forgeries) forgery.eventId = genuine.eventId
    await put(context, bytesOf(forgeries[0] as ManufacturingEvent))
    await putSealed(context, forgeries[1] as ManufacturingEvent)
    await putSealed(context, genuine)
    await behindIt(context)
    const [row] = await context.platform.sql<{ state: string }[]>`
      select state from manufacturing_events where event_id = ${storedId(genuine)}::uuid`
    return row?.state === 'applied' ? holds : falls(`the genuine statement is ${row?.state ?? 'not stored'}`)
  },
}

const outside = (name: string, found: string, told: (made: ReturnType<typeof cell>) => Said): Attack => ({
  name,
  found,
  run: async (context) => {
    await openPlant(context)
    const component = cell()
    await behindIt(context, made(component))
    const own = { door: 'key', brand: 'mallory', plant: 'mallory' } as const
    const grants = (['componentRecycled', 'bikeProduced'] as const).map((kind) => ({ ...own, kind }))
    await join(context, `plant:${name}`, grants)
    const said = say(told(component), `plant:${name}`, madeMs + 86_400_000)
    await putSealed(context, said)
    await context.until('it is decided', async () => (await stateOf(context, said)) !== undefined)
    const [found] = await context.platform.sql`
      select from manufacturing_judgements
      where event_id = ${storedId(said)}::uuid and state = 'held' and findings @> '[{"reason": "outside_grant"}]'`
    return found === undefined ? falls('nothing is found in words about the goods of another') : holds
  },
})

const completed: Attack = {
  name: 'brand-of-anothers-bike',
  found: "an OEM gives its brand to another's bike that was produced without one, and sells it",
  run: async (context) => {
    await openPlant(context)
    const modelId = `attacked-${randomInt(1_000_000_000)}`
    const model = { modelId, name: 'Attacked', slots: [], producedFrom: timestampFromMs(madeMs) }
    await putSealed(context, say({ case: 'bikeModelDefined', value: model }))
    const [bikeId, frameNumber] = [randomUUID(), `FR${randomInt(1_000_000_000)}`]
    const bikeOf = (oem: string, source = honest) => {
      const producedAt = timestampFromMs(madeMs)
      const value = { bikeId, frameNumber, modelId, oem, plant: 'honest', producedAt, parts: [] }
      return say({ case: 'bikeProduced', value }, source)
    }
    await behindIt(context, bikeOf(''))

    const own = { door: 'key', brand: 'mallory', plant: '*' } as const
    const grants = (['bikeProduced', 'bikeSold'] as const).map((kind) => ({ ...own, kind }))
    await join(context, 'oem:mallory-brand', grants)
    const branded = bikeOf('mallory', 'oem:mallory-brand')
    const soldAt = timestampFromMs(madeMs + 86_400_000)
    const claimCodeSha256 = randomBytes(32)
    const value = { frameNumber, soldAt, claimCodeSha256 }
    const sale = say({ case: 'bikeSold', value }, 'oem:mallory-brand', madeMs + 86_400_000)
    for (const said of [branded, sale]) {
      await putSealed(context, said)
      await context.until('it is decided', async () => (await stateOf(context, said)) !== undefined)
    }
    await behindIt(context, bikeOf('honest'))
    const states = await Promise.all([branded, sale].map((said) => stateOf(context, said)))
    return states.every((state) => state === 'held') ? holds : falls(`the OEM's words are ${states}`)
  },
}

const throughApi: Attack = {
  name: 'partner-door',
  found: 'whoever has a token speaks through the API, also in the name of a partner that he is not',
  run: async (context) => {
    await openPlant(context)
    const grant = { kind: 'componentProduced', brand: '*', plant: '*' } as const
    await join(context, 'plant:open', [{ ...grant, door: 'api' }])
    await join(context, 'plant:keyed', [{ ...grant, door: 'key' }])
    const post = async (who: TokenRequest, said: ManufacturingEvent) => {
      const body = { statements: [{ statement: toJson(ManufacturingEventSchema, said) }] }
      const token = await context.token(who)
      return (await context.ask('/v1/partners/statements', { method: 'POST', token, body })).status
    }
    const as = (partner: string): TokenRequest => ({ subject: 'mallory', roles: ['partner'], partner })
    const genuine = made(cell(), 'plant:open')
    mustWork('a partner speaks through the API', (await post(as('plant:open'), genuine)) === 202)
    await context.until('it is judged', async () => (await stateOf(context, genuine)) !== undefined)
    mustWork('what it says is applied', (await stateOf(context, genuine)) === 'applied')

    const [closed, foreign, riders] = [made(cell(), 'plant:keyed'), made(), made(cell(), 'plant:open')]
    const answers = [
      await post(as('plant:keyed'), closed),
      await post(as('plant:open'), foreign),
      await post({ subject: 'mallory' }, riders),
    ]
    await behindIt(context)
    const states = await Promise.all([closed, foreign, riders].map((said) => stateOf(context, said)))
    const isRefused =
      answers.every((status) => status === 403) && states.every((state) => state === undefined)
    return isRefused ? holds : falls(`the API answered ${answers}, and the statements are ${states}`)
  },
}

export const fleetAttacks: readonly Attack[] = [
  forged,
  squatted,
  throughApi,
  outside('battery-recycled', "a plant recycles another plant's battery", (component) => ({
    ...{ case: 'componentRecycled', value: { component } },
  })),
  outside('brand-forged', 'a plant makes bikes of the brand of another', () => ({
    case: 'bikeProduced',
    value: {
      ...{ bikeId: randomUUID(), frameNumber: `FR${randomInt(1_000_000)}`, modelId: 'none', parts: [] },
      ...{ plant: 'mallory', oem: 'acme', producedAt: timestampFromMs(madeMs) },
    },
  })),
  completed,
]
