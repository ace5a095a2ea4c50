// Master data in PostgreSQL: locks and loads what a decision asks for, and writes what it says, in one transaction.
import type {
  FleetOutcome,
  FleetPlan,
  FleetQuestion,
  FleetStore,
  KnownDecision,
  LoadedFleet,
} from '../../../fleet/judging/port.ts'
import type { SubjectLock } from '../../../fleet/statements/subjects.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { writeChanges } from './changes.ts'
import { loadFacts } from './facts.ts'
import { reconcileChanged } from './installed-part-findings.ts'
import { loadPartners, partnersOf } from './partners.ts'
import { loadAwaited, loadStatements, markDue, writeStatements } from './statements.ts'
import { ChangedMeanwhile } from './stay-changes.ts'

const attempts = 8
/** Statements that wait for one subject and are seen together. */
const mostWaiting = 50
/** Unique and exclusion violations, serialization failures, deadlocks: somebody else was faster. */
const races = new Set(['23505', '23P01', '40001', '40P01'])

export function createFleetStore(sql: Sql): FleetStore {
  return {
    decide: (question, plan) => decide(sql, question, plan),
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

async function decide<D>(sql: Sql, first: FleetQuestion, plan: FleetPlan<D>): Promise<FleetOutcome<D>> {
  let question = first
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const isLast = attempt === attempts
    try {
      const outcome = await sql.begin((tx) => decideIn(tx, question, plan))
      if (!('more' in outcome)) return outcome
      question = outcome.more
    } catch (error) {
      if (isUnstorable(error, isLast)) return { unstorable: error }
      if (isLast || !isRace(error)) throw error
    }
  }
  throw new Error(`after ${attempts} attempts more is concerned than was locked`)
}

/** Ends the transaction without writing anything where more has to be locked. */
async function decideIn<D>(tx: Transaction, question: FleetQuestion, plan: FleetPlan<D>) {
  await lockSubjects(tx, question.locks)
  const answer = plan.answer(await load(tx, question), question)
  if ('more' in answer) return answer
  const { decision, writes } = answer
  await writeStatements(tx, writes)
  await writeChanges(tx, writes.batches)
  await reconcileChanged(tx, writes.changedParts, plan.reconcile)
  return { decision, due: await markDue(tx, writes) }
}

/** Data exceptions, limits of the database, broken constraints; those that others may have met first only in the end. */
function isUnstorable(error: unknown, isLast: boolean): error is Error {
  if (error instanceof ChangedMeanwhile) return isLast
  if (!(error instanceof Error && 'code' in error)) return false
  const code = String(error.code)
  return /^(22|23|54)...$/.test(code) && (isLast || !races.has(code))
}

export function isRace(error: unknown): boolean {
  if (error instanceof ChangedMeanwhile) return true
  return error instanceof Error && 'code' in error && races.has(String(error.code))
}

/** `locked`: nobody changes keys and grants of the partners who speak until the transaction ends. */
export async function load(
  tx: Transaction,
  question: FleetQuestion,
  { locked = true } = {},
): Promise<LoadedFleet> {
  const { names, componentIds, eventIds, waitingFor, decisionId, partnerIds } = question
  const statements = await loadStatements(tx, tx`event_id = any(${[...eventIds]}::uuid[])`)
  const waiting = waitingFor.length > 0 ? await loadWaiting(tx, waitingFor) : []
  const snapshot = await loadFacts(tx, names, componentIds)
  const speaking = [...partnerIds, ...partnersOf([...statements, ...waiting])]
  const partners = await loadPartners(tx, speaking, { locked })
  const [now] = await tx<
    { nowMs: number }[]
  >`select (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"`
  return {
    nowMs: now?.nowMs ?? Date.now(),
    snapshot,
    statements,
    waiting,
    partners,
    decision: decisionId === undefined ? undefined : await findDecision(tx, decisionId),
    awaited: await loadAwaited(tx, [...eventIds, ...waiting.map(({ event }) => event.eventId)]),
  }
}

async function loadWaiting(tx: Transaction, subjects: readonly string[]) {
  return loadStatements(
    tx,
    tx`state not in ('refused', 'retracted') and event_id in (
      select event_id from unnest(${[...subjects]}::text[]) as given (subject)
      cross join lateral (
        select event_id from waiting_subjects where waiting_subjects.subject = given.subject limit ${mostWaiting}
      ) as waiting) order by position`,
  )
}

async function findDecision(tx: Transaction, decisionId: string): Promise<KnownDecision | undefined> {
  const [found] = await tx<KnownDecision[]>`
    select event_id as "eventId", encode(sha256, 'hex') as "requestSha256"
    from review_decisions where decision_id = ${decisionId}::uuid`
  return found
}

// A batch names thousands of subjects, and PostgreSQL has room for a few thousand locks: subjects share this many.
const locks = 1_024
// Any two numbers, the same for every process.
const spaces = { definitions: 7_305_115, things: 7_305_116 }

/** Once a transaction, before it writes, and always in one order, so that nobody waits in a circle. */
export async function lockSubjects(tx: Transaction, subjects: readonly SubjectLock[]): Promise<void> {
  await tx`
    select case when alone then pg_advisory_xact_lock(space, key) else pg_advisory_xact_lock_shared(space, key) end
    from (
      select space, (hashtextextended(subject, 0) & ${locks - 1})::integer as key, bool_or(alone) as alone
      from unnest(
        ${subjects.map(({ isDefinition }) => (isDefinition ? spaces.definitions : spaces.things))}::integer[],
        ${subjects.map(({ subject }) => subject)}::text[],
        ${subjects.map(({ isExclusive }) => String(isExclusive))}::text[]::boolean[]
      ) as given (space, subject, alone)
      group by 1, 2 order by 1, 2
    ) as keys`
}
