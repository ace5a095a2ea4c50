// What waits for review, and all that is known of a statement, as reviewers see it: riders only where they are to be judged.
import { fromBinary } from '@bufbuild/protobuf'
import { z } from 'zod'
import { ManufacturingEventSchema } from '../../../../proto/index.ts'
import type { Finding } from '../../../fleet/judging/findings.ts'
import type { StatementState } from '../../../fleet/judging/port.ts'
import type {
  ListedStatement,
  ReviewCase,
  ReviewFilter,
  ReviewReader,
  ShownStatement,
} from '../../../fleet/review/port.ts'
import { findingWithoutRider, statementJson, withoutRider } from '../../../fleet/statements/json.ts'
import type { Sql } from '../client/connect.ts'
import { pageOf, readCursor } from '../client/cursor.ts'
import { loadGround } from './review-ground.ts'

/** Other statements that are shown beside one. */
const mostOthers = 20
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
      return { statements: rows.map(({ position: _, ...row }) => listed(row)), nextCursor: next }
    },
    show: (eventId) => showCase(sql, eventId),
    ground: (event, findings) => loadGround(sql, event, findings),
  }
}

type ListedRow = Omit<ListedStatement, 'findings'> & { readonly findings: readonly Finding[] | null }
type ShownRow = ListedRow & { readonly statement: Buffer; readonly record: string }

const columns = (sql: Sql) => sql`
  event_id as "eventId", source, kind, subjects, state,
  (extract(epoch from occurred_at) * 1000)::float8 as "occurredAtMs",
  (extract(epoch from received_at) * 1000)::float8 as "receivedAtMs",
  (extract(epoch from decided_at) * 1000)::float8 as "decidedAtMs",
  (select findings from manufacturing_judgements as judged
    where judged.event_id = events.event_id order by number desc limit 1) as findings`

const shownColumns = (sql: Sql) => sql`${columns(sql)}, statement, record`

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

/** What was applied is judged: whom it names is nobody's business any more. */
const isJudged = (state: StatementState) => state === 'applied'

const findingsFor = (state: StatementState, findings: readonly Finding[]) =>
  isJudged(state) ? findings.map(findingWithoutRider) : findings

function listed({ findings, ...row }: ListedRow): ListedStatement {
  return { ...row, findings: findingsFor(row.state, findings ?? []) }
}

function shown({ statement, record, ...row }: ShownRow): ShownStatement {
  const event = fromBinary(ManufacturingEventSchema, statement)
  const said = isJudged(row.state) ? withoutRider(event) : event
  return { ...listed(row), record, statement: statementJson(said) }
}

async function showCase(sql: Sql, eventId: string): Promise<Omit<ReviewCase, 'suggestions'> | undefined> {
  const [found] = await sql<ShownRow[]>`
    select ${shownColumns(sql)} from manufacturing_events as events where event_id = ${eventId}::uuid`
  if (found === undefined) return undefined
  const [judgements, decisions, others] = await Promise.all([
    loadJudgements(sql, found),
    loadDecisions(sql, found),
    loadOthers(sql, found),
  ])
  return { ...shown(found), judgements, decisions, others }
}

async function loadJudgements(sql: Sql, { eventId, state }: ShownRow): Promise<ReviewCase['judgements']> {
  const rows = await sql<ReviewCase['judgements'][number][]>`
    select number, state, findings, decision_id as "decisionId",
      (extract(epoch from judged_at) * 1000)::float8 as "judgedAtMs"
    from manufacturing_judgements where event_id = ${eventId}::uuid order by number`
  return rows.map(({ findings, ...row }) => ({ ...row, findings: findingsFor(state, findings) }))
}

type DecisionRow = Omit<ReviewCase['decisions'][number], 'before'> & { readonly before: Buffer | null }

async function loadDecisions(sql: Sql, found: ShownRow): Promise<ReviewCase['decisions']> {
  const rows = await sql<DecisionRow[]>`
    select decision_id as "decisionId", verdict, author, reason, before, merged_into as "mergedInto",
      (extract(epoch from decided_at) * 1000)::float8 as "decidedAtMs"
    from review_decisions where event_id = ${found.eventId}::uuid order by decided_at`
  const shownBefore = (bytes: Buffer) => {
    const event = fromBinary(ManufacturingEventSchema, bytes)
    const isOfSale = found.kind === 'bikeSold' || event.event.case === 'bikeSold'
    return statementJson(isJudged(found.state) && isOfSale ? withoutRider(event) : event)
  }
  return rows.map(({ before, ...row }) => ({ ...row, before: before && shownBefore(before) }))
}

/** About the same bike or the same components; definitions would bring in half of the fleet. */
async function loadOthers(sql: Sql, { eventId, subjects }: ShownRow): Promise<ShownStatement[]> {
  const things = subjects.filter((subject) => !/^(type|model):/.test(subject))
  const rows = await sql<ShownRow[]>`
    select ${shownColumns(sql)} from manufacturing_events as events
    where subjects && ${things}::text[] and event_id <> ${eventId}::uuid
    order by position desc limit ${mostOthers}`
  return rows.map(shown)
}
