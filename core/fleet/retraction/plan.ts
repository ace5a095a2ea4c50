// Decides what follows when statements are taken back. What they are connected with is judged again as if they had never
// been received. Pure.
import type { changedParts } from '../judging/changes/consequences.ts'
import { retracted, speakingIn } from '../judging/decided.ts'
import type { Speaking } from '../judging/facts.ts'
import type { KnownStatement } from '../judging/port.ts'
import type { Rule } from '../judging/rules/rule.ts'
import { writesOf } from '../judging/store-plan.ts'
import { createWorkingFacts, type FleetSnapshot } from '../judging/working-facts.ts'
import { saidFrameNumber } from '../statements/said.ts'
import {
  bikeSubject,
  componentSubject,
  definedBy,
  frameSubject,
  isDefinition,
  locksOf,
  namesIn,
  subjectsOf,
} from '../statements/subjects.ts'
import {
  type LoadedConnected,
  mostConnected,
  type RetractionAnswer,
  type RetractionOutcome,
  type RetractionQuestion,
  type RetractionTarget,
  type RetractionWrites,
} from './port.ts'
import { replayAll } from './replay.ts'

/** `statements` and `connecting` are those found until now; the first question knows only the target. */
export function retractionQuestion(
  target: RetractionTarget,
  statements: readonly KnownStatement[] = [],
  connecting: readonly string[] = [],
): RetractionQuestion {
  const subjects = new Set([...connecting, ...statements.flatMap(({ event }) => subjectsOf(event))])
  const defined = statements.flatMap(({ event }) => definedBy(event) ?? [])
  return { target, connecting, locks: locksOf(subjects, defined), names: namesIn(subjects) }
}

/**
 * Subjects by which a statement is connected with others: the bikes and components that it names, and what it defines. A
 * retracted definition concerns all that was said of what it defines. A statement that only uses a definition does not lead
 * to the others that use it.
 *
 *     battery BA1 fitted to bike F-1 → ['frame:F-1', 'battery:BA1']
 *     type battery defined           → ['type:battery']
 */
export function connectingSubjects({ event }: Pick<KnownStatement, 'event'>): string[] {
  return [
    ...subjectsOf(event).filter((subject) => !isDefinition(subject)),
    ...[definedBy(event) ?? []].flat(),
  ]
}

/** Master data names a thing in more ways than one: a bike by id and frame, a component by its aliases. */
function subjectsOfFacts({ bikes, components, aliases }: FleetSnapshot): string[] {
  return [
    ...bikes.flatMap(({ bikeId, frameNumber }) => [
      bikeSubject(bikeId),
      ...(frameNumber === undefined ? [] : [frameSubject(frameNumber)]),
    ]),
    ...components.map(componentSubject),
    ...aliases.map(({ name }) => componentSubject(name)),
  ]
}

/**
 * Asks for more until all is known that the statements are connected with, over any number of bikes and components.
 *
 * A held statement of the key is taken back as well; else a reviewer could still accept it.
 *
 *     retract "BA1 made", after "BA1 fitted to F-1", "F-1 delivered" → both are judged again: the first is held, the second applied
 */
export function retractionAnswer(
  loaded: LoadedConnected,
  { target, ...asked }: RetractionQuestion,
  rules: readonly Rule[],
): RetractionAnswer {
  const { statements, snapshot, standing, nowMs, partners } = loaded
  const fault = faultOf(loaded, target)
  if (fault !== undefined) return { outcome: fault }
  const isAsked = new Set(loaded.asked)
  const open = statements.filter(({ state }) => state === 'applied' || state === 'held')
  const taken = open.filter(({ event }) => isAsked.has(event.eventId))
  const others = open.filter(({ event }) => !isAsked.has(event.eventId))
  if (Math.max(taken.length, others.length) > mostConnected) return { outcome: { outcome: 'too_many' } }
  const connecting = new Set([
    ...asked.connecting,
    ...open.flatMap(connectingSubjects),
    ...subjectsOfFacts(snapshot),
  ])
  const question = retractionQuestion(target, open, [...connecting])
  if (connecting.size > asked.connecting.length || question.locks.length > asked.locks.length)
    return { more: question }
  return judgedAgain(
    { taken, others, snapshot, standing, nowMs, connecting, speaking: speakingIn({ statements, partners }) },
    rules,
  )
}

function faultOf(
  { statements, asked, distrustedFromMs }: LoadedConnected,
  target: RetractionTarget,
): RetractionOutcome | undefined {
  if (target.cause === 'distrust_key') {
    if (distrustedFromMs === undefined) return { outcome: 'key_unknown', keyId: target.keyId }
    const isDone = asked.length === 0 && distrustedFromMs <= target.fromMs
    return isDone ? { outcome: 'repeated' } : undefined
  }
  const { eventId } = target
  const state = statements.find(({ event }) => event.eventId === eventId)?.state
  if (state === undefined) return { outcome: 'statement_unknown', eventId }
  if (state === 'retracted') return { outcome: 'repeated' }
  return state === 'applied' ? undefined : { outcome: 'not_applied', eventId, state }
}

interface Connected extends Pick<LoadedConnected, 'snapshot' | 'standing' | 'nowMs'> {
  readonly taken: readonly KnownStatement[]
  readonly others: readonly KnownStatement[]
  readonly connecting: ReadonlySet<string>
  readonly speaking: Speaking
}

function judgedAgain(connected: Connected, rules: readonly Rule[]): RetractionAnswer {
  const { taken, others, nowMs } = connected
  const cleared = clearedOf(connected)
  const facts = createWorkingFacts(bare(connected, cleared), [], connected.speaking)
  const replay = replayAll(others, { facts, nowMs }, rules)
  const [first] = taken
  const fleet = writesOf({ judged: [...taken.map(({ event }) => retracted(event)), ...replay.judged] })
  const stands = new Set(connected.standing.map(({ bikeId }) => bikeId))
  const states = [...taken, ...others].map(({ event, state }) => ({
    eventId: event.eventId,
    kind: event.event.case ?? 'unknown',
    source: event.source,
    before: state,
    after: replay.statements.get(event.eventId)?.state ?? ('retracted' as const),
  }))
  const writes: RetractionWrites = {
    eventIds: taken.map(({ event }) => event.eventId),
    cleared,
    forgotten: cleared.bikeIds.filter(
      (bikeId) => !stands.has(bikeId) && facts.bikeById(bikeId)?.frameNumber === undefined,
    ),
    voided: states
      .filter(({ kind, after }) => kind === 'bikeSold' && after !== 'applied')
      .map(({ eventId }) => eventId),
    fleet: { ...fleet, changedParts: withCleared(fleet.changedParts, cleared, first?.event.eventId ?? '') },
  }
  const changed = states.filter(({ before, after }) => before !== after)
  return { outcome: { outcome: 'retracted', judgedAgain: others.length, changed }, writes }
}

type Cleared = RetractionWrites['cleared']

function clearedOf({ snapshot, connecting }: Connected): Cleared {
  const { types, models } = namesIn(connecting)
  return {
    bikeIds: snapshot.bikes.map(({ bikeId }) => bikeId),
    componentIds: snapshot.components.map(({ componentId }) => componentId),
    types,
    modelIds: models,
  }
}

/** What remains when all that statements told is taken away: definitions of others, and bikes as if registered by hand. */
function bare({ snapshot, standing, others }: Connected, cleared: Cleared): FleetSnapshot {
  const applied = others.flatMap(({ event, state }) => (state === 'applied' ? event : []))
  const sales = applied.filter(({ event }) => event.case === 'bikeSold')
  const stands = new Map(standing.map((each) => [each.bikeId, each.registeredAsProducedAtMs]))
  return {
    types: snapshot.types.filter(({ type }) => !cleared.types.includes(type)),
    models: snapshot.models.filter(({ modelId }) => !cleared.modelIds.includes(modelId)),
    bikes: snapshot.bikes.map((bike) => ({
      ...bike,
      producedAtMs: stands.get(bike.bikeId) ?? bike.producedAtMs,
      ...{ frameNumber: undefined, modelId: undefined, plant: undefined, oem: undefined },
      ...{ deliveredAtMs: undefined, source: undefined },
      // Those of no code, too: it was nobody's when they were applied, whoever owns it since.
      soldBy: [
        ...bike.soldBy,
        ...sales.filter((sale) => saidFrameNumber(sale) === bike.frameNumber).map(({ eventId }) => eventId),
      ],
    })),
    ...{ components: [], aliases: [], installations: [] },
  }
}

/** Reports of parts are compared again for all that was cleared, also where nothing was told of it afterwards. */
function withCleared(
  { bikes, components }: ReturnType<typeof changedParts>,
  cleared: Cleared,
  saidBy: string,
): ReturnType<typeof changedParts> {
  return {
    bikes: new Map([...cleared.bikeIds.map((id) => [id, saidBy] as const), ...bikes]),
    components: new Map([...cleared.componentIds.map((id) => [id, saidBy] as const), ...components]),
  }
}
