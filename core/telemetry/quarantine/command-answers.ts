// What `npm run quarantine` can be asked, and what it answers.
import { fromBinary } from '@bufbuild/protobuf'
import { z } from 'zod'
import { QuarantinedTrackSchema, QuarantineReason, type RawTrack, readTrack } from '../../../proto/index.ts'
import { lookFields, lookOptions } from '../../staff/access-log/look.ts'
import type { Shown } from '../../staff/access-log/port.ts'
import { quarantineReasonName } from '../contracts/outcomes.ts'
import type { ListedEntry, QuarantineFilter, QuarantineStore } from './port.ts'
import type { ReplayResult } from './replay.ts'

export const usage = `Usage:
  npm run quarantine -- list [--reason REASON] [--bike ID] [--limit N] [--json]
      the oldest entries that were not replayed yet (50, unless limited otherwise), and counts of all
  npm run quarantine -- show ID --reason WHY [--name WHO]
      all that is known of one entry; that you looked is logged for its sender and the owners of its bike
  npm run quarantine -- replay [--reason REASON] [--bike ID] [--id ID] [--limit N]
      sends the tracks of all those entries through the pipeline again
  npm run quarantine -- accept ID --reason WHY [--name WHO]
      takes the pace of a track as it is (implausible_pace) and sends it through again; that you did is logged as above`

const reasonNames = Object.values(QuarantineReason)
  .filter((reason) => typeof reason === 'number' && reason !== QuarantineReason.UNSPECIFIED)
  .map(quarantineReasonName)

const filters = {
  reason: z.enum(reasonNames).optional(),
  bike: z.uuid().optional(),
  limit: z.coerce.number().int().positive().max(1_000_000).optional(),
}
export const form = {
  options: {
    ...lookOptions,
    bike: { type: 'string' },
    id: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: ['verb', 'id'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('list'), ...filters, json: z.boolean().default(false) }),
    z.strictObject({ verb: z.literal('show'), id: z.uuid(), ...lookFields }),
    z.strictObject({ verb: z.literal('accept'), id: z.uuid(), ...lookFields }),
    z.strictObject({ verb: z.literal('replay'), ...filters, id: z.uuid().optional() }),
  ]),
} as const
export type Request = z.output<typeof form.request>

export interface Answerer {
  readonly store: Pick<QuarantineStore, 'list' | 'count' | 'find'>
  replay(filter: QuarantineFilter, limit: number, how?: { paceAccepted: boolean }): Promise<ReplayResult>
  /** Resolves when it is logged that the operator looks, or accepts. */
  look(shown: Shown, why: Why): Promise<void>
}

export type Why = Pick<Extract<Request, { verb: 'show' | 'accept' }>, 'verb' | 'reason' | 'name'>

export async function answer({ store, replay, look }: Answerer, asked: Request): Promise<string> {
  if (asked.verb === 'show') return show({ store, look }, asked)
  if (asked.verb === 'accept') return accept({ store, look, replay }, asked)
  if (asked.verb === 'replay') {
    const { id, reason, bike, limit = 1_000_000 } = asked
    const { entries, tracks } = await replay({ id, reason, bikeId: bike }, limit)
    return `replayed ${tracks} tracks (${entries} entries)`
  }
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

async function show(
  { store, look }: Pick<Answerer, 'store' | 'look'>,
  { id, ...why }: Extract<Request, { verb: 'show' }>,
): Promise<string> {
  const found = await store.find(id)
  if (found === undefined) throw new Error(`no entry ${id}`)
  const { record: kept, ...entry } = found
  const { raw, record } = fromBinary(QuarantinedTrackSchema, kept)
  await look(shownBy(entry, raw), why)
  const facts = {
    ...factsOf(entry),
    ...(raw && { sender: raw.sender }),
  }
  const bytes = Buffer.from(raw?.track ?? record).toString('base64')
  return JSON.stringify({ ...facts, track: raw && describe(raw.track), bytes }, undefined, 2)
}

function shownBy({ bikeId }: ListedEntry, raw: RawTrack | undefined): Shown {
  return { bikes: bikeId === null ? [] : [{ bikeId }], riders: raw ? [raw.sender] : [] }
}

async function accept(
  { store, look, replay }: Pick<Answerer, 'look' | 'replay'> & { store: Pick<QuarantineStore, 'find'> },
  { id, ...why }: Extract<Request, { verb: 'accept' }>,
): Promise<string> {
  const found = await store.find(id)
  if (found === undefined) throw new Error(`no entry ${id}`)
  const { reason, record, replayedAtMs } = found
  if (reason !== quarantineReasonName(QuarantineReason.IMPLAUSIBLE_PACE)) {
    throw new Error(`entry ${id} waits as ${reason}, of which nothing can be accepted`)
  }
  if (replayedAtMs !== null) throw new Error(`entry ${id} was replayed already`)
  await look(shownBy(found, fromBinary(QuarantinedTrackSchema, record).raw), why)
  const { tracks } = await replay({ id }, 1, { paceAccepted: true })
  return `accepted the pace of ${tracks} tracks`
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
