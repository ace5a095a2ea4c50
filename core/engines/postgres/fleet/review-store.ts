// Reads statements for review from PostgreSQL: lists, one with its judgements and decisions, and the ground for suggestions.
import { fromBinary } from '@bufbuild/protobuf'
import { z } from 'zod'
import { ManufacturingEventSchema } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { ComponentFact } from '../../../fleet/judging/facts.ts'
import type { Finding } from '../../../fleet/judging/findings.ts'
import type { FleetPlan, FleetQuestion } from '../../../fleet/judging/port.ts'
import type {
  GroundQuestion,
  ListedStatement,
  ReasonCount,
  ReportedNumber,
  ReviewCase,
  ReviewFilter,
  ReviewReader,
  StoredDecision,
  StoredGround,
  StoredStatement,
} from '../../../fleet/review/port.ts'
import type { ComponentName } from '../../../fleet/statements/said.ts'
import type { Sql } from '../client/connect.ts'
import { pageOf, readCursor } from '../client/cursor.ts'
import { componentColumns, componentFact } from './facts.ts'
import { load } from './store.ts'

const mostCounts = 50
const cursorKey = z.tuple([z.string().regex(/^\d{1,18}$/)])

export function createReviewReader(sql: Sql): ReviewReader {
  return {
    async list(filter, { cursor, limit }) {
      const [after] = cursor === undefined ? ['0'] : readCursor(cursor, cursorKey)
      const found = await sql<(ListedRow & { position: string })[]>`
        select ${columns(sql)}, position from manufacturing_events as events
        where position > ${after}::bigint and ${isAsked(sql, filter)}
        order by position limit ${limit + 1}`
      const { rows, next } = pageOf(found, limit, ({ position }) => [position])
      const statements = rows.map(({ position: _, findings, ...row }) => ({
        ...row,
        findings: findings ?? [],
      }))
      return { statements, nextCursor: next }
    },
    counts: (filter) => sql<ReasonCount[]>`
      select found ->> 'reason' as reason, source, count(distinct event_id)::int as statements
      from manufacturing_events as events
      cross join lateral (select findings from manufacturing_judgements as judged
        where judged.event_id = events.event_id order by number desc limit 1) as judged
      cross join lateral jsonb_array_elements(judged.findings) as found
      where ${isAsked(sql, filter)} and found ->> 'severity' <> 'flag'
      group by 1, 2 order by 3 desc, 1, 2 limit ${mostCounts}`,
    async find(eventId) {
      const [found] = await sql<StatementRow[]>`
        select ${statementColumns(sql)} from manufacturing_events as events where event_id = ${eventId}::uuid`
      return found && storedStatement(found)
    },
    judgements: (eventId) => sql<ReviewCase['judgements'][number][]>`
      select number, state, findings, decision_id as "decisionId",
        (extract(epoch from judged_at) * 1000)::float8 as "judgedAtMs"
      from manufacturing_judgements where event_id = ${eventId}::uuid order by number`,
    decisions: (eventId) => loadDecisions(sql, eventId),
    async about(subjects, { except, limit }) {
      const rows = await sql<StatementRow[]>`
        select ${statementColumns(sql)} from manufacturing_events as events
        where subjects && ${[...subjects]}::text[] and event_id <> ${except}::uuid
        order by position desc limit ${limit}`
      return rows.map(storedStatement)
    },
    ground: (asked) => loadGround(sql, asked),
    foresee: (question, plan) => foresee(sql, question, plan),
  }
}

const attempts = 8

/** Each attempt sees one moment, since nobody is kept from changing anything meanwhile. */
async function foresee<D>(sql: Sql, first: FleetQuestion, plan: Pick<FleetPlan<D>, 'answer'>): Promise<D> {
  let question = first
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const loaded = await sql.begin('isolation level repeatable read read only', (tx) =>
      load(tx, question, { locked: false }),
    )
    const answer = plan.answer(loaded, question)
    if (!('more' in answer)) return answer.decision
    question = answer.more
  }
  throw new Error(`after ${attempts} attempts more is concerned than was loaded`)
}

type ListedRow = Omit<ListedStatement, 'findings'> & { readonly findings: readonly Finding[] | null }
type StatementRow = ListedRow & { readonly statement: Buffer; readonly record: string }

const columns = (sql: Sql) => sql`
  event_id as "eventId", source, kind, subjects, state,
  (extract(epoch from occurred_at) * 1000)::float8 as "occurredAtMs",
  (extract(epoch from received_at) * 1000)::float8 as "receivedAtMs",
  (extract(epoch from decided_at) * 1000)::float8 as "decidedAtMs",
  (select findings from manufacturing_judgements as judged
    where judged.event_id = events.event_id order by number desc limit 1) as findings`

const statementColumns = (sql: Sql) => sql`${columns(sql)}, statement, record`

const isAsked = (sql: Sql, { state = 'held', reason, source, subject }: ReviewFilter) => sql`
  -- In so many words: each state has an index of its own.
  ${state === 'held' ? sql`state = 'held'` : sql`state = 'refused'`} ${source === undefined ? sql`` : sql`and source = ${source}`}
  ${subject === undefined ? sql`` : sql`and subjects @> ${[subject]}::text[]`}
  ${
    reason === undefined
      ? sql``
      : sql`and exists (
          select from manufacturing_judgements as judged
          where judged.event_id = events.event_id and findings @> ${sql.json([{ reason }])}
            and not exists (select from manufacturing_judgements as later
              where later.event_id = judged.event_id and later.number > judged.number))`
  }`

function storedStatement({ statement, findings, ...row }: StatementRow): StoredStatement {
  return { ...row, findings: findings ?? [], event: fromBinary(ManufacturingEventSchema, statement) }
}

async function loadDecisions(sql: Sql, eventId: string): Promise<StoredDecision[]> {
  const rows = await sql<(Omit<StoredDecision, 'before'> & { readonly before: Buffer | null })[]>`
    select decision_id as "decisionId", verdict, author, reason, before, merged_into as "mergedInto",
      (extract(epoch from decided_at) * 1000)::float8 as "decidedAtMs"
    from review_decisions where event_id = ${eventId}::uuid order by decided_at`
  return rows.map(({ before, ...row }) => ({
    ...row,
    before: before && fromBinary(ManufacturingEventSchema, before),
  }))
}

async function loadGround(sql: Sql, { numbers, frameVariants, bike }: GroundQuestion): Promise<StoredGround> {
  const [similar, neighbours, similarBikes, reported] = await Promise.all([
    Promise.all(numbers.map((each) => loadSimilar(sql, each))),
    Promise.all(numbers.map((each) => loadNeighbours(sql, each))),
    loadSimilarBikes(sql, frameVariants),
    loadReported(sql, bike),
  ])
  return { similar: similar.flat(), neighbours: neighbours.flat(), similarBikes, reported }
}

async function loadSimilar(
  sql: Sql,
  { type, variants }: GroundQuestion['numbers'][number],
): Promise<ComponentFact[]> {
  const rows = await sql`
    select ${componentColumns(sql)} from components
    where component_type = ${type} and serial_number = any(${[...variants]}::text[])
    order by serial_number`
  return rows.map(componentFact)
}

const neighboursEachSide = 5

/** Serial numbers are given in the order of production. */
async function loadNeighbours(sql: Sql, { type, serialNumber }: ComponentName): Promise<ComponentFact[]> {
  const rows = await sql`
    (select ${componentColumns(sql)} from components
      where component_type = ${type} and serial_number < ${serialNumber}
      order by serial_number desc limit ${neighboursEachSide})
    union all
    (select ${componentColumns(sql)} from components
      where component_type = ${type} and serial_number > ${serialNumber}
      order by serial_number limit ${neighboursEachSide})`
  return rows.map(componentFact)
}

async function loadSimilarBikes(
  sql: Sql,
  frameNumbers: readonly string[],
): Promise<StoredGround['similarBikes']> {
  if (frameNumbers.length === 0) return []
  return sql<StoredGround['similarBikes'][number][]>`
    select bike_id as "bikeId", frame_number as "frameNumber" from bikes
    where frame_number = any(${[...frameNumbers]}::text[])
    order by frame_number, bike_id`
}

async function loadReported(
  sql: Sql,
  { bikeId, frameNumber }: GroundQuestion['bike'],
): Promise<ReportedNumber[]> {
  return sql<ReportedNumber[]>`
    select slot, serial_number as "serialNumber", (extract(epoch from told_at) * 1000)::float8 as "reportedAtMs"
    from reported_parts
    where bike_id = ${bikeId ?? null}::uuid
      or bike_id = (select bike_id from bikes where frame_number = ${frameNumber})
    order by bike_id, slot`
}
