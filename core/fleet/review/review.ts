// The review of doubtful statements: lists them, suggests fixes, and decides, with all consequences of a decision.

import { isUuid } from '../../../proto/codec/ids.ts'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { makeStorable } from '../../runtime/foreign-text.ts'
import type { Effect } from '../../staff/approvals/port.ts'
import { decideInStore, UnstorableError } from '../judging/decide.ts'
import { planAgain } from '../judging/plan.ts'
import type { FleetStore, KnownFleet, KnownStatement } from '../judging/port.ts'
import type { Rule } from '../judging/rules/rule.ts'
import { type Asked, fleetAnswer, fleetQuestion } from '../judging/store-plan.ts'
import { isDefinition, subjectsOf } from '../statements/subjects.ts'
import { correct, type PlannedReview, planReview } from './decision.ts'
import { groundOf, groundQuestion } from './ground.ts'
import type {
  Review,
  ReviewCase,
  ReviewOutcome,
  ReviewReader,
  ReviewRequest,
  StoredStatement,
} from './port.ts'
import { requestSha256 } from './proposal.ts'
import { findingWithoutRider, listed, shown, shownDecisions, shownJudgements } from './shown.ts'
import { suggest } from './suggestions.ts'

export interface ReviewDeps {
  readonly store: Pick<FleetStore, 'decide' | 'find'>
  readonly reader: ReviewReader
  readonly rules: readonly Rule[]
}

/** Rounds of consequences before an answer; what is left is judged by the fleet worker. */
const rounds = 20
const judgedAtOnce = 200
/** Other statements that are shown beside one. */
const mostOthers = 20

export function createReview(deps: ReviewDeps): Review {
  const { reader } = deps
  return {
    async list(filter, page) {
      const { statements, nextCursor } = await reader.list(filter, page)
      return { statements: statements.map(listed), nextCursor }
    },
    show: (eventId) => show(eventId, deps),
    async decide(request) {
      const outcome = await decide(request, deps)
      return 'findings' in outcome
        ? { ...outcome, findings: outcome.findings.map(findingWithoutRider) }
        : outcome
    },
  }
}

async function show(eventId: string, deps: ReviewDeps): Promise<ReviewCase | undefined> {
  const { reader } = deps
  const found = await reader.find(eventId)
  if (found === undefined) return undefined
  // Statements about the same definitions would bring in half of the fleet.
  const things = found.subjects.filter((subject) => !isDefinition(subject))
  const [judgements, decisions, others, suggestions] = await Promise.all([
    reader.judgements(eventId),
    reader.decisions(eventId),
    reader.about(things, { except: eventId, limit: mostOthers }),
    suggestionsFor(found, reader),
  ])
  const seen = judgements.at(-1)?.number ?? 0
  const effectsIf = (by: Pick<ReviewRequest, 'verdict'> & Partial<ReviewRequest>) =>
    found.state === 'held' ? previewEffects({ ...nobody, eventId, seen, ...by }, deps) : []
  return {
    ...shown(found),
    judgements: shownJudgements(judgements),
    decisions: shownDecisions(found, decisions),
    others: others.map(shown),
    effects: await effectsIf({ verdict: 'accept' }),
    suggestions: await oneByOne(suggestions, async ({ score, because, ...fix }) => ({
      ...{ ...fix, score, because },
      effects: await effectsIf(fix),
    })),
  }
}

async function suggestionsFor({ state, event, findings }: StoredStatement, reader: ReviewReader) {
  if (state !== 'held') return []
  return suggest(event, findings, groundOf(await reader.ground(groundQuestion(event, findings))))
}

/** A preview is nobody's decision: nothing of it is stored. */
const nobody = { decisionId: '00000000-0000-0000-0000-000000000000', author: '', reason: '' }

/** Who would gain and lose by the decision; nothing is locked or written. */
async function previewEffects(request: ReviewRequest, deps: ReviewDeps): Promise<readonly Effect[]> {
  const { outcome } = await plan(request, deps, async (asked, decide) => {
    const question = fleetQuestion(asked, asked.statements.flatMap(subjectsOf))
    const foreseen = await deps.reader.foresee(question, {
      answer: (loaded, question) => fleetAnswer(asked, { loaded, question, decide }),
    })
    return { ...foreseen, due: [] }
  })
  return outcome.outcome === 'approval_needed' ? outcome.effects : []
}

/** One after the other: each takes a connection, and a process has two. */
async function oneByOne<A, B>(all: readonly A[], each: (one: A) => Promise<B>): Promise<B[]> {
  const done: B[] = []
  for (const one of all) done.push(await each(one))
  return done
}

async function decide(request: ReviewRequest, deps: ReviewDeps): Promise<ReviewOutcome> {
  const { outcome, due } = await plan(request, deps, (asked, by) => decideInStore(deps.store, asked, by))
  return outcome.outcome === 'decided' ? { ...outcome, released: await release(due, deps) } : outcome
}

interface Planned {
  readonly outcome: ReviewOutcome
  /** Statements that are to be judged again because of what was written. */
  readonly due: readonly string[]
}

/** `ask` shows the store's facts to the plan of the decision. */
async function plan(
  request: ReviewRequest,
  { store, rules }: ReviewDeps,
  ask: (asked: Asked, by: (known: KnownFleet) => PlannedReview) => Promise<Planned>,
): Promise<Planned> {
  const [before] = await store.find([request.eventId])
  if (before === undefined) return { outcome: { outcome: 'statement_unknown' }, due: [] }
  const prepared = prepare(request, before)
  if ('fault' in prepared) return { outcome: { outcome: 'invalid', detail: prepared.fault }, due: [] }
  const { event } = prepared
  const order = {
    request,
    requestSha256: request.approved?.requestSha256 ?? requestSha256(request),
    before,
    event,
    rules,
  }
  const question = {
    statements: [event],
    componentId: request.verdict === 'merge' ? request.mergeInto : undefined,
    decisionId: request.decisionId,
    ...(request.verdict === 'correct' && { speakers: inStaffsName(event) }),
  }
  return ask(question, (known) => planReview(order, known)).catch(unstorable)
}

/** Staff answers for what it corrects. */
const inStaffsName = ({ eventId }: ManufacturingEvent) =>
  new Map([[eventId, { provenance: 'staff' } as const]])

/** A repetition would not help: the request is at fault. */
function unstorable(error: unknown): Planned {
  if (!(error instanceof UnstorableError)) throw error
  return {
    outcome: { outcome: 'invalid', detail: `the database cannot store it: ${error.message}` },
    due: [],
  }
}

function prepare({ verdict, correction, mergeInto }: ReviewRequest, { event }: KnownStatement) {
  if (verdict === 'merge' && !isUuid(mergeInto ?? '')) return { fault: 'to merge, say into which component' }
  if (verdict !== 'correct') return { event }
  if (correction === undefined) return { fault: 'to correct, say what' }
  const corrected = correct(event, correction)
  if ('event' in corrected) makeStorable(corrected.event)
  return corrected
}

/** Judges statements again that became due, and those that become due by that. Returns those that are applied now. */
async function release(due: readonly string[], { store, rules }: ReviewDeps): Promise<string[]> {
  const seen = new Set(due)
  let waiting = [...due]
  for (let round = 0; round < rounds && waiting.length > 0; round++) {
    const statements = await store.find(waiting.slice(0, judgedAtOnce))
    const question = { statements: statements.map(({ event }) => event), withWaiting: true }
    const next = await decideInStore(store, question, (known) => planAgain(statements, known, rules))
    waiting = [...waiting.slice(judgedAtOnce), ...next.due]
    for (const eventId of next.due) seen.add(eventId)
  }
  const after = await store.find([...seen])
  return after.filter(({ state }) => state === 'applied').map(({ event }) => event.eventId)
}
