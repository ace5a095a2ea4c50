// Judges a statement: it is applied, refused, or held until another statement explains it or a reviewer decides.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { saidComponents, saidFrameNumber } from '../statements/said.ts'
import { componentSubject } from '../statements/subjects.ts'
import type { Change } from './changes/changes.ts'
import { overruledBy, touchedBy } from './changes/consequences.ts'
import { flagsOf, guard } from './changes/guard.ts'
import { changesOf } from './changes/of-statement.ts'
import type { FleetFacts } from './facts.ts'
import { type Finding, finding, type StatementReason } from './findings.ts'
import type { JudgedStatement, KnownFleet, KnownStatement, StatementState } from './port.ts'
import type { Rule } from './rules/rule.ts'

export interface Judgement {
  readonly state: StatementState
  readonly findings: readonly Finding[]
  /** Empty unless applied. */
  readonly changes: readonly Change[]
}

export interface JudgeOptions {
  readonly nowMs: number
  readonly rules: readonly Rule[]
  /** Reasons to hold that a reviewer accepted: they become flags. */
  readonly accepted?: ReadonlySet<StatementReason>
}

/**
 * Reasons that reviewers accepted of a statement as it is now. A correction makes another statement of it.
 *
 *     accept check_digit, correct, accept serial_taken → serial_taken
 */
export function acceptedReasons(known: Pick<KnownStatement, 'decisions'>): ReadonlySet<StatementReason> {
  const { decisions } = known
  const corrected = decisions.findLastIndex(({ verdict }) => verdict === 'correct')
  return new Set(decisions.slice(corrected + 1).flatMap(({ accepted }) => accepted))
}

/**
 * A statement on which a rule throws is refused. Judging is pure, so it would throw again at every try, and block the
 * statements behind it.
 *
 *     battery BA1 fitted to bike F-1, whose slot is empty → applied, changes: [install BA1]
 *     … whose slot has BA2                                → held, findings: [slot_taken]
 */
export function judge(statement: ManufacturingEvent, facts: FleetFacts, options: JudgeOptions): Judgement {
  try {
    return judgeSound(statement, facts, options)
  } catch (error) {
    const detail = `it cannot be judged: ${error instanceof Error ? error.message : String(error)}`
    return { state: 'refused', findings: [finding('field_invalid', '', { detail })], changes: [] }
  }
}

function judgeSound(statement: ManufacturingEvent, facts: FleetFacts, options: JudgeOptions): Judgement {
  const { nowMs, rules, accepted = new Set() } = options
  const findings = findingsOf(statement, facts, { nowMs, rules }).map((found) =>
    isAccepted(found, accepted) ? { ...found, severity: 'flag' as const } : found,
  )
  const state = stateOf(findings)
  if (state !== 'applied' || isSaidBefore(findings)) return { state, findings, changes: [] }

  const derived = changesOf(statement, facts)
  const impossible = 'impossible' in derived ? derived.impossible : guard(derived.changes, facts)
  if ('impossible' in derived || impossible.length > 0) {
    return { state: stateOf(impossible), findings: [...findings, ...impossible], changes: [] }
  }
  return {
    state,
    findings,
    changes: [...derived.changes, ...flagsOf(statement, facts, { findings, accepted })],
  }
}

/** After a finding that refuses, no further rule is asked: it might rely on the field that is wrong. */
function findingsOf(
  statement: ManufacturingEvent,
  facts: FleetFacts,
  { nowMs, rules }: Pick<JudgeOptions, 'nowMs' | 'rules'>,
): Finding[] {
  const findings: Finding[] = []
  for (const rule of rules) {
    findings.push(...rule.find(statement, facts, nowMs))
    if (stateOf(findings) === 'refused') break
  }
  return findings
}

const moves: readonly ManufacturingEvent['event']['case'][] = [
  'componentInstalled',
  'componentRemoved',
  'componentSwapped',
]

/**
 * The statement repeats what is known, but a statement about an earlier time may still come, and then this one is news. A
 * battery is in the bike; "fitted on day 10" says nothing new. When "removed on day 5" arrives, it does.
 */
export function mayCountLater(
  { event }: ManufacturingEvent,
  { state, findings }: Pick<Judgement, 'state' | 'findings'>,
): boolean {
  return state === 'applied' && isSaidBefore(findings) && moves.includes(event.case)
}

const isSaidBefore = (findings: readonly Finding[]) => findings.some(({ reason }) => reason === 'said_before')

const isAccepted = (found: Finding, accepted: ReadonlySet<StatementReason>) =>
  found.severity === 'hold' && accepted.has(found.reason)

function stateOf(findings: readonly Finding[]): StatementState {
  if (findings.some(({ severity }) => severity === 'refuse')) return 'refused'
  return findings.some(({ severity }) => severity === 'hold') ? 'held' : 'applied'
}

/** Judges a statement and applies its changes to the facts, so that the statements after it are judged with them. */
export function judgeAndApply(
  event: ManufacturingEvent,
  { facts, nowMs }: Pick<KnownFleet, 'facts' | 'nowMs'>,
  options: { rules: readonly Rule[]; accepted?: ReadonlySet<StatementReason> },
): JudgedStatement {
  const judgement = judge(event, facts, { nowMs, ...options })
  facts.apply(judgement.changes)
  const touched = mayCountLater(event, judgement)
    ? saidComponents(event).map(({ name }) => componentSubject(name))
    : touchedBy(judgement.changes, facts)
  const again = mayHavePartners(event, judgement) ? [event.eventId] : overruledBy(judgement.changes)
  return { event, ...judgement, touched, again }
}

/** Reasons to hold that disappear when another statement is applied together with this one. */
const partnerReasons: readonly StatementReason[] = [
  'bike_unknown',
  'component_absent',
  'component_elsewhere',
  'component_recycled',
  'slot_taken',
  'sources_contradict',
]

/** Whether every reason to hold it could be explained by another statement that waits. */
function mayHavePartners(
  event: ManufacturingEvent,
  { state, findings }: Pick<Judgement, 'state' | 'findings'>,
): boolean {
  if (state !== 'held' || saidFrameNumber(event) === '') return false
  const held = findings.filter(({ severity }) => severity === 'hold')
  return held.every(({ reason }) => partnerReasons.includes(reason))
}
