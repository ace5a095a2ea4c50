// Tells the store what to lock and load for a decision, and what to write. Pure.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { Speaker } from '../partners/port.ts'
import { saidFrameNumber } from '../statements/said.ts'
import {
  componentSubject,
  definedBy,
  frameSubject,
  isDefinition,
  locksOf,
  namesIn,
  subjectsOf,
} from '../statements/subjects.ts'
import { changedParts, writeBatches } from './changes/consequences.ts'
import { speakingIn } from './decided.ts'
import { mayCountLater } from './judge.ts'
import type {
  FleetAnswer,
  FleetDecision,
  FleetQuestion,
  FleetWrites,
  JudgedStatement,
  KnownFleet,
  KnownVerdict,
  LoadedFleet,
} from './port.ts'
import { createWorkingFacts } from './working-facts.ts'

export interface Asked {
  /** The statements that are judged. Those that are stored under the same ids are loaded. */
  readonly statements: readonly ManufacturingEvent[]
  /** Other ids under which they may be stored. */
  readonly otherIds?: readonly string[]
  /** Whether other statements that wait for the same bikes may be judged together with these. */
  readonly withWaiting?: boolean
  /** A component that a reviewer names. */
  readonly componentId?: string | undefined
  readonly decisionId?: string | undefined
  /** Who says statements that are new or corrected, by event id. */
  readonly speakers?: ReadonlyMap<string, Speaker>
}

/** `subjects` are those that the statements name; when the store has loaded them, more may turn out to be concerned. */
export function fleetQuestion(asked: Asked, subjects: readonly string[]): FleetQuestion {
  const { statements, otherIds = [], withWaiting = false, componentId, decisionId, speakers } = asked
  const distinct = [...new Set(subjects)]
  const frames = statements.map(saidFrameNumber).filter((frameNumber) => frameNumber !== '')
  return {
    locks: locksOf(
      distinct,
      statements.flatMap((statement) => definedBy(statement) ?? []),
    ),
    names: namesIn(distinct),
    componentIds: componentId === undefined ? [] : [componentId],
    eventIds: [...statements.map(({ eventId }) => eventId), ...otherIds],
    waitingFor: withWaiting ? [...new Set(frames)].map(frameSubject) : [],
    decisionId,
    partnerIds: partnersIn([...(speakers?.values() ?? [])]),
  }
}

interface Answering<D> {
  readonly loaded: LoadedFleet
  readonly question: FleetQuestion
  readonly decide: (known: KnownFleet) => D
}

/**
 * Every subject that a decision is about or touches must be locked before the facts are loaded; else somebody else might change
 * it meanwhile. So the answer asks the store to begin anew with more locks, until nothing is missing.
 */
export function fleetAnswer<D extends FleetDecision>(
  asked: Asked,
  { loaded, question, decide }: Answering<D>,
): FleetAnswer<D> {
  const locked = new Set(question.locks.map(({ subject }) => subject))
  const unlocked = (subjects: readonly string[]) => subjects.filter((subject) => !locked.has(subject))
  const more = (subjects: readonly string[]) => ({ more: fleetQuestion(asked, [...locked, ...subjects]) })
  const concerned = unlocked(concernedBy(loaded, locked, asked.componentId))
  if (concerned.length > 0) return more(concerned)
  const decision = decide({
    nowMs: loaded.nowMs,
    facts: createWorkingFacts(loaded.snapshot, [], speakingIn(loaded, asked.speakers)),
    statements: new Map(loaded.statements.map((each) => [each.event.eventId, each])),
    waiting: loaded.waiting,
    decision: loaded.decision,
    awaited: new Map(loaded.awaited.map((each) => [each.eventId, each])),
  })
  const touched = unlocked(decision.judged.flatMap((each) => each.touched))
  return touched.length > 0 ? more(touched) : { decision, writes: writesOf(decision) }
}

const partnersIn = (speakers: readonly Speaker[]) => [
  ...new Set(speakers.flatMap((each) => (each.provenance === 'sealed' ? each.partnerId : []))),
]

/** The stored statements may name more than the new ones, since they may have been corrected; an alias stands for a component. */
function concernedBy(
  { statements, waiting, awaited, snapshot }: LoadedFleet,
  locked: ReadonlySet<string>,
  componentId: string | undefined,
): string[] {
  const aliased = snapshot.aliases.filter(({ name }) => locked.has(componentSubject(name)))
  const ids = new Set([componentId, ...aliased.map((alias) => alias.componentId)])
  return [
    ...[...statements, ...waiting].flatMap(({ event }) => subjectsOf(event)),
    ...awaited.flatMap(({ corrected }) => (corrected === undefined ? [] : subjectsOf(corrected))),
    ...[...statements, ...waiting, ...awaited].flatMap(({ decisions }) => decisions.flatMap(mergedSubjects)),
    ...snapshot.components.filter((each) => ids.has(each.componentId)).map(componentSubject),
  ]
}

const mergedSubjects = ({ merged }: KnownVerdict) =>
  merged === undefined ? [] : [merged.alias, merged.into].map(componentSubject)

/** Of a statement that was judged several times the last judgement is written, and the changes of all. */
export function writesOf({ judged, review }: FleetDecision): FleetWrites {
  const stated = judged.flatMap(({ event, changes }) =>
    changes.map((change) => ({ change, saidBy: event.eventId })),
  )
  const last = [...new Map(judged.map((each) => [each.event.eventId, each])).values()]
  return {
    statements: last.map((each) => ({
      ...each,
      subjects: subjectsOf(each.event),
      waitsFor: waitsFor(each),
      decisionId: review?.eventId === each.event.eventId ? review.decisionId : undefined,
    })),
    review,
    batches: writeBatches(stated),
    changedParts: changedParts(stated),
    touched: [...new Set(judged.flatMap(({ touched }) => touched))],
    again: judged.flatMap(({ again }) => again),
  }
}

/** An applied statement that may count later waits for bikes and components, but for no definition: it has passed those rules. */
function waitsFor(judged: JudgedStatement): string[] {
  const subjects = subjectsOf(judged.event)
  if (judged.state === 'held') return [...new Set([...subjects, ...(judged.waitsAlsoFor ?? [])])]
  return mayCountLater(judged.event, judged) ? subjects.filter((subject) => !isDefinition(subject)) : []
}
