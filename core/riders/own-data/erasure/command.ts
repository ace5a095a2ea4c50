// Erasures at the operator's console: `npm run erasure -- propose | hold | show | certificate | verify | replay-journal | again`.
import { createPublicKey, randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { clusterOf, kafkaSettings } from '../../../engines/kafka/client.ts'
import { readTopic } from '../../../engines/kafka/read-topic.ts'
import { connectPostgres, type Sql } from '../../../engines/postgres/client/connect.ts'
import { createConsentStore } from '../../../engines/postgres/riders/consent-store.ts'
import { createJournalReplay } from '../../../engines/postgres/riders/erasure-journal.ts'
import { eraseDocumentsAgain, findErasure } from '../../../engines/postgres/riders/erasure-store.ts'
import { readSealing } from '../../../fleet/partners/key-file.ts'
import { operator } from '../../../runtime/command-line/operator.ts'
import { readRequest } from '../../../runtime/command-line/read-request.ts'
import { print, runCommand } from '../../../runtime/command-line/run-command.ts'
import { readConfig, readTombstoneKey } from '../../../runtime/config.ts'
import { createStaffStores } from '../../../staff/approvals/stores.ts'
import { type Topic, topicName } from '../../../topics.ts'
import { createConsents } from '../../consent/consents.ts'
import {
  type CertificateContent,
  certificateContent,
  signCertificate,
  verifyCertificate,
} from './certificate.ts'
import { type JournalEntry, readJournalRecord } from './journal.ts'
import { replayJournal } from './replay-journal.ts'
import { erasureProposal, legalHoldProposal } from './request.ts'

const usage = `Usage:
  npm run erasure -- propose --rider ID --reason WHY
      proposes to erase all data about the rider, for ever; it begins when another member of staff approves it
  npm run erasure -- hold --rider ID --until TIME --reason WHY
      proposes that the rider's data are kept until then (2027-06-30T00:00:00Z) though they are to be erased; now ends a hold
  npm run erasure -- show ERASURE
      how far it is
  npm run erasure -- certificate ERASURE --file FILE
      writes what was done in which store, signed with the key of STATEMENT_SEAL_KEY_FILE; FILE must not exist
  npm run erasure -- replay-journal
      after PostgreSQL was restored: erases and withdraws again who was erased or withdrew since, before anything else starts
  npm run erasure -- again --since TIME
      after Elasticsearch was restored to TIME: erasures that had deleted documents since then delete them once more
  npm run erasure -- verify FILE --key FILE.pub
      whether the owner of the key signed the certificate, and what it says; asks nobody`

const text = { type: 'string' } as const
const file = z.string().min(1)
const form = {
  options: { rider: text, until: text, reason: text, since: text, file: text, key: text },
  positionals: ['verb', 'what'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({
      verb: z.literal('propose'),
      rider: z.string().min(1).max(256),
      reason: z.string().min(1),
    }),
    z.strictObject({
      verb: z.literal('hold'),
      rider: z.string().min(1).max(256),
      until: z.union([z.literal('now'), z.iso.datetime({ offset: true })]),
      reason: z.string().min(1),
    }),
    z.strictObject({ verb: z.literal('replay-journal') }),
    z.strictObject({
      verb: z.literal('again'),
      since: z.iso.datetime({ offset: true }).pipe(z.coerce.date()),
    }),
    z.strictObject({ verb: z.literal('show'), what: z.uuid().toLowerCase() }),
    z.strictObject({ verb: z.literal('certificate'), what: z.uuid().toLowerCase(), file }),
    z.strictObject({ verb: z.literal('verify'), what: file, key: file }),
  ]),
} as const
type Request = z.output<typeof form.request>

async function propose(sql: Sql, { rider: riderId, reason }: Extract<Request, { verb: 'propose' }>) {
  const { approvals } = createStaffStores(sql)
  const proposed = { proposalId: randomUUID(), riderId, reason, proposedBy: operator() }
  const { proposalId } = await approvals.propose(erasureProposal(proposed))
  return `${proposalId} waits for another member of staff; npm run staff -- show ${proposalId}`
}

async function hold(sql: Sql, { rider: riderId, until, reason }: Extract<Request, { verb: 'hold' }>) {
  const { approvals } = createStaffStores(sql)
  const untilMs = until === 'now' ? Date.now() : Date.parse(until)
  const proposed = { proposalId: randomUUID(), riderId, untilMs, reason, proposedBy: operator() }
  const { proposalId } = await approvals.propose(legalHoldProposal(proposed))
  return `${proposalId} waits for another member of staff; npm run staff -- show ${proposalId}`
}

async function certify(sql: Sql, erasureId: string, target: string): Promise<string> {
  const found = await findErasure(sql, erasureId)
  if (found === undefined) throw new Error(`no erasure ${erasureId}`)
  if ('step' in found) throw new Error(`erasure ${erasureId} is not done: ${found.step} is next`)
  const sealing = readSealing(readConfig(['STATEMENT_SEAL_KEY_FILE']).STATEMENT_SEAL_KEY_FILE, '')
  await writeFile(target, `${await signCertificate(certificateContent(found), sealing)}\n`, { flag: 'wx' })
  return `${target} is signed with key ${sealing.keyId}`
}

async function replayNow(sql: Sql): Promise<string> {
  const config = readConfig(['NAMESPACE', 'TOMBSTONE_KEY_FILE', ...kafkaSettings])
  const read = (topic: Topic) =>
    readTopic({ ...clusterOf(config), topic: topicName(config.NAMESPACE, topic), awaitUndecided: true })
  const entries: JournalEntry[] = []
  for await (const { value } of read('privacy.journal')) if (value) entries.push(readJournalRecord(value))
  const persons: string[] = []
  for await (const { key } of read('analytics.withdrawals'))
    if (key) persons.push(new TextDecoder().decode(key))
  const consents = createConsents(createConsentStore(sql))
  const done = await replayJournal(
    { entries, persons },
    {
      replay: createJournalReplay(sql),
      tombstoneOf: readTombstoneKey(config.TOMBSTONE_KEY_FILE),
      withdraw: (riderId) => consents.withdraw({ riderId, purpose: 'research' }),
    },
  )
  return [
    `${done.tombstones} erasures are in the journal; ${done.erasures} of them have begun again`,
    `${done.withdrawals} riders have withdrawn again`,
  ].join('\n')
}

async function verify(source: string, key: string): Promise<string> {
  const publicKey = createPublicKey(await readFile(key, 'utf8'))
  const certificate = await verifyCertificate(await readFile(source, 'utf8'), publicKey).catch(
    (error: Error) => {
      throw new Error(`${source} is not valid: ${error.message}`)
    },
  )
  return [`${source} is valid`, ...certificateLines(certificate)].join('\n')
}

async function again(sql: Sql, { since }: Extract<Request, { verb: 'again' }>): Promise<string> {
  return `${await eraseDocumentsAgain(sql, since.getTime())} erasures delete documents once more`
}

function certificateLines({ erasureId, requestedAt, doneAt, stores }: CertificateContent): string[] {
  return [
    `erasure ${erasureId}, requested ${requestedAt}, done ${doneAt}`,
    ...stores.map(({ store, how, unreachableAt, bytesGoneAt, note }) => {
      const times =
        how === 'stays' ? '' : `; unreachable ${unreachableAt}, bytes gone ${bytesGoneAt ?? 'unknown'}`
      return `  ${store}: ${how}${times}${note === '' ? '' : `; ${note}`}`
    }),
  ]
}

async function answer(sql: Sql, asked: Exclude<Request, { verb: 'verify' }>): Promise<string> {
  if (asked.verb === 'propose') return propose(sql, asked)
  if (asked.verb === 'hold') return hold(sql, asked)
  if (asked.verb === 'replay-journal') return replayNow(sql)
  if (asked.verb === 'again') return again(sql, asked)
  if (asked.verb === 'certificate') return certify(sql, asked.what, asked.file)
  const found = await findErasure(sql, asked.what)
  if (found === undefined) throw new Error(`no erasure ${asked.what}`)
  if ('step' in found) return `erasure ${asked.what}: ${found.step} is next`
  return certificateLines(certificateContent(found)).join('\n')
}

async function obey(asked: Request): Promise<void> {
  if (asked.verb === 'verify') return print(await verify(asked.what, asked.key))
  const { DATABASE_URL: url } = readConfig(['DATABASE_URL'])
  const sql = connectPostgres({ url, name: 'erasure', maxConnections: 1 })
  try {
    print(await answer(sql, asked))
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
