// Judges a statement with all that was decided about it, and says in whose name it counts: when it is judged anew, or in a
// database that is rebuilt, that counts on.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { Speaker } from '../partners/port.ts'
import { saidComponents } from '../statements/said.ts'
import { componentSubject } from '../statements/subjects.ts'
import type { Change } from './changes/changes.ts'
import { touchedBy } from './changes/consequences.ts'
import type { FleetFacts, Speaking } from './facts.ts'
import { acceptedReasons, judge, judgeAndApply } from './judge.ts'
import type {
  AwaitedStatement,
  JudgedStatement,
  KnownFleet,
  KnownStatement,
  LoadedFleet,
  Merged,
} from './port.ts'
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

/** With all that is known of it, where it is read by a database that is rebuilt. */
export function judgeFirst(
  event: ManufacturingEvent,
  awaited: AwaitedStatement | undefined,
  { known, rules }: { readonly known: KnownFleet; readonly rules: readonly Rule[] },
): JudgedStatement {
  if (awaited === undefined) return judgeAndApply(event, known, { rules })
  const now = awaited.corrected ?? event
  return awaited.isRetracted
    ? retracted(now)
    : judgeDecided({ event: now, decisions: awaited.decisions }, known, rules)
}

/** Nothing follows from a statement that was taken back. */
export const retracted = (event: ManufacturingEvent): JudgedStatement => ({
  ...{ event, state: 'retracted', findings: [], changes: [], touched: [], again: [] },
})

/** `speakers` are of statements that are new or corrected. Nobody says what nobody is known to say. */
export function speakingIn(
  {
    statements,
    waiting = [],
    awaited = [],
    partners,
  }: Pick<LoadedFleet, 'statements' | 'partners'> & Partial<LoadedFleet>,
  speakers: ReadonlyMap<string, Speaker> = new Map(),
): Speaking {
  const known = [...statements, ...waiting].map((each) => [each.event.eventId, speakerNow(each)] as const)
  const remembered = awaited.flatMap((each) => {
    const speaker = speakerThen(each)
    return speaker === undefined ? [] : [[each.eventId, speaker] as const]
  })
  const said = new Map<string, Speaker>([...known, ...speakers, ...remembered])
  const facts = new Map(partners.map((partner) => [partner.partnerId, partner]))
  return {
    speaker: (eventId) => said.get(eventId) ?? { provenance: 'unsealed' },
    partner: (partnerId) => facts.get(partnerId),
  }
}

/** Staff speak in what they corrected. A statement that was applied was believed, and a grant that is withdrawn later changes no past. */
function speakerNow({ speaker, decisions, state }: KnownStatement): Speaker {
  if (decisions.some(({ verdict }) => verdict === 'correct')) return { provenance: 'staff' }
  return state === 'applied' ? { provenance: 'legacy' } : speaker
}

/** The same of a statement that a former database knew; undefined where that decides nothing. */
function speakerThen({ decisions, remembered }: AwaitedStatement): Speaker | undefined {
  if (decisions.some(({ verdict }) => verdict === 'correct')) return { provenance: 'staff' }
  const isBelieved = remembered?.wasApplied === true || remembered?.provenance === 'legacy'
  return isBelieved ? { provenance: 'legacy' } : undefined
}
