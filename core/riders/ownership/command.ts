// Ownership for operators: `npm run ownership -- bike BIKE | cases`. It names riders, so each look is logged for them.
import { z } from 'zod'
import { connectPostgres, type Sql } from '../../engines/postgres/client/connect.ts'
import { changesOf, codesOf, createOwnershipReader } from '../../engines/postgres/riders/ownership-reader.ts'
import { createAccessLog } from '../../engines/postgres/staff/access-log.ts'
import { operator } from '../../runtime/command-line/operator.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { lookFields, lookOptions } from '../../staff/access-log/look.ts'
import type { Shown } from '../../staff/access-log/port.ts'
import { whoseCases } from './case-proposals.ts'

const usage = `Usage:
  npm run ownership -- bike UUID --reason WHY [--name WHO]
      who owned it from when, by what and by whom, and the codes that sales issued
  npm run ownership -- cases --reason WHY [--name WHO]
      staff cases in which something is to be decided, the oldest first
That you looked is logged for the riders whom it concerns.`

const form = {
  options: lookOptions,
  positionals: ['verb', 'bike'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('bike'), bike: z.uuid().toLowerCase(), ...lookFields }),
    z.strictObject({ verb: z.literal('cases'), ...lookFields }),
  ]),
} as const
type Request = z.output<typeof form.request>

const mostCases = 200
const iso = (ms: number) => new Date(ms).toISOString()

/** Lines for people, and whose data they show. */
interface Answer {
  readonly lines: readonly string[]
  readonly shown: Shown
}

async function showBike(sql: Sql, bikeId: string): Promise<Answer> {
  const changes = await changesOf(sql, bikeId)
  const codes = await codesOf(sql, bikeId)
  const lines = [
    ...changes.map(({ at, kind, former, next, beginsAt, author, reason }) =>
      [
        at.toISOString(),
        kind,
        `${quoted(former)} → ${quoted(next)}`,
        `from ${beginsAt?.toISOString() ?? 'ever'}`,
      ]
        .concat(`by ${quoted(author)}`, reason === '' ? [] : quoted(reason))
        .join('  '),
    ),
    ...codes.map(({ soldAt, validUntil, endedAt, isUsed }) =>
      [`code of the sale of ${soldAt.toISOString()}`, `valid until ${validUntil.toISOString()}`]
        .concat(endedAt === null ? [] : `${isUsed ? 'used' : 'ended'} ${endedAt.toISOString()}`)
        .join('  '),
    ),
  ]
  const riders = changes.flatMap(({ former, next }) => [former ?? [], next ?? []].flat())
  return { lines, shown: { bikes: [{ bikeId }], riders: [...new Set(riders)] } }
}

/** Names and reasons are words of others: whatever they say, they end at the quote. */
const quoted = (text: string | null) => (text === null ? 'nobody' : JSON.stringify(text))

async function showCases(sql: Sql): Promise<Answer> {
  const cases = await createOwnershipReader(sql).openCases(mostCases)
  const lines = cases.map((each) =>
    [each.caseId, each.state, `bike ${each.bikeId}`, `objections until ${iso(each.objectUntilMs)}`]
      .concat(quoted(each.reason), each.objection === undefined ? [] : `objection: ${quoted(each.objection)}`)
      .join('  '),
  )
  return { lines, shown: whoseCases(cases) }
}

async function obey(asked: Request): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({ url, name: 'ownership', maxConnections: 1 })
  try {
    const { lines, shown } = asked.verb === 'bike' ? await showBike(sql, asked.bike) : await showCases(sql)
    const { verb, reason, name } = asked
    const operation = `npm run ownership -- ${verb}`
    await createAccessLog(sql).record({ who: operator(name), operation, reason, ...shown })
    print(lines.length === 0 ? 'nothing' : lines.join('\n'))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
