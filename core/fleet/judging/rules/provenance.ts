// Whether the one who says it may say it: of this bike, this component, this definition.
import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { Grant, PartnerFact, PartnerRole } from '../../partners/port.ts'
import { type StatementKind, saidComponents, saidFrameNumber } from '../../statements/said.ts'
import type { FleetFacts } from '../facts.ts'
import { type Finding, finding } from '../findings.ts'
import type { Rule } from './rule.ts'

export const provenance: Rule = {
  reasons: ['unsealed', 'outside_grant'],
  find(statement, facts) {
    const speaker = facts.speaker(statement.eventId)
    if (speaker.provenance === 'unsealed') {
      return [finding('unsealed', statement.source, { detail: 'nobody has proven who says it' })]
    }
    if (speaker.provenance !== 'sealed' || statement.event.case === 'unreadableRow') return []
    const partner = facts.partner(speaker.partnerId)
    const fault = partner && faultOf(statement, { facts, partner, door: speaker.door })
    if (partner === undefined) return [outside(speaker.partnerId, 'it is no partner')]
    return fault === undefined ? [] : [outside(partner.partnerId, fault)]
  },
}

const outside = (partnerId: string, detail: string): Finding =>
  finding('outside_grant', partnerId, { detail: `${partnerId}: ${detail}` })

/** What a statement is about. An undefined one is not known. One that does not matter is left out. */
type About = { readonly brand?: string | undefined; readonly plant?: string | undefined }
/** Or why the partner is not the one to say it, whatever its grants. */
type Relation = (statement: ManufacturingEvent, facts: FleetFacts, partner: PartnerFact) => About | string

const definer: Relation = ({ event }, facts, { partnerId }) => {
  const known =
    event.case === 'componentTypeDefined'
      ? facts.type(event.value.type)
      : event.case === 'bikeModelDefined'
        ? facts.model(event.value.modelId)
        : undefined
  const isTheirs = known === undefined || known.source === partnerId
  return isTheirs ? {} : `the definition is that of ${known.source}`
}

/** Of a bike that is known by another brand or plant, it must be granted both. */
const saidMaker: Relation = ({ event }) => {
  if (event.case === 'componentProduced') return { plant: event.value.plant }
  return event.case === 'bikeProduced' ? { brand: event.value.oem, plant: event.value.plant } : {}
}

const bike: Relation = (statement, facts) => {
  const known = facts.bikeByFrame(saidFrameNumber(statement))
  return { brand: known?.oem, plant: known?.plant }
}

const brandOfBike: Relation = (statement, facts) => ({
  brand: facts.bikeByFrame(saidFrameNumber(statement))?.oem,
})

const component: Relation = (statement, facts) => {
  const [said] = saidComponents(statement)
  return { plant: said && facts.component(said.name)?.plant }
}

type Roles = Partial<Record<PartnerRole, Relation>>

const makers: Roles = { plant: saidMaker, oem: saidMaker }
const definers: Roles = { plant: definer, oem: definer }
const service: Roles = { plant: bike, oem: brandOfBike, dealer: brandOfBike, workshop: brandOfBike }
const recyclers: Roles = { plant: component, oem: component, workshop: component }
const sellers: Roles = { plant: bike, oem: brandOfBike, dealer: brandOfBike }

/** Who may be granted to say it at all, and to what the grant's brand and plant must then fit. */
export const relations: Readonly<Record<StatementKind, Roles>> = {
  componentTypeDefined: definers,
  bikeModelDefined: definers,
  componentProduced: makers,
  bikeProduced: makers,
  componentInstalled: service,
  componentRemoved: service,
  componentSwapped: service,
  componentRemanufactured: recyclers,
  componentRecycled: recyclers,
  bikeDelivered: sellers,
  bikeSold: sellers,
}

interface Saying {
  readonly facts: FleetFacts
  readonly partner: PartnerFact
  readonly door: Grant['door']
}

function faultOf(statement: ManufacturingEvent, { facts, partner, door }: Saying): string | undefined {
  const kind = statement.event.case
  if (kind === undefined || kind === 'unreadableRow') return undefined
  const relation = relations[kind][partner.role]
  if (relation === undefined) return `no ${partner.role} says ${kind}`
  const granted = partner.grants.filter((grant) => grant.kind === kind && grant.door === door)
  if (granted.length === 0) return `it may not say ${kind} by ${door === 'key' ? 'its key' : 'the API'}`
  const about = relation(statement, facts, partner)
  if (typeof about === 'string') return about
  if (granted.some((grant) => fits(grant, about))) return undefined
  return `it may not say ${kind} of ${describe(about)}`
}

const fits = (grant: Pick<Grant, 'brand' | 'plant'>, about: About) =>
  (['brand', 'plant'] as const).every(
    (part) => !(part in about) || grant[part] === '*' || grant[part] === about[part],
  )

const describe = (about: About) =>
  Object.entries(about)
    .map(([part, name]) => `${part} ${name ?? 'unknown'}`)
    .join(', ')
