// Cuts the samples of a batch into chunks, each for one partition and of bounded size.
import { uuidText } from '../../../proto/index.ts'
import type { Partition } from '../../engines/elasticsearch/port.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import { createTurns } from '../../runtime/slices.ts'
import type { ErasedSpan } from '../normalize/port.ts'
import { type DocumentTemplate, documentTemplate } from './document-writer.ts'
import { partitionOf } from './partitions.ts'
import { isPending, type OpenTrack, type PlannedTrack, settle } from './planned-track.ts'

/** Samples of one track, by position, that go to one partition. */
export interface Slice {
  readonly plan: PlannedTrack
  readonly track: OpenTrack['track']
  readonly template: DocumentTemplate
  readonly samples: number[]
}

export interface Chunk {
  readonly partition: Partition
  readonly slices: Slice[]
  samples: number
  /** An upper bound of the bytes of its documents. */
  maxBytes: number
}

export interface ChunkLimits {
  readonly samples: number
  readonly bytes: number
}

/**
 * Yields chunks as soon as they are full, at last the rest. Tracks are taken one by one, when the last chunk is done with; many small
 * ones that fill none give way to others now and then.
 */
export async function* cutChunks(tracks: Iterable<OpenTrack>, limits: ChunkLimits): AsyncGenerator<Chunk> {
  const filling = new Map<string, Chunk>()
  const turns = createTurns()
  for (const open of tracks) {
    await turns.before(open.track.timesMs.length)
    const template = documentTemplate(open)
    for (const { partition, samples } of byPartition(open)) {
      const key = `${partition.group} ${partition.fromMs}`
      for (let from = 0; from < samples.length; ) {
        const chunk = filling.get(key) ?? { partition, slices: [], samples: 0, maxBytes: 0 }
        const room = Math.floor((limits.bytes - chunk.maxBytes) / template.maxBytes)
        const count = Math.max(1, Math.min(samples.length - from, limits.samples - chunk.samples, room))
        chunk.slices.push({ ...open, template, samples: samples.slice(from, from + count) })
        chunk.samples += count
        chunk.maxBytes += count * template.maxBytes
        from += count
        const full = chunk.samples >= limits.samples || chunk.maxBytes + template.maxBytes > limits.bytes
        if (full) {
          filling.delete(key)
          yield chunk
        } else filling.set(key, chunk)
      }
    }
  }
  yield* filling.values()
}

/** A record's key is its bike. */
export const bikesOf = (batch: readonly KafkaRecord[]) => [
  ...new Set(batch.flatMap(({ key }) => (key?.length === 16 ? [uuidText(key)] : []))),
]

/** The tracks, those samples settled that are of times in which an erased rider owned the bike. */
export function* refuseErased(
  tracks: Iterable<OpenTrack>,
  erased: ReadonlyMap<string, readonly ErasedSpan[]>,
): Generator<OpenTrack> {
  for (const open of tracks) {
    const { plan, track } = open
    for (const { name, fromMs, untilMs } of erased.get(plan.bikeId) ?? []) {
      for (const [sample, timeMs] of track.timesMs.entries()) {
        const eventMs = timeMs + plan.offsetMs
        if (!isPending(plan, sample) || eventMs < fromMs || eventMs >= untilMs) continue
        settle(plan, sample, 'erased')
        plan.erasedAs = name
      }
    }
    yield open
  }
}

/** The pending samples of a track by partition; times increase, so each partition is met once. */
function* byPartition({ plan, track }: OpenTrack): Generator<{ partition: Partition; samples: number[] }> {
  let partition: Partition | undefined
  let samples: number[] = []
  for (let i = 0; i < track.timesMs.length; i++) {
    if (!isPending(plan, i)) continue
    const eventMs = (track.timesMs[i] as number) + plan.offsetMs
    if (partition === undefined || eventMs >= partition.toMs) {
      if (partition !== undefined) yield { partition, samples }
      partition = partitionOf(track.kind, eventMs)
      samples = []
    }
    samples.push(i)
  }
  if (partition !== undefined) yield { partition, samples }
}
