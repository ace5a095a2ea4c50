// Which documents of the copy a batch of the stream becomes, and when a person is forgotten for certain. Pure.
import { z } from 'zod'
import { kinds } from '../../../proto/index.ts'
import type { DocumentBulk, Partition } from '../../engines/elasticsearch/port.ts'
import { researchFields } from '../../engines/elasticsearch/research-mapping.ts'
import { partitionOf } from '../../telemetry/search/partitions.ts'
import type { Offsets, PendingWithdrawal } from './port.ts'

const pseudonym = z.string().regex(/^[0-9a-f]{1,64}$/)
const trackSchema = z.object({
  subject: pseudonym,
  person: pseudonym,
  // Records of before the stream named recorders live for three days.
  recorder: pseudonym.default('0'),
  kind: z.enum(kinds),
  time_ms: z.array(z.int().min(0).max(253_402_300_799_999)),
  // Beyond what any metric reaches, within what the store's integers hold.
  metrics: z.record(z.string(), z.array(z.number().min(-1e11).max(1e11).nullable())),
})

/** A record of analytics.tracks (core/research/stream/port.ts) as the copy reads it. */
export type CopiedTrack = z.output<typeof trackSchema>

/** Throws when the bytes are no record of the stream, or its arrays are not of one length. */
export function readTrack(value: Uint8Array | null): CopiedTrack {
  const track = trackSchema.parse(JSON.parse(new TextDecoder().decode(value ?? new Uint8Array())))
  const ragged = Object.entries(track.metrics).find(([, cells]) => cells.length !== track.time_ms.length)
  if (ragged !== undefined) throw new Error(`${ragged[0]} has not one value a sample`)
  return track
}

export interface MonthBulk extends DocumentBulk {
  readonly partition: Partition
}

/** Documents of a bulk. */
const bulkDocuments = 5_000

/**
 * The documents of these tracks, by month and group. A track of 3 samples around midnight of 1 February becomes two bulks:
 * `research-ride-2026.01` with 2 documents and `research-ride-2026.02` with 1.
 */
export function bulksOf(tracks: readonly CopiedTrack[]): MonthBulk[] {
  const months = new Map<string, { partition: Partition; lines: string[] }>()
  for (const track of tracks) {
    const lineOf = documents(track)
    for (const [sample, timeMs] of track.time_ms.entries()) {
      const partition = partitionOf(track.kind, timeMs)
      const key = `${partition.group} ${partition.fromMs}`
      const month = months.get(key) ?? { partition, lines: [] }
      months.set(key, month)
      month.lines.push(lineOf(sample, timeMs))
    }
  }
  return [...months.values()].flatMap(({ partition, lines }) => {
    const bulks: MonthBulk[] = []
    for (let from = 0; from < lines.length; from += bulkDocuments) {
      const some = lines.slice(from, from + bulkDocuments)
      bulks.push({ partition, body: Buffer.from(some.join('')), documents: some.length })
    }
    return bulks
  })
}

/** Metrics that the copy does not have, such as places, are left out. */
function documents({ subject, person, recorder, kind, metrics }: CopiedTrack) {
  const head = JSON.stringify({ subject, person, recorder, kind }).slice(0, -1)
  const columns = researchFields[kind].flatMap(({ key, name, scale }) => {
    const cells = metrics[key]
    return cells === undefined ? [] : [{ name, cells, scale }]
  })
  return (sample: number, timeMs: number): string => {
    const values = columns.flatMap(({ name, cells, scale }) => {
      const cell = cells[sample] ?? null
      return cell === null ? [] : [`,"${name}":${Math.round(cell * scale)}`]
    })
    return `{"create":{}}\n${head},"@timestamp":${timeMs}${values.join('')}}\n`
  }
}

/**
 * A bulk is sent at most so long after its writer has looked who consents, and given up 30 s later. Who lost its partitions meanwhile
 * may still be at it.
 */
export const gateHoldsMs = 20_000
/** By then a bulk that was decided before the withdrawal has come, or never will, whatever became of its writer. */
export const keptAtLeastMs = 120_000

export interface Settling {
  /** The ends of the stream, read after the withdrawal was seen. The stream has no later record of the person. */
  readonly ends: Offsets | undefined
  readonly passed: Offsets
  readonly keptAtLeastMs: number
}

/**
 * Whether nobody writes documents of the person any more. False while anything is unknown.
 *
 *     isSettled({ person, ageMs: 130_000 }, { ends: [5n, 0n], passed: [7n, 0n], keptAtLeastMs: 120_000 }) // true
 */
export function isSettled({ ageMs }: PendingWithdrawal, { ends, passed, keptAtLeastMs }: Settling): boolean {
  if (ends === undefined || ends.length === 0 || !(ageMs >= keptAtLeastMs)) return false
  return ends.every((end, partition) => (passed[partition] ?? -1n) >= end)
}
