// Attacks on who is believed about bikes and their parts: by whoever may write to manufacturing.events, and by partners.
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import { create, type MessageInitShape, toBinary, toJson } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { createPartnerStore } from '../../../core/engines/postgres/fleet/partner-store.ts'
import type { Grant } from '../../../core/fleet/partners/port.ts'
import { claimCode } from '../../../proto/codec/claim-code.ts'
import {
  CheckDigit,
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { registerPartners, sealedBy, storedId, testPartner } from '../../../testkit/partners.ts'
import type { TokenRequest } from '../../../testkit/token.ts'
import { type ApiAnswer, type Attack, type AttackContext, falls, holds, mustWork } from '../attack-types.ts'

const madeMs = Date.UTC(2025, 2, 3)
const honest = 'plant:honest'
const type = 'attacked_cell'

type Said = NonNullable<MessageInitShape<typeof ManufacturingEventSchema>['event']>
const say = (event: Said, source = honest, atMs = madeMs): ManufacturingEvent =>
  create(ManufacturingEventSchema, {
    ...{ version: 1, eventId: randomUUID(), source, occurredAt: timestampFromMs(atMs), event },
  })
export const cell = () => ({ type, serialNumber: `AC${randomInt(1_000_000_000)}` })
const made = (component = cell(), source = honest) =>
  say(
    {
      case: 'componentProduced',
      value: {
        ...{ component, hardwareRevision: '1', firmwareRevision: '1', batch: 'B1', plant: 'honest' },
        producedAt: timestampFromMs(madeMs),
      },
    },
    source,
  )
const bytesOf = (said: ManufacturingEvent) => toBinary(ManufacturingEventSchema, said)
const audienceOf = ({ platform }: AttackContext) => platform.env.STATEMENT_AUDIENCE ?? ''
const key = Buffer.from('attack')
const put = (context: AttackContext, value: Uint8Array) =>
  context.produce('manufacturing.events', [{ key, value }])
const putSealed = (context: AttackContext, said: ManufacturingEvent) =>
  put(context, sealedBy(testPartner(said.source), bytesOf(said), audienceOf(context)))

const stateOf = async ({ platform }: AttackContext, said: ManufacturingEvent) => {
  const ids = [said.eventId, storedId(said)]
  const [row] = await platform.sql<{ state: string }[]>`
    select state from manufacturing_events where event_id = any(${ids}::uuid[])`
  return row?.state
}

/** One key, one partition: when the plant's statement behind it is applied, the attacker's is decided. */
async function behindIt(context: AttackContext, said = made()): Promise<void> {
  await putSealed(context, said)
  await context.until('the plant is believed', async () => (await stateOf(context, said)) !== undefined)
  mustWork('a plant tells of a part', (await stateOf(context, said)) === 'applied')
}

/** The honest plant, whose type of component is defined. */
export async function openPlant(context: AttackContext): Promise<void> {
  await registerPartners(context.platform.sql, [honest])
  const value = { type, name: 'Cell', serialPattern: 'AC\\d+', checkDigit: CheckDigit.NONE }
  await putSealed(context, say({ case: 'componentTypeDefined', value }))
  await behindIt(context)
}

/**
 * A bike of the honest plant that is not believed: the number of its battery is nearly that of a cell that was made, so a
 * correction is suggested, and a slot is named by these words. Returns the id under which the statement is stored.
 */
export async function doubtfulBike(context: AttackContext, words: string): Promise<string> {
  const component = cell()
  await behindIt(context, made(component))
  const mistyped = { type, serialNumber: `${component.serialNumber}0` }
  const bike = say({
    case: 'bikeProduced',
    value: {
      ...{ bikeId: randomUUID(), frameNumber: `FR${randomInt(1_000_000)}`, modelId: 'none' },
      ...{ plant: 'honest', oem: 'honest', producedAt: timestampFromMs(madeMs + 86_400_000) },
      parts: [
        { slot: 'battery', component: mistyped },
        { slot: words, component: cell() },
      ],
    },
  })
  await putSealed(context, bike)
  await context.until('it is decided', async () => (await stateOf(context, bike)) !== undefined)
  return storedId(bike)
}

/** A partner of its own, who may say so much. */
async function join({ platform }: AttackContext, partnerId: string, grants: readonly Grant[]): Promise<void> {
  const store = createPartnerStore(platform.sql)
  const partner = testPartner(partnerId)
  await store.register(partner)
  await store.addKey(partner.key)
  await store.grant(partnerId, grants)
}

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

const partnerCommand = 'core/fleet/partners/command.ts'
const fleetCommand = 'core/fleet/review/command.ts'
const staff = (context: AttackContext, subject: string) =>
  context.token({ subject, roles: ['read', 'decide', 'approve'] })

/** What `npm run fleet` or `npm run partner` proposed at the console. */
async function proposed(context: AttackContext, file: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await context.command(file, [...args, '--reason', 'a forgery'])
  const id = /^proposed: (\S+)/.exec(stdout)?.[1]
  mustWork(`${args[0]} is proposed (${stderr})`, id !== undefined)
  return id ?? ''
}

async function approve(context: AttackContext, proposalId: string, by: string): Promise<ApiAnswer> {
  const path = `/v1/staff/proposals/${proposalId}/approval`
  const body = { reason: 'looked at it' }
  return context.ask(path, { method: 'POST', token: await staff(context, by), body })
}

const isDone = ({ status, body }: ApiAnswer) =>
  status === 200 && (body as { outcome: { done: boolean } | null }).outcome?.done === true

const retractedAlone: Attack = {
  name: 'retract-alone',
  found: 'one member of staff takes back a statement, and so the ground of a bike',
  run: async (context) => {
    await openPlant(context)
    const said = made()
    await behindIt(context, said)
    const path = `/v1/fleet/statements/${storedId(said)}/retraction`
    const token = await staff(context, 'staff-mallory')
    const asked = await context.ask(path, { method: 'POST', token, body: { reason: 'I say so' } })
    mustWork('staff proposes a retraction', asked.status === 201)
    const { proposalId } = asked.body as { proposalId: string }
    const own = await approve(context, proposalId, 'staff-mallory')
    const console = await context.command('core/staff/approvals/command.ts', [
      ...['approve', await proposed(context, fleetCommand, ['retract', storedId(said)]), '--reason', 'alone'],
    ])
    if (isDone(own) || console.exitCode === 0 || (await stateOf(context, said)) !== 'applied')
      return falls(`the approval of the proposer is answered with ${own.status}`)
    mustWork('another one approves', isDone(await approve(context, proposalId, 'staff-kai')))
    mustWork('it is taken back then', (await stateOf(context, said)) === 'retracted')
    return holds
  },
}

const retractedAgain: Attack = {
  name: 'retracted-id-again',
  found: 'a statement that was taken back counts again when its record comes again',
  run: async (context) => {
    await openPlant(context)
    const said = made()
    await behindIt(context, said)
    const proposalId = await proposed(context, fleetCommand, ['retract', storedId(said)])
    mustWork('it is taken back', isDone(await approve(context, proposalId, 'staff-kai')))
    await putSealed(context, said)
    await behindIt(context)
    const state = await stateOf(context, said)
    return state === 'retracted' ? holds : falls(`the statement is ${state}`)
  },
}

const backdated: Attack = {
  name: 'distrusted-key-backdated',
  found: 'the thief of a key that is distrusted dates a statement back before the theft',
  run: async (context) => {
    await openPlant(context)
    const robbed = testPartner('plant:robbed')
    const grant = { door: 'key', kind: 'componentProduced', brand: '*', plant: 'honest' } as const
    await join(context, robbed.partnerId, [grant])
    const [forged, late] = [made(cell(), robbed.partnerId), made(cell(), robbed.partnerId)]
    await putSealed(context, forged)
    await context.until('the thief is believed', async () => (await stateOf(context, forged)) === 'applied')
    const from = new Date(Date.now() - 3_600_000).toISOString()
    const args = ['distrust-key', '--key', robbed.key.keyId, '--from', from]
    const proposalId = await proposed(context, partnerCommand, args)
    mustWork('the key is distrusted', isDone(await approve(context, proposalId, 'staff-kai')))
    mustWork('what it said is taken back', (await stateOf(context, forged)) === 'retracted')
    await putSealed(context, late)
    await putSealed(context, forged)
    await behindIt(context)
    const states = [await stateOf(context, late), await stateOf(context, forged)]
    return states[0] === undefined && states[1] === 'retracted' ? holds : falls(`it is ${states}`)
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

const soldByReviewer: Attack = {
  name: 'reviewer-sells-to-himself',
  found: 'a reviewer corrects an unreadable row into a sale to himself and reads the rides',
  async run(context) {
    await openPlant(context)
    const [bikeId, frameNumber, code] = [
      randomUUID(),
      `ATTACK-${randomInt(1_000_000_000)}`,
      claimCode(randomBytes(16)),
    ]
    await context.platform.sql`
      insert into bikes (bike_id, produced_at, frame_number) values (${bikeId}, ${new Date(madeMs)}, ${frameNumber})`
    const value = { file: 'sales.csv', line: 7, text: '?;?', faults: ['no date'] }
    const row = say({ case: 'unreadableRow', value })
    await putSealed(context, row)
    await behindIt(context)
    const path = `/v1/fleet/reviews/${storedId(row)}`
    const max = await context.token({ subject: 'max', roles: ['read', 'decide'] })
    const read = await context.ask(path, { token: max })
    mustWork('a reviewer reads the row', read.status === 200)

    const soldAt = new Date(madeMs).toISOString()
    const claimCodeSha256 = createHash('sha256').update(code.replaceAll('-', '')).digest('base64')
    const bikeSold = { frameNumber, soldAt, claimCodeSha256 }
    const decided = await context.ask(`${path}/decisions`, {
      ...{ method: 'POST', token: max },
      headers: { 'if-match': read.headers.get('etag') ?? '', 'idempotency-key': randomUUID() },
      body: {
        ...{ verdict: 'correct', reason: 'by the bill' },
        correction: { unreadableRow: null, bikeSold, source: 'oem:acme', occurredAt: soldAt },
      },
    })
    const claim = async () => {
      const token = await context.token({ subject: 'max' })
      return context.ask('/v1/riders/me/claims', { method: 'POST', token, body: { code } })
    }
    if ((await claim()).status === 201) return falls('he owns the bike by his own decision')
    mustWork('his correction waits as a proposal', decided.status === 202)
    const { proposalId } = decided.body as { proposalId: string }
    const approve = async (subject: string) => {
      const token = await context.token({ subject, roles: ['approve'] })
      const body = { reason: 'seen' }
      return context.ask(`/v1/staff/proposals/${proposalId}/approval`, { method: 'POST', token, body })
    }
    if ((await approve('max')).status === 200) return falls('he approves it with another token of his')
    if ((await claim()).status === 201) return falls('he owns the bike before a second person approved')
    mustWork('a second person approves', (await approve('otto')).status === 200)
    mustWork('then the code gives the bike', (await claim()).status === 201)
    return holds
  },
}

export const fleetAttacks: readonly Attack[] = [
  forged,
  squatted,
  retractedAlone,
  retractedAgain,
  backdated,
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
  soldByReviewer,
]
