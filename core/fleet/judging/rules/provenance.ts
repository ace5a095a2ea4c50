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
const aboutParts = ['brand', 'plant'] as const
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

/**
 * Brand and plant as said, or as known where the statement does not say them. Only who first produced a known thing adds a
 * brand or a plant to it, or who defined its model or type. A bike that was registered by hand was produced by nobody yet.
 *
 *     known: bike F-1 of no brand, said by plant:dresden; oem:evil says its brand is evil → plant:dresden produced it first
 */
const maker: Relation = ({ event }, facts, { partnerId }) => {
  if (event.case === 'componentProduced') {
    const { component: name, plant } = event.value
    const known = name && facts.component(name)
    const definedBy = name && facts.type(name.type)?.source
    return madeBy(partnerId, { plant }, { plant: known?.plant, source: known?.source, definedBy })
  }
  if (event.case !== 'bikeProduced') return {}
  const { bikeId, oem, plant } = event.value
  const known = facts.bikeById(bikeId)
  const definedBy = facts.model(known?.modelId ?? '')?.source
  const asKnown = { brand: known?.oem, plant: known?.plant, source: known?.source, definedBy }
  return madeBy(partnerId, { brand: oem, plant }, asKnown)
}

/** `source` first produced it, and `definedBy` defined its model or type. */
type KnownMaker = About & { readonly source: string | undefined; readonly definedBy: string | undefined }

function madeBy(partnerId: string, said: About, known: KnownMaker): About | string {
  const { source, definedBy } = known
  const isAdded = aboutParts.some((part) => said[part] && !known[part])
  const isTheirs = source === undefined || source === partnerId || definedBy === partnerId
  if (isAdded && !isTheirs) return `${source} produced it first, without a brand or plant`
  return Object.fromEntries(
    Object.entries(said).map(([part, name]) => [part, name || known[part as keyof About]]),
  )
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

const makers: Roles = { plant: maker, oem: maker }
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
  aboutParts.every((part) => !(part in about) || grant[part] === '*' || grant[part] === about[part])

const describe = (about: About) =>
  Object.entries(about)
    .map(([part, name]) => `${part} ${name || 'unknown'}`)
    .join(', ')
