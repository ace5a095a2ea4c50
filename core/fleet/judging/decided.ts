// Judges a statement with all that reviewers decided about it: when it is judged anew from nothing, that counts on.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { saidComponents } from '../statements/said.ts'
import type { Change } from './changes/changes.ts'
import { touchedBy } from './changes/consequences.ts'
import type { FleetFacts } from './facts.ts'
import { acceptedReasons, judgeAndApply } from './judge.ts'
import type { JudgedStatement, KnownFleet, KnownStatement } from './port.ts'
import type { Rule } from './rules/rule.ts'

/**
 * The unknown serial number in the statement becomes another name of the component, or why it cannot.
 *
 *     battery BA1X fitted to F-1, merged into BA1 → {alias: BA1X is BA1}
 */
export function mergedAlias(
  event: ManufacturingEvent,
  componentId: string,
  facts: FleetFacts,
): { readonly alias: Change } | { readonly fault: string } {
  const component = facts.componentById(componentId)
  if (component === undefined) return { fault: `no component ${componentId}` }
  const [name, ...others] = saidComponents(event)
    .map(({ name }) => name)
    .filter((name) => name.type === component.type && facts.component(name) === undefined)
  if (name === undefined) return { fault: `the statement names no unknown ${component.type}` }
  if (others.length > 0)
    return { fault: `the statement names several unknown components of type ${component.type}` }
  return { alias: { kind: 'alias', name, componentId } }
}

/** A name that was given to a component is applied first, then the statement is judged. */
export function judgeWithAlias(
  event: ManufacturingEvent,
  alias: Change,
  { known, ...options }: { known: KnownFleet } & Parameters<typeof judgeAndApply>[2],
): JudgedStatement {
  const { facts } = known
  facts.apply([alias])
  const judged = judgeAndApply(event, known, options)
  const changes = [alias, ...judged.changes]
  return { ...judged, changes, touched: touchedBy(changes, facts) }
}

/** `statement` is as reviewers corrected it. A merge into a component that there is not any more does not count. */
export function judgeDecided(
  { event, decisions }: Pick<KnownStatement, 'event' | 'decisions'>,
  known: KnownFleet,
  rules: readonly Rule[],
): JudgedStatement {
  const accepted = acceptedReasons({ decisions })
  const mergedInto = decisions.findLast(({ verdict }) => verdict === 'merge')?.mergedInto
  const merged = mergedInto === undefined ? undefined : mergedAlias(event, mergedInto, known.facts)
  return merged !== undefined && 'alias' in merged
    ? judgeWithAlias(event, merged.alias, { known, rules, accepted })
    : judgeAndApply(event, known, { rules, accepted })
}
