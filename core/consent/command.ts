// Consent by hand: `npm run consent -- grant | withdraw | show`. Who obeys it asks for it anew, so a change holds at once.
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { readConfig } from '../config.ts'
import { connectPostgres, type Sql } from '../postgres/connect.ts'
import { consentHistory, grantConsent, withdrawConsent } from '../postgres/consent-store.ts'
import { purposes } from './port.ts'

const usage = `Usage:
  npm run consent -- grant --rider ID [--purpose analytics] [--from DATE]
      consents from now on, or for what happened since DATE
  npm run consent -- withdraw --rider ID [--purpose analytics]
      ends the consent now, also for what happened before
  npm run consent -- show --rider ID`

const request = z.strictObject({
  verb: z.enum(['grant', 'withdraw', 'show']),
  rider: z.string().min(1).max(256),
  purpose: z.enum(purposes).default('analytics'),
  from: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })])
    .transform((text) => new Date(text))
    .optional(),
})

async function obey(sql: Sql, { verb, rider, purpose, from }: z.output<typeof request>): Promise<string> {
  if (verb === 'grant') {
    await grantConsent(sql, { riderId: rider, purpose, from })
    return `${rider} consents to ${purpose}${from ? ` since ${from.toISOString()}` : ''}`
  }
  if (verb === 'withdraw') {
    const ended = await withdrawConsent(sql, { riderId: rider, purpose })
    return ended ? `${rider} consents to ${purpose} no longer` : `${rider} did not consent to ${purpose}`
  }
  const stretches = await consentHistory(sql, rider)
  const lines = stretches.map(
    (stretch) =>
      `${stretch.purpose}  ${stretch.from?.toISOString() ?? 'ever'} – ${stretch.until?.toISOString() ?? 'now'}`,
  )
  return lines.length > 0 ? lines.join('\n') : `${rider} has never consented`
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rider: { type: 'string' }, purpose: { type: 'string' }, from: { type: 'string' } },
  })
  const parsed = request.safeParse({ verb: positionals[0], ...values })
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`${faults.join('\n')}\n\n${usage}`)
  }
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({ url, name: 'consent', maxConnections: 1 })
  try {
    process.stdout.write(`${await obey(sql, parsed.data)}\n`)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
