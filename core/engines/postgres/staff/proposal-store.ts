// Proposals of staff in PostgreSQL.
import { z } from 'zod'
import type {
  Decide,
  Decision,
  Outcome,
  Proposal,
  ProposalCounts,
  ProposalStore,
} from '../../../staff/approvals/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { pageOf, readCursor } from '../client/cursor.ts'

interface Row extends Omit<Proposal, 'decision' | 'outcome'> {
  readonly verdict: 'approved' | 'rejected' | null
  readonly decidedBy: string | null
  readonly decidedFor: string | null
  readonly decidedAtMs: number | null
  readonly outcome: Outcome | null
}

const cursorKey = z.tuple([z.number(), z.uuid()])

export function createProposalStore(sql: Sql): ProposalStore {
  return {
    async add(proposal, validMs) {
      const { proposalId, kind, subject, payload, effects, reason, proposedBy } = proposal
      await sql`
        insert into proposals (proposal_id, kind, subject, payload, effects, reason, proposed_by, expires_at)
        values (${proposalId}, ${kind}, ${subject}, ${sql.json(payload)}, ${sql.json([...effects] as never)},
          ${reason}, ${proposedBy}, now() + ${validMs} * interval '1 millisecond')
        on conflict do nothing`
      const [row] = await sql<Row[]>`select ${columns(sql)} from proposals where proposal_id = ${proposalId}`
      if (row === undefined) throw new Error(`the proposal ${proposalId} was not stored`)
      return proposalOf(row)
    },
    async find(proposalId) {
      const [row] = await sql<Row[]>`select ${columns(sql)} from proposals where proposal_id = ${proposalId}`
      return row && proposalOf(row)
    },
    async list({ isOpen }, { cursor, limit }) {
      const [afterMs, afterId] = cursor === undefined ? [0, noId] : readCursor(cursor, cursorKey)
      const found = await sql<Row[]>`
        select ${columns(sql)} from proposals
        where (floor(extract(epoch from proposed_at) * 1000), proposal_id) > (${afterMs}, ${afterId}::uuid)
          ${isOpen ? sql`and verdict is null and expires_at > now()` : sql``}
        order by floor(extract(epoch from proposed_at) * 1000), proposal_id limit ${limit + 1}`
      const { rows, next } = pageOf(found, limit, (row) => [row.proposedAtMs, row.proposalId])
      return { proposals: rows.map(proposalOf), nextCursor: next }
    },
    async decide(proposalId, decision, refuse) {
      // In an object: the client's type of a transaction's result takes a bare type parameter apart.
      const { decided } = await sql.begin(async (tx) => ({
        decided: await decideLocked(tx, proposalId, { decision, refuse }),
      }))
      return decided
    },
    async carriedOut(proposalId, outcome) {
      await sql`
        update proposals set outcome = ${sql.json({ ...outcome })} where proposal_id = ${proposalId} and outcome is null`
    },
    async unfinished(sinceMs, limit) {
      const rows = await sql<Row[]>`
        select ${columns(sql)} from proposals
        where verdict = 'approved' and outcome is null and decided_at < now() - ${sinceMs} * interval '1 millisecond'
        order by decided_at, proposal_id limit ${limit}`
      return rows.map(proposalOf)
    },
    async counts() {
      const [counts] = await sql<ProposalCounts[]>`
        select count(*) filter (where verdict is null and age < interval '1 day')::integer as under_a_day,
          count(*) filter (where verdict is null and age >= interval '1 day' and age < interval '7 days')::integer as under_a_week,
          count(*) filter (where verdict is null and age >= interval '7 days')::integer as older,
          count(*) filter (where verdict = 'approved')::integer as approved
        from (
          select verdict, now() - proposed_at as age from proposals
          where verdict is null and expires_at > now() or verdict = 'approved' and outcome is null
        ) as waiting`
      return counts ?? { under_a_day: 0, under_a_week: 0, older: 0, approved: 0 }
    },
  }
}

async function decideLocked<R>(
  tx: Transaction,
  proposalId: string,
  { decision, refuse }: { readonly decision: Decision; readonly refuse: Decide<R> },
): Promise<{ proposal: Proposal } | { refused: R } | undefined> {
  const [row] = await tx<(Row & { nowMs: number })[]>`
    select ${columns(tx)}, (extract(epoch from now()) * 1000)::float8 as "nowMs"
    from proposals where proposal_id = ${proposalId} for update`
  if (row === undefined) return undefined
  const { nowMs, ...known } = row
  const refused = refuse(proposalOf(known), nowMs)
  if (refused !== undefined) return { refused }
  const { verdict, by, reason } = decision
  const [written] = await tx<Row[]>`
    update proposals set verdict = ${verdict}, decided_by = ${by},
      decided_for = coalesce(decided_for, ${reason}), decided_at = coalesce(decided_at, now())
    where proposal_id = ${proposalId} returning ${columns(tx)}`
  return { proposal: proposalOf(written ?? known) }
}

const noId = '00000000-0000-0000-0000-000000000000'

const columns = (sql: Sql | Transaction) => sql`
  proposal_id as "proposalId", kind, subject, payload, effects, reason, proposed_by as "proposedBy",
  floor(extract(epoch from proposed_at) * 1000)::float8 as "proposedAtMs",
  floor(extract(epoch from expires_at) * 1000)::float8 as "expiresAtMs",
  verdict, decided_by as "decidedBy", decided_for as "decidedFor",
  (extract(epoch from decided_at) * 1000)::float8 as "decidedAtMs", outcome`

function proposalOf({ verdict, decidedBy, decidedFor, decidedAtMs, outcome, ...row }: Row): Proposal {
  const isDecided = verdict !== null && decidedBy !== null && decidedAtMs !== null
  const decision = isDecided
    ? { verdict, by: decidedBy, reason: decidedFor ?? '', atMs: decidedAtMs }
    : undefined
  return { ...row, decision, outcome: outcome ?? undefined }
}
