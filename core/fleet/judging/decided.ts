// Judges a statement with all that reviewers decided about it: when it is judged anew, or in a database that is rebuilt, that
// counts on.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { saidComponents } from '../statements/said.ts'
import { componentSubject } from '../statements/subjects.ts'
import type { Change } from './changes/changes.ts'
import { touchedBy } from './changes/consequences.ts'
import type { FleetFacts } from './facts.ts'
import { acceptedReasons, judge, judgeAndApply } from './judge.ts'
import type { JudgedStatement, KnownFleet, KnownStatement, Merged } from './port.ts'
import type { Rule } from './rules/rule.ts'

/**
 * The unknown serial number in the statement becomes another name of the component, or why it cannot.
 *
 *     battery BA1X fitted to F-1, merged into BA1 → {alias: battery BA1X, into: battery BA1}
 */
export function mergedAlias(
  event: ManufacturingEvent,
  componentId: string,
  facts: FleetFacts,
): Merged | { readonly fault: string } {
  const component = facts.componentById(componentId)
  if (component === undefined) return { fault: `no component ${componentId}` }
  const { type, serialNumber } = component
  const [alias, ...others] = saidComponents(event)
    .map(({ name }) => name)
    .filter((name) => name.type === type && facts.component(name) === undefined)
  if (alias === undefined) return { fault: `the statement names no unknown ${type}` }
  if (others.length > 0) return { fault: `the statement names several unknown components of type ${type}` }
  return { alias: { type: alias.type, serialNumber: alias.serialNumber }, into: { type, serialNumber } }
}

interface Judging {
  readonly known: Pick<KnownFleet, 'facts' | 'nowMs'>
  readonly rules: readonly Rule[]
}

/**
 * Names that were given to components are applied first, then the statement is judged. A number that is known by now keeps its
 * meaning. While a component is not known yet that has another name, the statement waits for it, too.
 */
export function judgeMerged(
  event: ManufacturingEvent,
  merges: readonly Merged[],
  { known, rules, accepted }: Judging & { readonly accepted: ReturnType<typeof acceptedReasons> },
): JudgedStatement {
  const { facts } = known
  const open = merges.filter(({ alias }) => facts.component(alias) === undefined)
  const aliases = open.flatMap(({ alias, into }): Change[] => {
    const component = facts.component(into)
    return component === undefined ? [] : [{ kind: 'alias', name: alias, componentId: component.componentId }]
  })
  facts.apply(aliases)
  const judged = judgeAndApply(event, known, { rules, accepted })
  const missing = open.filter(({ into }) => facts.component(into) === undefined)
  return {
    ...judged,
    ...(missing.length > 0 && { waitsAlsoFor: missing.map(({ into }) => componentSubject(into)) }),
    ...(aliases.length > 0 && {
      changes: [...aliases, ...judged.changes],
      touched: touchedBy([...aliases, ...judged.changes], facts),
    }),
  }
}

/** `event` is as reviewers corrected it. What they rejected stays refused. */
export function judgeDecided(
  { event, decisions }: Pick<KnownStatement, 'event' | 'decisions'>,
  known: Judging['known'],
  rules: readonly Rule[],
): JudgedStatement {
  const accepted = acceptedReasons({ decisions })
  if (decisions.at(-1)?.verdict === 'reject') {
    const { findings } = judge(event, known.facts, { nowMs: known.nowMs, rules, accepted })
    return { event, state: 'refused', findings, changes: [], touched: [], again: [] }
  }
  const merges = decisions.flatMap(({ merged }) => merged ?? [])
  return judgeMerged(event, merges, { known, rules, accepted })
}
