// The clocks of a recorder by hand: `npm run clocks -- show RECORDER --reason WHY`.
import { z } from 'zod'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createAccessLog } from '../../engines/postgres/staff/access-log.ts'
import { clocksOf, type ShownClock } from '../../engines/postgres/telemetry/normalize-stores.ts'
import { operator } from '../../runtime/command-line/operator.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { lookFields, lookOptions } from '../../staff/access-log/look.ts'

const usage = `Usage:
  npm run clocks -- show RECORDER --reason WHY [--name WHO] [--limit N] [--json]
      what was decided about the clocks of a recorder, newest first: by which track, for which sender, epoch and boot; that you looked is logged for the senders it names`

const form = {
  options: { ...lookOptions, limit: { type: 'string' }, json: { type: 'boolean' } },
  positionals: ['verb', 'recorder'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({
      verb: z.literal('show'),
      recorder: z.uuid().toLowerCase(),
      ...lookFields,
      limit: z.coerce.number().int().min(1).max(1_000).default(50),
      json: z.boolean().default(false),
    }),
  ]),
} as const
type Request = z.output<typeof form.request>

/** `2026-11-30T10:00:00.000Z  +3600.000 s  monotonic  epoch 3  boot 1  by track 0193…  for anna` */
function lineOf(clock: ShownClock): string {
  const { decidedAt, offsetMs, rule, clockEpoch, bootId, decidedBy, sender, heldUntil } = clock
  const shift = `${offsetMs < 0 ? '' : '+'}${(offsetMs / 1_000).toFixed(3)} s`
  const whose =
    sender === null ? `for all senders, of tracks until ${heldUntil?.toISOString()}` : `for ${sender}`
  const where = `epoch ${clockEpoch}  ${bootId === null ? 'any boot' : `boot ${bootId}`}`
  return `${decidedAt.toISOString()}  ${shift}  ${rule}  ${where}  by track ${decidedBy}  ${whose}`
}

async function obey({ recorder, reason, name, limit, json }: Request): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({ url, name: 'clocks', maxConnections: 1 })
  try {
    const clocks = await clocksOf(sql, recorder, limit)
    const riders = [...new Set(clocks.flatMap(({ sender }) => sender ?? []))]
    const operation = 'npm run clocks -- show'
    await createAccessLog(sql).record({ who: operator(name), operation, reason, riders })
    const lines = clocks.map((clock) => (json ? JSON.stringify(clock) : lineOf(clock)))
    print(lines.length > 0 ? lines.join('\n') : `nothing is decided about ${recorder}`)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
