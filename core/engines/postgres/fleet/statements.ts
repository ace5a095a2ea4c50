// Statements and their judgements: the rows of manufacturing_events and what hangs on them.
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import { type ManufacturingEvent, ManufacturingEventSchema } from '../../../../proto/index.ts'
import type { Finding, StatementReason } from '../../../fleet/judging/findings.ts'
import { mayCountLater } from '../../../fleet/judging/judge.ts'
import type {
  JudgedStatement,
  KnownStatement,
  RecordedDecision,
  StatementState,
} from '../../../fleet/judging/port.ts'
import { isDefinition, subjectsOf } from '../../../fleet/statements/subjects.ts'
import { cutText } from '../../../runtime/storable.ts'
import type { Sql, Transaction } from '../client/connect.ts'

interface StatementRow {
  statement: Buffer
  contentSha256: string
  record: string
  state: StatementState
  findings: readonly Finding[]
  judgement: number
  accepted: readonly StatementReason[]
  isDue: boolean
}

/** `which` is a condition on manufacturing_events. */
export async function loadStatements(
  sql: Sql | Transaction,
  which: ReturnType<Sql>,
): Promise<KnownStatement[]> {
  const rows = await sql<StatementRow[]>`
    select statement, encode(sha256, 'hex') as "contentSha256", record, state, due as "isDue", findings,
      number as judgement,
      -- A correction makes another statement of it: what was accepted before says nothing of that.
      array(select unnest(accepted) from review_decisions as decided
        where decided.event_id = events.event_id and not exists (
          select from review_decisions as later where later.event_id = events.event_id
            and later.verdict = 'correct' and later.decided_at > decided.decided_at)) as accepted
    from manufacturing_events as events
    join lateral (
      select number, findings from manufacturing_judgements as judged
      where judged.event_id = events.event_id order by number desc limit 1
    ) as last on true
    where ${which}`
  return rows.map(({ statement, ...row }) => ({
    ...row,
    event: fromBinary(ManufacturingEventSchema, statement),
  }))
}

/** Statements that are new, and those whose state, words or findings are others than before. */
export async function writeStatements(
  tx: Transaction,
  { judged, review }: { judged: readonly JudgedStatement[]; review?: RecordedDecision | undefined },
): Promise<void> {
  await insertNew(tx, judged)
  if (review !== undefined) await insertDecision(tx, review)
  await updateKnown(tx, judged)
  await insertJudgements(tx, judged, review)
  await keepWaiting(tx, judged)
}

async function insertNew(tx: Transaction, judged: readonly JudgedStatement[]): Promise<void> {
  const fresh = judged.flatMap((each) => (each.received === undefined ? [] : [{ ...each, ...each.received }]))
  if (fresh.length === 0) return
  await tx`
    insert into manufacturing_events
      (event_id, source, kind, occurred_at, subjects, statement, sha256, record, state)
    select event_id, source, kind, occurred_at, array(select jsonb_array_elements_text(subjects::jsonb)),
      decode(statement, 'base64'), decode(sha256, 'hex'), record, state
    from unnest(
      ${fresh.map(({ event }) => event.eventId)}::uuid[],
      ${fresh.map(sourceOf)}::text[],
      ${fresh.map(({ event }) => event.event.case ?? '')}::text[],
      ${fresh.map(({ event }) => occurredAt(event))}::timestamptz[],
      ${fresh.map(({ event }) => JSON.stringify(subjectsOf(event)))}::text[],
      ${fresh.map(({ event }) => base64(event))}::text[],
      ${fresh.map(({ contentSha256 }) => contentSha256)}::text[],
      ${fresh.map(({ record }) => record)}::text[],
      ${fresh.map(({ state }) => state)}::text[]
    ) with ordinality as given
      (event_id, source, kind, occurred_at, subjects, statement, sha256, record, state, place)
    order by place`
}

async function updateKnown(tx: Transaction, judged: readonly JudgedStatement[]): Promise<void> {
  const known = judged.filter(({ received }) => received === undefined)
  if (known.length === 0) return
  await tx`
    update manufacturing_events as events set due = false, state = given.state,
      decided_at = case when events.state = given.state then events.decided_at else now() end,
      source = given.source, kind = given.kind, occurred_at = given.occurred_at,
      subjects = array(select jsonb_array_elements_text(given.subjects::jsonb)),
      statement = decode(given.statement, 'base64')
    from unnest(
      ${known.map(({ event }) => event.eventId)}::uuid[],
      ${known.map(({ state }) => state)}::text[],
      ${known.map(sourceOf)}::text[],
      ${known.map(({ event }) => event.event.case ?? '')}::text[],
      ${known.map(({ event }) => occurredAt(event))}::timestamptz[],
      ${known.map(({ event }) => JSON.stringify(subjectsOf(event)))}::text[],
      ${known.map(({ event }) => base64(event))}::text[]
    ) as given (event_id, state, source, kind, occurred_at, subjects, statement)
    where events.event_id = given.event_id`
}

/** What waits can be found by what it waits for. Of what is applied, no definition decides any more. */
async function keepWaiting(tx: Transaction, judged: readonly JudgedStatement[]): Promise<void> {
  const known = judged.filter(({ received }) => received === undefined).map(({ event }) => event.eventId)
  if (known.length > 0) await tx`delete from waiting_subjects where event_id = any(${known}::uuid[])`
  const waiting = judged.flatMap((each) => {
    const { event, state } = each
    const subjects = subjectsOf(event)
    const awaited = mayCountLater(event, each) ? subjects.filter((subject) => !isDefinition(subject)) : []
    return (state === 'held' ? subjects : awaited).map((subject) => ({ subject, eventId: event.eventId }))
  })
  if (waiting.length === 0) return
  await tx`
    insert into waiting_subjects (subject, event_id)
    select * from unnest(
      ${waiting.map(({ subject }) => subject)}::text[], ${waiting.map(({ eventId }) => eventId)}::uuid[])`
}

async function insertJudgements(
  tx: Transaction,
  judged: readonly JudgedStatement[],
  review: RecordedDecision | undefined,
): Promise<void> {
  const decisionOf = (eventId: string) => (review?.eventId === eventId ? review.decisionId : null)
  await tx`
    insert into manufacturing_judgements (event_id, number, state, findings, decision_id)
    select event_id, coalesce(number, 0) + 1, given.state, given.findings::jsonb, decision_id
    from unnest(
      ${judged.map(({ event }) => event.eventId)}::uuid[],
      ${judged.map(({ state }) => state)}::text[],
      ${judged.map(({ findings }) => JSON.stringify(findings))}::text[],
      ${judged.map(({ event }) => decisionOf(event.eventId))}::uuid[]
    ) as given (event_id, state, findings, decision_id)
    left join lateral (
      select number, state, findings from manufacturing_judgements as former
      where former.event_id = given.event_id order by number desc limit 1
    ) as last on true
    where decision_id is not null
      or (last.state, last.findings) is distinct from (given.state, given.findings::jsonb)`
}

async function insertDecision(tx: Transaction, decision: RecordedDecision): Promise<void> {
  const { decisionId, eventId, verdict, author, reason, before, mergedInto, accepted, requestSha256 } =
    decision
  await tx`
    insert into review_decisions
      (decision_id, event_id, verdict, reason, author, before, merged_into, accepted, sha256, decided_at)
    values (${decisionId}, ${eventId}, ${verdict}, ${reason}, ${author},
      ${before === undefined ? null : Buffer.from(toBinary(ManufacturingEventSchema, before))},
      ${mergedInto ?? null}, ${[...accepted]}::text[], decode(${requestSha256}, 'hex'), clock_timestamp())`
}

/** Notified when statements have become due. */
export const statementsDueChannel = 'statements_due'

/** What waits for one of the names that were touched, and what is to be judged again all the same; by event id. */
export async function markDue(
  tx: Transaction,
  { touched, again }: { touched: readonly string[]; again: readonly string[] },
): Promise<string[]> {
  if (touched.length + again.length === 0) return []
  const due = await tx<{ eventId: string }[]>`
    update manufacturing_events as events set due = true
    from (
      select event_id from waiting_subjects where subject = any(${[...touched]}::text[])
      union select unnest(${[...again]}::uuid[])
    ) as waiting
    where events.event_id = waiting.event_id and state <> 'refused'
    returning events.event_id as "eventId"`
  if (due.length > 0) await tx`select pg_notify(${statementsDueChannel}, '')`
  return due.map(({ eventId }) => eventId)
}

/** No source that is believed is longer, and no index could hold much more. */
const sourceOf = ({ event }: JudgedStatement) => cutText(event.source, 256)

const base64 = (event: ManufacturingEvent) =>
  Buffer.from(toBinary(ManufacturingEventSchema, event)).toString('base64')

/** Null where there is none that a database could hold. */
function occurredAt({ occurredAt: at }: ManufacturingEvent): string | null {
  const date = new Date(at === undefined ? Number.NaN : timestampMs(at))
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999 ? date.toISOString() : null
}
