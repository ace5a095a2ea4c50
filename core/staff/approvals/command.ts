// Proposals at the operator's console: `npm run staff -- proposals | show | approve | reject`.
import { z } from 'zod'
import { connectPostgres, type Sql } from '../../engines/postgres/client/connect.ts'
import { createAccessLog } from '../../engines/postgres/staff/access-log.ts'
import { operator } from '../../runtime/command-line/operator.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { lookFields } from '../access-log/look.ts'
import type { Shown } from '../access-log/port.ts'
import { createStaffStores } from './stores.ts'
import { listText, proposalText, refusalText, whoseProposals } from './text.ts'

const usage = `Usage:
  npm run staff -- proposals [--all] [--limit N] [--cursor CURSOR] --reason WHY
      what waits for a second person, oldest first; with --all what was decided, too
  npm run staff -- show PROPOSAL --reason WHY
      who gains and who loses what; that you looked is logged for the riders it names
  npm run staff -- approve PROPOSAL --reason WHY
      as the second person, which carries it out; only with STAFF_CONSOLE_APPROVES=true, and not what a console proposed
  npm run staff -- reject PROPOSAL --reason WHY
      it is not carried out`

const { reason } = lookFields
const id = z.uuid().toLowerCase()
const text = { type: 'string' } as const
const form = {
  options: { reason: text, limit: text, cursor: text, all: { type: 'boolean' } },
  positionals: ['verb', 'id'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({
      verb: z.literal('proposals'),
      reason,
      all: z.boolean().default(false),
      limit: z.coerce.number().int().positive().max(200).default(50),
      cursor: z.string().optional(),
    }),
    z.strictObject({ verb: z.literal('show'), id, reason }),
    z.strictObject({ verb: z.literal('approve'), id, reason }),
    z.strictObject({ verb: z.literal('reject'), id, reason }),
  ]),
} as const
type Request = z.output<typeof form.request>

const who = operator()

async function answer(sql: Sql, asked: Request, consoleApproves: boolean): Promise<string> {
  const { approvals } = createStaffStores(sql, { consoleApproves })
  const accesses = createAccessLog(sql)
  const { verb, reason } = asked
  const look = (shown: Shown) =>
    accesses.record({ who, operation: `npm run staff -- ${verb}`, reason, ...shown })

  if (asked.verb === 'proposals') {
    const page = { limit: asked.limit, ...(asked.cursor !== undefined && { cursor: asked.cursor }) }
    const { proposals, nextCursor } = await approvals.list({ isOpen: !asked.all }, page)
    await look(whoseProposals(proposals))
    return listText(proposals, nextCursor, Date.now())
  }
  if (asked.verb === 'show') {
    const found = await approvals.find(asked.id)
    if (found === undefined) throw new Error(`no proposal ${asked.id}`)
    await look(whoseProposals([found]))
    return proposalText(found, Date.now())
  }
  const verdict = asked.verb === 'approve' ? 'approved' : 'rejected'
  const decided = await approvals.decide(asked.id, { verdict, by: who, reason })
  if ('unknown' in decided) throw new Error(`no proposal ${asked.id}`)
  if ('refused' in decided) throw new Error(refusalText[decided.refused])
  await look(whoseProposals([decided.proposal]))
  const { outcome } = decided.proposal
  if (outcome?.done === false) throw new Error(`approved, and not carried out: ${outcome.detail}`)
  const asSecond = verdict === 'approved' ? ' as the second person, since STAFF_CONSOLE_APPROVES is true' : ''
  return [`${verdict} by ${who}${asSecond}`, ...(outcome ? [outcome.detail] : [])].join('\n')
}

async function obey(asked: Request): Promise<void> {
  const config = readConfig(['DATABASE_URL', 'STAFF_CONSOLE_APPROVES'])
  const sql = connectPostgres({ url: config.DATABASE_URL, name: 'staff', maxConnections: 2 })
  try {
    print(await answer(sql, asked, config.STAFF_CONSOLE_APPROVES))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
