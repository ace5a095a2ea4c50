// Quarantine by hand: `npm run quarantine -- list | show | replay`.
import { fromBinary } from '@bufbuild/protobuf'
import { z } from 'zod'
import { QuarantinedTrackSchema, QuarantineReason, readTrack } from '../../../proto/index.ts'
import { createProducer } from '../../engines/kafka/index.ts'
import { connectPostgres } from '../../engines/postgres/client/connect.ts'
import { createQuarantineStore } from '../../engines/postgres/telemetry/quarantine-store.ts'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { runCommand } from '../../runtime/command-line/run-command.ts'
import { readConfig } from '../../runtime/config.ts'
import { createLog } from '../../runtime/log.ts'
import { topicName } from '../../topics.ts'
import { quarantineReasonName } from '../contracts/outcomes.ts'
import type { ListedEntry, QuarantineStore } from './port.ts'
import { replay } from './replay.ts'

const usage = `Usage:
  npm run quarantine -- list [--reason REASON] [--bike ID] [--limit N] [--json]
      the oldest entries that were not replayed yet (50, unless limited otherwise), and counts of all
  npm run quarantine -- show ID
      all that is known of one entry
  npm run quarantine -- replay [--reason REASON] [--bike ID] [--id ID] [--limit N]
      sends the tracks of all those entries through the pipeline again`

const reasonNames = Object.values(QuarantineReason)
  .filter((reason) => typeof reason === 'number' && reason !== QuarantineReason.UNSPECIFIED)
  .map(quarantineReasonName)

const filters = {
  reason: z.enum(reasonNames).optional(),
  bike: z.uuid().optional(),
  limit: z.coerce.number().int().positive().max(1_000_000).optional(),
}
const form = {
  options: {
    reason: { type: 'string' },
    bike: { type: 'string' },
    id: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: ['verb', 'id'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('list'), ...filters, json: z.boolean().default(false) }),
    z.strictObject({ verb: z.literal('show'), id: z.uuid() }),
    z.strictObject({ verb: z.literal('replay'), ...filters, id: z.uuid().optional() }),
  ]),
} as const
type Request = z.output<typeof form.request>

async function answer(store: QuarantineStore, asked: Request): Promise<string> {
  if (asked.verb === 'show') return show(store, asked.id)
  if (asked.verb === 'replay') return replayNow(store, asked)
  const filter = { reason: asked.reason, bikeId: asked.bike }
  const entries = await store.list(filter, asked.limit ?? 50)
  if (asked.json) return JSON.stringify(entries.map(factsOf), undefined, 2)
  const counts = await store.count(filter)
  const lines = entries.map(
    ({ id, quarantinedAtMs, stage, reason, bikeId, samples, detail }) =>
      `${id}  ${time(quarantinedAtMs)}  ${stage}  ${reason}  bike ${bikeId ?? 'unknown'}  ${samples} samples  ${detail}`,
  )
  const sums = counts.map((each) => `${each.reason}: ${each.samples} samples in ${each.entries} entries`)
  return counts.length > 0 ? [...lines, '', ...sums].join('\n') : 'nothing in quarantine'
}

async function show(store: QuarantineStore, id: string): Promise<string> {
  const found = await store.find(id)
  if (found === undefined) throw new Error(`no entry ${id}`)
  const { record: kept, ...entry } = found
  const { raw, record } = fromBinary(QuarantinedTrackSchema, kept)
  const facts = {
    ...factsOf(entry),
    ...(raw && { sender: raw.sender }),
  }
  const bytes = Buffer.from(raw?.track ?? record).toString('base64')
  return JSON.stringify({ ...facts, track: raw && describe(raw.track), bytes }, undefined, 2)
}

/** Undecodable tracks are shown by their bytes alone. */
function describe(bytes: Uint8Array) {
  try {
    const { recorderId, kind, clock, timesMs } = readTrack(bytes)
    const recorded = { from: time(timesMs[0] as number), until: time(timesMs.at(-1) as number) }
    return { recorderId, kind, clock, samples: timesMs.length, recorded }
  } catch {
    return undefined
  }
}

async function replayNow(
  store: QuarantineStore,
  asked: Extract<Request, { verb: 'replay' }>,
): Promise<string> {
  const { NAMESPACE, KAFKA_BROKERS } = readConfig(['NAMESPACE', 'KAFKA_BROKERS'])
  const log = createLog('quarantine-command', 'warn')
  const producer = createProducer({ brokers: KAFKA_BROKERS, name: 'quarantine-command', log })
  try {
    const { entries, tracks } = await replay({
      store,
      producer,
      rawTopic: topicName(NAMESPACE, 'telemetry.raw'),
      filter: { id: asked.id, reason: asked.reason, bikeId: asked.bike },
      limit: asked.limit ?? 1_000_000,
    })
    return `replayed ${tracks} tracks (${entries} entries)`
  } finally {
    await producer.close()
  }
}

function factsOf({ quarantinedAtMs, receivedAtMs, replayedAtMs, ...entry }: ListedEntry) {
  return {
    ...entry,
    receivedAt: receivedAtMs === null ? null : time(receivedAtMs),
    quarantinedAt: time(quarantinedAtMs),
    replayedAt: replayedAtMs === null ? null : time(replayedAtMs),
  }
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}

async function obey(asked: Request): Promise<void> {
  const url = readConfig(['DATABASE_URL']).DATABASE_URL
  const sql = connectPostgres({
    url,
    name: 'quarantine-command',
    maxConnections: 2,
    statementTimeoutMs: 60_000,
  })
  try {
    process.stdout.write(`${await answer(createQuarantineStore(sql), asked)}\n`)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
