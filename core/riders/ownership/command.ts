// Ownership for operators: `npm run ownership -- bike BIKE | cases`. It names riders, so it is for who may see them.
import { z } from 'zod'
import { connectPostgres, type Sql } from '../../engines/postgres/client/connect.ts'
import { changesOf, codesOf, createOwnershipReader } from '../../engines/postgres/riders/ownership-reader.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'

const usage = `Usage:
  npm run ownership -- bike UUID   who owned it from when, by what and by whom, and the codes that sales issued
  npm run ownership -- cases       staff cases in which something is to be decided, the oldest first`

const form = {
  options: {},
  positionals: ['verb', 'bike'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('bike'), bike: z.uuid().toLowerCase() }),
    z.strictObject({ verb: z.literal('cases') }),
  ]),
} as const
type Request = z.output<typeof form.request>

const mostCases = 200
const iso = (ms: number) => new Date(ms).toISOString()

async function showBike(sql: Sql, bikeId: string): Promise<string[]> {
  const changes = await changesOf(sql, bikeId)
  const codes = await codesOf(sql, bikeId)
  return [
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
}

/** Names and reasons are words of others: whatever they say, they end at the quote. */
const quoted = (text: string | null) => (text === null ? 'nobody' : JSON.stringify(text))

async function showCases(sql: Sql): Promise<string[]> {
  const cases = await createOwnershipReader(sql).openCases(mostCases)
  return cases.map((each) =>
    [each.caseId, each.state, `bike ${each.bikeId}`, `objections until ${iso(each.objectUntilMs)}`]
      .concat(quoted(each.reason), each.objection === undefined ? [] : `objection: ${quoted(each.objection)}`)
      .join('  '),
  )
}

async function obey(asked: Request): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({ url, name: 'ownership', maxConnections: 1 })
  try {
    const lines = asked.verb === 'bike' ? await showBike(sql, asked.bike) : await showCases(sql)
    print(lines.length === 0 ? 'nothing' : lines.join('\n'))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
