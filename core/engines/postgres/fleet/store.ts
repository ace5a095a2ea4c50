// Master data in PostgreSQL: what is known is shown to who decides, and what is decided is written, in one transaction.
import type { ManufacturingEvent } from '../../../../proto/index.ts'
import {
  type FleetDecision,
  type FleetQuestion,
  type FleetStore,
  type JudgedStatement,
  type KnownFleet,
  UnstorableError,
} from '../../../fleet/judging/port.ts'
import { createWorkingFacts } from '../../../fleet/judging/working-facts.ts'
import { saidFrameNumber } from '../../../fleet/statements/said.ts'
import { componentSubject, definedBy, frameSubject, subjectsOf } from '../../../fleet/statements/subjects.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { ChangedMeanwhile, writeChanges } from './changes.ts'
import { loadFacts, namesBehind } from './facts.ts'
import { reconcileAfter } from './installed-part-store.ts'
import { loadStatements, markDue, writeStatements } from './statements.ts'
import { lockSubjects } from './subject-locks.ts'

const attempts = 8
/** Statements about one bike that are seen together. */
const mostWaiting = 50
/** Unique and exclusion violations, serialization failures, deadlocks: somebody else was faster. */
const races = new Set(['23505', '23P01', '40001', '40P01'])

export function createFleetStore(sql: Sql): FleetStore {
  return {
    decide: (question, decide) => decideAlone(sql, question, decide),
    due: (limit) =>
      loadStatements(
        sql,
        sql`event_id in (
        select event_id from manufacturing_events where due order by position limit ${limit}) order by position`,
      ),
    find: (eventIds) => loadStatements(sql, sql`event_id = any(${[...eventIds]}::uuid[]) order by position`),
    async held() {
      const [row] = await sql<{ statements: number; oldestMs: number | null }[]>`
        select count(*)::integer as statements, (extract(epoch from min(received_at)) * 1000)::float8 as "oldestMs"
        from manufacturing_events where state = 'held'`
      return row ?? { statements: 0, oldestMs: null }
    },
  }
}

/** Thrown to begin anew with more locks. */
class MoreSubjects extends Error {
  readonly subjects: readonly string[]
  constructor(subjects: readonly string[]) {
    super('more is concerned than was locked')
    this.subjects = subjects
  }
}

async function decideAlone<D extends FleetDecision>(
  sql: Sql,
  question: FleetQuestion,
  decide: (known: KnownFleet) => D,
): Promise<D & { readonly due: readonly string[] }> {
  const locked = new Set(question.statements.flatMap(subjectsOf))
  for (let attempt = 1; ; attempt++) {
    try {
      const { decision, due } = await sql.begin(async (tx) => {
        const known = await lockAndLoad(tx, question, locked)
        const decision = decide(known)
        demand(
          locked,
          decision.judged.flatMap(({ touched }) => touched),
        )
        await writeStatements(tx, decision)
        return { decision, due: await writeConsequences(tx, decision.judged) }
      })
      return { ...(decision as D), due }
    } catch (error) {
      const isLast = attempt === attempts
      if (isUnstorable(error, isLast)) throw new UnstorableError(error.message, { cause: error })
      if (isLast || !isRace(error)) throw error
      if (error instanceof MoreSubjects) for (const subject of error.subjects) locked.add(subject)
    }
  }
}

/** Data exceptions, limits of the database, broken constraints; those that others may have met first only in the end. */
function isUnstorable(error: unknown, isLast: boolean): error is Error {
  if (error instanceof ChangedMeanwhile) return isLast
  if (!(error instanceof Error && 'code' in error)) return false
  const code = String(error.code)
  return /^(22|23|54)...$/.test(code) && (isLast || !races.has(code))
}

function isRace(error: unknown): boolean {
  if (error instanceof MoreSubjects || error instanceof ChangedMeanwhile) return true
  return error instanceof Error && 'code' in error && races.has(String(error.code))
}

function demand(locked: ReadonlySet<string>, subjects: readonly string[]): void {
  const missing = subjects.filter((subject) => !locked.has(subject))
  if (missing.length > 0) throw new MoreSubjects(missing)
}

async function lockAndLoad(
  tx: Transaction,
  { statements, withWaiting = false, componentId, decisionId }: FleetQuestion,
  locked: ReadonlySet<string>,
): Promise<KnownFleet> {
  await lockSubjects(tx, [...locked], definitionsIn(statements))
  const ids = statements.map(({ eventId }) => eventId)
  const known = await loadStatements(tx, tx`event_id = any(${ids}::uuid[])`)
  const waiting = withWaiting ? await loadWaiting(tx, statements) : []
  const snapshot = await loadFacts(tx, [...locked], componentId === undefined ? [] : [componentId])
  const named = snapshot.components.filter((each) => each.componentId === componentId)
  demand(locked, [
    ...[...known, ...waiting].flatMap(({ event }) => subjectsOf(event)),
    ...namesBehind(snapshot, locked),
    ...named.map(componentSubject),
  ])
  const [now] = await tx<
    { nowMs: number }[]
  >`select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"`
  return {
    nowMs: now?.nowMs ?? Date.now(),
    facts: createWorkingFacts(snapshot),
    statements: new Map(known.map((each) => [each.event.eventId, each])),
    waiting,
    decision: decisionId === undefined ? undefined : await findDecision(tx, decisionId),
  }
}

/** Of each bike that is spoken of, some of what waits. */
async function loadWaiting(tx: Transaction, statements: readonly ManufacturingEvent[]) {
  const frames = new Set(statements.map(saidFrameNumber).filter((frameNumber) => frameNumber !== ''))
  return loadStatements(
    tx,
    tx`state <> 'refused' and event_id in (
      select event_id from unnest(${[...frames].map(frameSubject)}::text[]) as given (subject)
      cross join lateral (
        select event_id from waiting_subjects where waiting_subjects.subject = given.subject limit ${mostWaiting}
      ) as waiting) order by position`,
  )
}

function definitionsIn(statements: readonly ManufacturingEvent[]): string[] {
  return statements.flatMap((statement) => definedBy(statement) ?? [])
}

async function findDecision(tx: Transaction, decisionId: string) {
  const [found] = await tx<{ eventId: string; requestSha256: string }[]>`
    select event_id as "eventId", encode(sha256, 'hex') as "requestSha256"
    from review_decisions where decision_id = ${decisionId}::uuid`
  return found
}

/** The changes themselves, what they explain to the witness, and what is to be judged again because of them. */
async function writeConsequences(tx: Transaction, judged: readonly JudgedStatement[]): Promise<string[]> {
  const said = judged.flatMap(({ event, changes }) =>
    changes.map((change) => ({ change, saidBy: event.eventId })),
  )
  if (said.length > 0) {
    await writeChanges(tx, said)
    await reconcileAfter(tx, said)
  }
  return markDue(tx, {
    touched: [...new Set(judged.flatMap(({ touched }) => touched))],
    again: judged.flatMap(({ again }) => again),
  })
}
