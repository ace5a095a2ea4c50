// Master data by hand: `npm run fleet -- find | show | review … | retract | republish`.
import { randomUUID } from 'node:crypto'
import { connectPostgres, type Sql } from '../../engines/postgres/client/connect.ts'
import { createRecordStore } from '../../engines/postgres/fleet/record-store.ts'
import { republish } from '../../engines/postgres/fleet/republish.ts'
import { createReviewReader } from '../../engines/postgres/fleet/review-store.ts'
import { createAccessLog } from '../../engines/postgres/staff/access-log.ts'
import { operator } from '../../runtime/command-line/operator.ts'
import { print, runCommand, tell } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import type { Shown } from '../../staff/access-log/port.ts'
import type { Approvals } from '../../staff/approvals/port.ts'
import { createStaffStores } from '../../staff/approvals/stores.ts'
import { createFleetReader } from '../registry/reader.ts'
import type { FleetReader } from '../registry/reader-port.ts'
import {
  type ProposingDeps,
  proposedText,
  proposeRetraction,
  retractionFault,
} from '../retraction/proposals.ts'
import { type Asked, type Request, readFleetRequest } from './command-request.ts'
import { decideAll, type ManyDecided } from './decide-all.ts'
import type { Review, ReviewReader } from './port.ts'
import { decisionProposal, isProposalOf } from './proposal.ts'
import { whoseCase } from './shown.ts'
import { caseText, countsText, listText, manyText, outcomeText } from './text.ts'

const usage = `Usage:
  npm run fleet -- find WORDS [--limit N] [--cursor CURSOR]
      bikes and components whose frame, serial number or id begins so
  npm run fleet -- show ID [--history] --reason WHY [--name WHO]
      all that is known of a bike or a component; with --history what was said of the bike, newest first;
      that you looked, here and at review show, is logged for the owners of the bikes
  npm run fleet -- review list [--reason REASON] [--source SOURCE] [--subject TYPE:NUMBER] [--state held|refused]
                               [--limit N] [--cursor CURSOR] [--json]
      statements that wait for a decision, oldest first, after how many of each source wait for which reason
  npm run fleet -- review show ID --reason WHY [--name WHO] [--json]
      a statement beside what contradicts it, and likely fixes
  npm run fleet -- review accept  ID --seen NUMBER --author WHO --reason WHY [--decision UUID]
      believes it all the same; NUMBER, here and below, is what review show tells: what was seen is decided about
  npm run fleet -- review correct ID --patch JSON --seen NUMBER --author WHO --reason WHY [--decision UUID]
      changes it by a merge patch (RFC 7396) of its JSON
  npm run fleet -- review merge   ID --into COMPONENT --seen NUMBER --author WHO --reason WHY [--decision UUID]
      its unknown serial number is another name of that component
  npm run fleet -- review reject  ID --seen NUMBER --author WHO --reason WHY [--decision UUID]
      it is wrong
  npm run fleet -- review accept-all --of REASON --source SOURCE --statements N --author WHO --reason WHY
  npm run fleet -- review reject-all --of REASON --source SOURCE --statements N --author WHO --reason WHY
      the same decision about each of the N statements of that source that only that reason holds
  npm run fleet -- retract ID --reason WHY
      proposes to take back an applied statement; it happens when a member of staff approves it
  npm run fleet -- republish [--bike ID]
      writes bikes as they are to bike.entity again, or one`

/** Resolves when it is logged that the operator looks. */
type Look = (shown: Shown, asked: Asked<'show' | 'review show'>) => Promise<void>

async function answer(sql: Sql, asked: Request): Promise<string> {
  const reader = createFleetReader(createRecordStore(sql))
  const { review, approvals, retraction } = createStaffStores(sql)
  const accesses = createAccessLog(sql)
  const look: Look = (shown, { verb, reason, name }) =>
    accesses.record({ who: operator(name), operation: `npm run fleet -- ${verb}`, reason, ...shown })
  switch (asked.verb) {
    case 'find':
      return find(reader, asked)
    case 'show':
      return show({ reader, look }, asked)
    case 'review list':
      return list(createReviewReader(sql), review, asked)
    case 'review accept-all':
    case 'review reject-all':
      return decideMany(createReviewReader(sql), review, asked)
    case 'review show': {
      const found = await review.show(asked.id)
      if (found === undefined) throw new Error(`no statement ${asked.id}`)
      await look(whoseCase(found), asked)
      return asked.json ? json(found) : caseText(found)
    }
    case 'retract':
      return retract({ retraction, approvals }, asked)
    case 'republish':
      return `${await republish(sql, asked.bike)} bikes will be published again`
    default:
      return decide({ review, approvals }, asked)
  }
}

async function retract(deps: ProposingDeps, { id, reason }: Asked<'retract'>): Promise<string> {
  const proposed = { proposalId: randomUUID(), reason, proposedBy: operator() }
  const answer = await proposeRetraction({ cause: 'retract', eventId: id }, proposed, deps)
  if ('refused' in answer) throw new Error(retractionFault(answer.refused))
  return proposedText(answer.proposal)
}

async function find(reader: FleetReader, { id, limit, cursor }: Asked<'find'>): Promise<string> {
  const { rows, next } = await reader.search(id, { limit, cursor })
  const lines = rows.map((row) =>
    row.kind === 'bike'
      ? `bike       ${row.bikeId}  ${row.frameNumber ?? '–'}  ${row.modelId ?? ''}`
      : `component  ${row.componentId}  ${row.type} ${row.alias ?? row.serialNumber}  ${row.bikeId ? `in bike ${row.bikeId}` : ''}`,
  )
  return [...lines, ...(lines.length === 0 ? ['nothing found'] : []), ...nextLine(next)].join('\n')
}

async function show(
  { reader, look }: { reader: FleetReader; look: Look },
  asked: Asked<'show'>,
): Promise<string> {
  const { id, history } = asked
  const found = history
    ? (await reader.history(id, { limit: 200 }))?.rows
    : ((await reader.bike(id)) ?? (await reader.component(id)))
  if (found === undefined) throw new Error(`no bike${history ? '' : ' and no component'} ${id}`)
  // The id of a component is no bike's, and its record shows no owner.
  await look({ bikes: [{ bikeId: id }] }, asked)
  return json(found)
}

async function list(
  reader: ReviewReader,
  review: Review,
  { limit, cursor, json: asJson, verb: _, ...filter }: Asked<'review list'>,
): Promise<string> {
  const { statements, nextCursor } = await review.list(filter, { limit, cursor })
  const counts = cursor === undefined ? await reader.counts(filter) : []
  if (asJson) return json({ counts, statements, nextCursor })
  if (statements.length === 0) return 'nothing waits'
  return [countsText(counts), listText(statements), ...nextLine(nextCursor)].filter(Boolean).join('\n')
}

async function decideMany(
  reader: ReviewReader,
  review: Review,
  { verb, ...asked }: Asked<'review accept-all' | 'review reject-all'>,
): Promise<string> {
  const verdict = verb === 'review accept-all' ? 'accept' : 'reject'
  const newDecisionId = () => randomUUID()
  const onProgress = ({ decided, left }: ManyDecided) => {
    if ((decided + left.length) % 100 === 0) tell(`${decided} decided, ${left.length} left as they were`)
  }
  const done = await decideAll({ verdict, ...asked }, { reader, review, newDecisionId, onProgress })
  const text = manyText(done)
  if (done.left.length > 0) throw new Error(text)
  return text
}

type Decision = Asked<'review accept' | 'review correct' | 'review merge' | 'review reject'>

async function decide(
  { review, approvals }: { review: Review; approvals: Approvals },
  asked: Decision,
): Promise<string> {
  const request = {
    decisionId: asked.decision ?? randomUUID(),
    eventId: asked.id,
    verdict: asked.verb.slice('review '.length) as 'accept' | 'correct' | 'merge' | 'reject',
    author: asked.author,
    reason: asked.reason,
    seen: asked.seen,
    correction: 'patch' in asked ? asked.patch : undefined,
    mergeInto: 'into' in asked ? asked.into : undefined,
  }
  const outcome = await review.decide(request)
  if (outcome.outcome === 'approval_needed') {
    const proposed = { request, effects: outcome.effects, proposedBy: operator() }
    const stored = await approvals.propose(decisionProposal(proposed))
    if (!isProposalOf(stored, request)) throw new Error(outcomeText({ outcome: 'decision_id_reused' }))
    return `${outcomeText(outcome)}\nit waits as proposal ${stored.proposalId}`
  }
  if (outcome.outcome !== 'decided' && outcome.outcome !== 'repeated') throw new Error(outcomeText(outcome))
  return outcomeText(outcome)
}

const nextLine = (next: string | undefined) => (next === undefined ? [] : [`more: --cursor ${next}`])
const json = (value: unknown) => JSON.stringify(value, undefined, 2)

async function obey(asked: Request): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({ url, name: 'fleet-command', maxConnections: 4, statementTimeoutMs: 60_000 })
  try {
    print(await answer(sql, asked))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: readFleetRequest, obey })
