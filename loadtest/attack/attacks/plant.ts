// A plant that is believed, what it says, and how it says it: the ground of the attacks on statements.
import { randomInt, randomUUID } from 'node:crypto'
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { createPartnerStore } from '../../../core/engines/postgres/fleet/partner-store.ts'
import type { Grant } from '../../../core/fleet/partners/port.ts'
import {
  CheckDigit,
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { registerPartners, sealedBy, storedId, testPartner } from '../../../testkit/partners.ts'
import { type AttackContext, mustWork } from '../attack-types.ts'

export const madeMs = Date.UTC(2025, 2, 3)
export const honest = 'plant:honest'
const type = 'attacked_cell'

export type Said = NonNullable<MessageInitShape<typeof ManufacturingEventSchema>['event']>
export const say = (event: Said, source = honest, atMs = madeMs): ManufacturingEvent =>
  create(ManufacturingEventSchema, {
    ...{ version: 1, eventId: randomUUID(), source, occurredAt: timestampFromMs(atMs), event },
  })
export const cell = () => ({ type, serialNumber: `AC${randomInt(1_000_000_000)}` })
export const made = (component = cell(), source = honest) =>
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
export const bytesOf = (said: ManufacturingEvent) => toBinary(ManufacturingEventSchema, said)
export const audienceOf = ({ platform }: AttackContext) => platform.env.STATEMENT_AUDIENCE ?? ''
const key = Buffer.from('attack')
export const put = (context: AttackContext, value: Uint8Array) =>
  context.produce('manufacturing.events', [{ key, value }])
export const putSealed = (context: AttackContext, said: ManufacturingEvent) =>
  put(context, sealedBy(testPartner(said.source), bytesOf(said), audienceOf(context)))

export const stateOf = async ({ platform }: AttackContext, said: ManufacturingEvent) => {
  const ids = [said.eventId, storedId(said)]
  const [row] = await platform.sql<{ state: string }[]>`
    select state from manufacturing_events where event_id = any(${ids}::uuid[])`
  return row?.state
}

/** One key, one partition: when the plant's statement behind it is applied, the attacker's is decided. */
export async function behindIt(context: AttackContext, said = made()): Promise<void> {
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
export async function join(
  { platform }: AttackContext,
  partnerId: string,
  grants: readonly Grant[],
): Promise<void> {
  const store = createPartnerStore(platform.sql)
  const partner = testPartner(partnerId)
  await store.register(partner)
  await store.addKey(partner.key)
  await store.grant(partnerId, grants)
}
