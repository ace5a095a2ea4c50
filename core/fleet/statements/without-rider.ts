// Statements and findings for those who have nothing to judge about who owns a bike.
import { clone } from '@bufbuild/protobuf'
import { type ManufacturingEvent, ManufacturingEventSchema } from '../../../proto/index.ts'
import type { Finding } from '../judging/findings.ts'

/** A sale that names nobody; of a row that nobody could read, all that it said is left out. */
export function withoutRider(statement: ManufacturingEvent): ManufacturingEvent {
  const nameless = clone(ManufacturingEventSchema, statement)
  if (nameless.event.case === 'bikeSold') nameless.event.value.riderId = ''
  if (nameless.event.case === 'unreadableRow') nameless.event.value.text = ''
  return nameless
}

export function findingWithoutRider(found: Finding): Finding {
  const facts = Object.entries(found.evidence)
  const nameless = facts.filter(([fact]) => !/\briderId$/.test(fact))
  if (nameless.length === facts.length) return found
  const detail = `${found.subject}: riders differ`
  return { ...found, detail, evidence: Object.fromEntries(nameless) }
}
