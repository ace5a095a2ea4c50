// Consent by hand: `npm run consent -- grant | withdraw | show | text`. Readers ask anew for every decision, so a change
// counts at once.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { connectPostgres, type Sql } from '../../engines/postgres/client/connect.ts'
import { createConsentStore } from '../../engines/postgres/riders/consent-store.ts'
import { createAccessLog } from '../../engines/postgres/staff/access-log.ts'
import { operator } from '../../runtime/command-line/operator.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { lookFields, lookOptions } from '../../staff/access-log/look.ts'
import { grantConsent, withdrawConsent } from './consents.ts'
import { type ConsentAct, type ConsentState, type ConsentStore, purposes } from './port.ts'

const usage = `Usage:
  npm run consent -- grant --rider ID [--purpose research | product] [--from DATE]
      consents from now on, or for what happened since DATE, to the newest text
  npm run consent -- withdraw --rider ID [--purpose research | product] --reason WHY [--name WHO]
      ends the consent now, also for what happened before
  npm run consent -- show --rider ID --reason WHY [--name WHO]
      what the rider gave and withdrew, and by whom; that you looked is logged for the rider
  npm run consent -- text --purpose research | product --version NAME --language en --file FILE
      what riders are shown before they consent from now on; a text never changes, another one is another version`

const rider = z.string().min(1).max(256)
const purpose = z.enum(purposes)
const from = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: 'neither a date nor a time with a zone' })
  .transform((text) => new Date(text))
const form = {
  options: {
    ...lookOptions,
    rider: { type: 'string' },
    purpose: { type: 'string' },
    from: { type: 'string' },
    version: { type: 'string' },
    language: { type: 'string' },
    file: { type: 'string' },
  },
  positionals: ['verb'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({
      ...{ verb: z.literal('grant'), rider, purpose: purpose.default('research'), from: from.optional() },
    }),
    z.strictObject({
      ...{ verb: z.literal('withdraw'), rider, purpose: purpose.default('research'), ...lookFields },
    }),
    z.strictObject({ verb: z.literal('show'), rider, ...lookFields }),
    z.strictObject({
      ...{ verb: z.literal('text'), purpose, version: z.string().min(1).max(64) },
      language: z
        .string()
        .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, 'no language tag, such as en or de-CH'),
      file: z.string().min(1),
    }),
  ]),
} as const
type Request = z.output<typeof form.request>

const by = operator()

async function answer(store: ConsentStore, asked: Request): Promise<string> {
  if (asked.verb === 'text') return addText(store, asked)
  const { rider } = asked
  if (asked.verb === 'grant') {
    const { purpose, from } = asked
    const refused = await grantConsent(store, { riderId: rider, purpose, from, by })
    if (refused) throw new Error(`not consented: ${refused.replaceAll('_', ' ')}`)
    return `${rider} consents to ${purpose}${from ? ` since ${from.toISOString()}` : ''}`
  }
  if (asked.verb === 'withdraw') {
    const { purpose } = asked
    const ended = await withdrawConsent(store, { riderId: rider, purpose, by })
    return ended ? `${rider} consents to ${purpose} no longer` : `${rider} did not consent to ${purpose}`
  }
  const lines = (await store.statesOf(rider)).flatMap(stateLines)
  return lines.length > 0 ? lines.join('\n') : `${rider} has never consented`
}

async function addText(
  store: ConsentStore,
  { purpose, version, language, file }: Extract<Request, { verb: 'text' }>,
): Promise<string> {
  const text = (await readFile(file, 'utf8')).trim()
  if (text === '' || text.length > 20_000) throw new Error(`${file} takes 1 to 20,000 characters`)
  if (await store.addText({ purpose, version, language, text })) {
    return `riders who are asked about ${purpose} see version ${version} in ${language}`
  }
  throw new Error(`version ${version} of ${purpose} has a text in ${language} already: name another version`)
}

const timeOf = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : 'ever')
const stateLines = ({ purpose, acts }: ConsentState): string[] =>
  acts.map((act) => `${purpose}  ${actLine(act)}`)
const actLine = ({ act, atMs, effectiveFromMs, textVersion, by }: ConsentAct) =>
  `${timeOf(atMs)}  ${act}${act === 'given' ? ` since ${timeOf(effectiveFromMs)}, text ${textVersion ?? 'unknown'}` : ''}, by ${by}`

/** What is told of a rider's consent is logged first; a grant tells nothing of it. */
async function look(sql: Sql, asked: Request): Promise<void> {
  if (asked.verb !== 'show' && asked.verb !== 'withdraw') return
  const { verb, rider, reason, name } = asked
  const operation = `npm run consent -- ${verb}`
  await createAccessLog(sql).record({ who: operator(name), operation, reason, riders: [rider] })
}

async function obey(asked: Request): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({ url, name: 'consent', maxConnections: 1 })
  try {
    await look(sql, asked)
    print(await answer(createConsentStore(sql), asked))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
