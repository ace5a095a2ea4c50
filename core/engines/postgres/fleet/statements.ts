// Statements and their judgements: the rows of manufacturing_events and what hangs on them.
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { Finding } from '../../../fleet/judging/findings.ts'
import type {
  AwaitedStatement,
  FleetWrites,
  KnownStatement,
  RecordedDecision,
  StatementState,
  WrittenStatement,
} from '../../../fleet/judging/port.ts'
import type { Door, Speaker } from '../../../fleet/partners/port.ts'
import { cutText } from '../../../runtime/foreign-text.ts'
import type { Sql, Transaction } from '../client/connect.ts'

interface StatementRow {
  statement: Buffer
  contentSha256: string
  record: string
  state: StatementState
  findings: readonly Finding[]
  judgement: number
  decisions: KnownStatement['decisions']
  isDue: boolean
  provenance: 'sealed' | 'unsealed' | 'legacy'
  partnerId: string | null
  keyId: string | null
  door: Door | null
}

/** `which` is a condition on manufacturing_events. */
export async function loadStatements(
  sql: Sql | Transaction,
  which: ReturnType<Sql>,
): Promise<KnownStatement[]> {
  const rows = await sql<StatementRow[]>`
    select statement, encode(sha256, 'hex') as "contentSha256", record, state, due as "isDue", findings,
      number as judgement, provenance, events.partner_id as "partnerId", events.key_id as "keyId", keys.door,
      coalesce(${decisionsAbout(sql, sql`events.event_id`)}, '[]') as decisions
    from manufacturing_events as events
    join lateral (
      select number, findings from manufacturing_judgements as judged
      where judged.event_id = events.event_id order by number desc limit 1
    ) as last on true
    left join partner_keys as keys using (key_id)
    where ${which}`
  return rows.map(({ statement, provenance, partnerId, keyId, door, ...row }) => ({
    ...row,
    speaker: speakerOf({ provenance, partnerId, keyId, door }),
    event: fromBinary(ManufacturingEventSchema, statement),
  }))
}

/** Null where there are none. */
const decisionsAbout = (sql: Sql | Transaction, eventId: ReturnType<Sql>) => sql`(
  select json_agg(json_strip_nulls(json_build_object('verdict', verdict, 'accepted', accepted, 'merged', merged))
    order by decided_at)
  from review_decisions as decided where decided.event_id = ${eventId})`

interface AwaitedRow {
  eventId: string
  isRetracted: boolean
  contentSha256: string | null
  provenance: 'sealed' | 'unsealed' | 'legacy'
  wasApplied: boolean
  decisions: KnownStatement['decisions'] | null
  corrected: Buffer | null
}

/** Those of which nothing was known beforehand are left out. */
export async function loadAwaited(tx: Transaction, eventIds: readonly string[]): Promise<AwaitedStatement[]> {
  const rows = await tx<AwaitedRow[]>`
    select event_id as "eventId", retractions.event_id is not null as "isRetracted",
      encode(remembered.sha256, 'hex') as "contentSha256", provenance, applied as "wasApplied", decisions,
      (select after from review_decisions as decided
        where decided.event_id = given.event_id and verdict = 'correct' order by decided_at desc limit 1) as corrected
    from unnest(${[...eventIds]}::uuid[]) as given (event_id)
    left join retractions using (event_id)
    left join remembered_statements as remembered using (event_id)
    cross join lateral (select ${decisionsAbout(tx, tx`given.event_id`)} as decisions) as decided
    where coalesce(retractions.event_id, remembered.event_id) is not null or decisions is not null`
  return rows.map(
    ({ eventId, isRetracted, contentSha256, provenance, wasApplied, decisions, corrected }) => ({
      ...{ eventId, isRetracted, decisions: decisions ?? [] },
      remembered: contentSha256 === null ? undefined : { contentSha256, provenance, wasApplied },
      corrected: corrected === null ? undefined : fromBinary(ManufacturingEventSchema, corrected),
    }),
  )
}

function speakerOf(row: Pick<StatementRow, 'provenance' | 'partnerId' | 'keyId' | 'door'>): Speaker {
  const { provenance, partnerId, keyId, door } = row
  if (provenance !== 'sealed') return { provenance }
  if (partnerId === null || keyId === null || door === null) throw new Error('a sealed statement has no key')
  return { provenance, partnerId, keyId, door }
}

/** Statements that are new, and those whose state, words or findings are others than before. */
export async function writeStatements(
  tx: Transaction,
  { statements, review }: Pick<FleetWrites, 'statements' | 'review'>,
): Promise<void> {
  const known = statements.filter(({ received }) => received === undefined)
  await insertNew(tx, statements)
  if (review !== undefined) await insertDecision(tx, review)
  await updateKnown(tx, known)
  await insertJudgements(tx, statements)
  await writeWaiting(tx, { known, statements })
}

async function insertNew(tx: Transaction, statements: readonly WrittenStatement[]): Promise<void> {
  const fresh = statements.flatMap((each) =>
    each.received === undefined ? [] : [{ ...each, ...each.received }],
  )
  if (fresh.length === 0) return
  await tx`
    insert into manufacturing_events
      (event_id, source, kind, occurred_at, received_at, subjects, statement, sha256, record, state, provenance,
        partner_id, key_id, said_event_id)
    select event_id, source, kind, occurred_at, received_at, array(select jsonb_array_elements_text(subjects::jsonb)),
      decode(statement, 'base64'), decode(sha256, 'hex'), record, state, provenance,
      partner_id, key_id, said_event_id
    from unnest(
      ${fresh.map(({ event }) => event.eventId)}::uuid[],
      ${fresh.map(sourceOf)}::text[],
      ${fresh.map(({ event }) => event.event.case ?? '')}::text[],
      ${fresh.map(({ event }) => occurredAt(event))}::timestamptz[],
      ${fresh.map(({ receivedAtMs }) => new Date(receivedAtMs).toISOString())}::timestamptz[],
      ${fresh.map(({ subjects }) => JSON.stringify(subjects))}::text[],
      ${fresh.map(({ event }) => base64(event))}::text[],
      ${fresh.map(({ contentSha256 }) => contentSha256)}::text[],
      ${fresh.map(({ record }) => record)}::text[],
      ${fresh.map(({ state }) => state)}::text[],
      ${fresh.map(({ speaker }) => speaker.provenance)}::text[],
      ${fresh.map(({ speaker }) => ('keyId' in speaker ? speaker.partnerId : null))}::text[],
      ${fresh.map(({ speaker }) => ('keyId' in speaker ? speaker.keyId : null))}::text[],
      ${fresh.map(({ saidEventId }) => saidEventId ?? null)}::uuid[]
    ) with ordinality as given (event_id, source, kind, occurred_at, received_at, subjects, statement, sha256, record, state,
      provenance, partner_id, key_id, said_event_id, place)
    order by place`
}

async function updateKnown(tx: Transaction, known: readonly WrittenStatement[]): Promise<void> {
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
      ${known.map(({ subjects }) => JSON.stringify(subjects))}::text[],
      ${known.map(({ event }) => base64(event))}::text[]
    ) as given (event_id, state, source, kind, occurred_at, subjects, statement)
    where events.event_id = given.event_id`
}

interface Waiting {
  readonly known: readonly WrittenStatement[]
  readonly statements: readonly WrittenStatement[]
}

/** A statement that waits is found by the subjects that it waits for. */
async function writeWaiting(tx: Transaction, { known, statements }: Waiting): Promise<void> {
  const eventIds = known.map(({ event }) => event.eventId)
  if (eventIds.length > 0) await tx`delete from waiting_subjects where event_id = any(${eventIds}::uuid[])`
  const waiting = statements.flatMap(({ event, waitsFor }) =>
    waitsFor.map((subject) => ({ subject, eventId: event.eventId })),
  )
  if (waiting.length === 0) return
  await tx`
    insert into waiting_subjects (subject, event_id)
    select * from unnest(
      ${waiting.map(({ subject }) => subject)}::text[], ${waiting.map(({ eventId }) => eventId)}::uuid[])`
}

async function insertJudgements(tx: Transaction, judged: readonly WrittenStatement[]): Promise<void> {
  await tx`
    insert into manufacturing_judgements (event_id, number, state, findings, decision_id)
    select event_id, coalesce(number, 0) + 1, given.state, given.findings::jsonb, decision_id
    from unnest(
      ${judged.map(({ event }) => event.eventId)}::uuid[],
      ${judged.map(({ state }) => state)}::text[],
      ${judged.map(({ findings }) => JSON.stringify(findings))}::text[],
      ${judged.map(({ decisionId }) => decisionId ?? null)}::uuid[]
    ) as given (event_id, state, findings, decision_id)
    left join lateral (
      select number, state, findings from manufacturing_judgements as former
      where former.event_id = given.event_id order by number desc limit 1
    ) as last on true
    where decision_id is not null
      or (last.state, last.findings) is distinct from (given.state, given.findings::jsonb)`
}

async function insertDecision(tx: Transaction, decision: RecordedDecision): Promise<void> {
  const { decisionId, eventId, verdict, author, reason, mergedInto, merged, accepted, requestSha256 } =
    decision
  const [before, after] = [decision.before, decision.after].map((event) =>
    event === undefined ? null : Buffer.from(toBinary(ManufacturingEventSchema, event)),
  )
  await tx`
    insert into review_decisions
      (decision_id, event_id, verdict, reason, author, before, after, merged_into, merged, accepted, sha256, decided_at)
    values (${decisionId}, ${eventId}, ${verdict}, ${reason}, ${author}, ${before ?? null}, ${after ?? null},
      ${mergedInto ?? null}, ${merged === undefined ? null : JSON.stringify(merged)}::text::jsonb, ${[...accepted]}::text[], decode(${requestSha256}, 'hex'), clock_timestamp())`
}

/** Notified when statements have become due. */
export const statementsDueChannel = 'statements_due'

/** Statements that wait for a subject that was touched, and those that are judged again all the same, by event id. */
export async function markDue(
  tx: Transaction,
  { touched, again }: Pick<FleetWrites, 'touched' | 'again'>,
): Promise<string[]> {
  if (touched.length + again.length === 0) return []
  const due = await tx<{ eventId: string }[]>`
    update manufacturing_events as events set due = true
    from (
      select event_id from waiting_subjects where subject = any(${[...touched]}::text[])
      union select unnest(${[...again]}::uuid[])
    ) as waiting
    where events.event_id = waiting.event_id and state not in ('refused', 'retracted')
    returning events.event_id as "eventId"`
  if (due.length > 0) await tx`select pg_notify(${statementsDueChannel}, '')`
  return due.map(({ eventId }) => eventId)
}

/** No source that is believed is longer, and no index could hold much more. */
const sourceOf = ({ event }: WrittenStatement) => cutText(event.source, 256)

const base64 = (event: ManufacturingEvent) =>
  Buffer.from(toBinary(ManufacturingEventSchema, event)).toString('base64')

/** Null where there is none that a database could hold. */
function occurredAt({ occurredAt: at }: ManufacturingEvent): string | null {
  const date = new Date(at === undefined ? Number.NaN : timestampMs(at))
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999 ? date.toISOString() : null
}
