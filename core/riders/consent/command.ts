// Consent by hand: `npm run consent -- grant | withdraw | show`. Readers ask anew for every decision, so a change
// counts at once.
import { z } from 'zod'
import { connectPostgres, type Sql } from '../../engines/postgres/client/connect.ts'
import { consentHistory, createConsentStore } from '../../engines/postgres/riders/consent-store.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { grantConsent, withdrawConsent } from './consents.ts'
import { purposes } from './port.ts'

const usage = `Usage:
  npm run consent -- grant --rider ID [--purpose analytics] [--from DATE]
      consents from now on, or for what happened since DATE
  npm run consent -- withdraw --rider ID [--purpose analytics]
      ends the consent now, also for what happened before
  npm run consent -- show --rider ID`

const rider = z.string().min(1).max(256)
const purpose = z.enum(purposes).default('analytics')
const from = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: 'neither a date nor a time with a zone' })
  .transform((text) => new Date(text))
const form = {
  options: { rider: { type: 'string' }, purpose: { type: 'string' }, from: { type: 'string' } },
  positionals: ['verb'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('grant'), rider, purpose, from: from.optional() }),
    z.strictObject({ verb: z.literal('withdraw'), rider, purpose }),
    z.strictObject({ verb: z.literal('show'), rider }),
  ]),
} as const
type Request = z.output<typeof form.request>

async function answer(sql: Sql, asked: Request): Promise<string> {
  const { rider } = asked
  if (asked.verb === 'grant') {
    const { purpose, from } = asked
    await grantConsent(createConsentStore(sql), { riderId: rider, purpose, from })
    return `${rider} consents to ${purpose}${from ? ` since ${from.toISOString()}` : ''}`
  }
  if (asked.verb === 'withdraw') {
    const { purpose } = asked
    const ended = await withdrawConsent(createConsentStore(sql), { riderId: rider, purpose })
    return ended ? `${rider} consents to ${purpose} no longer` : `${rider} did not consent to ${purpose}`
  }
  const stretches = await consentHistory(sql, rider)
  const lines = stretches.map(
    (stretch) =>
      `${stretch.purpose}  ${stretch.from?.toISOString() ?? 'ever'} – ${stretch.until?.toISOString() ?? 'now'}`,
  )
  return lines.length > 0 ? lines.join('\n') : `${rider} has never consented`
}

async function obey(asked: Request): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({ url, name: 'consent', maxConnections: 1 })
  try {
    print(await answer(sql, asked))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
