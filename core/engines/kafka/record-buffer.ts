// Fetched records that wait for their hand-over, in the order they came, and a bell for all who wait for any change.
import type { BatchLimits, KafkaRecord } from './port.ts'

interface Chunk {
  readonly topic: string
  readonly partition: number
  /** Empty when nothing of what was fetched may be seen. */
  readonly records: readonly KafkaRecord[]
  /** Where the partition goes on after the chunk; past its last record when control records follow. */
  readonly nextOffset: bigint
}

export interface NextOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

interface BufferedBatch {
  /** Empty when there is nothing to do but to commit. */
  readonly records: KafkaRecord[]
  /** To be committed when the batch is done. */
  readonly next: NextOffset[]
}

export interface RecordBuffer {
  push(chunk: Chunk): void
  /** The records at hand up to the limits; undefined when nothing was fetched. */
  take(limits: BatchLimits): BufferedBatch | undefined
  bytes(): number
  records(): number
  /** When the first waiting record of each partition was written, by `topic:partition`. */
  oldestMs(): Map<string, number>
  clear(): void
  /** Wakes everybody who waits for a change; they look themselves whether it was theirs. */
  notify(): void
  /** Resolves at the next notification. */
  changed(): Promise<void>
}

export function createRecordBuffer(): RecordBuffer {
  let chunks: { chunk: Chunk; taken: number }[] = []
  let buffered = 0
  let count = 0
  let waiting = Promise.withResolvers<void>()
  return {
    push(chunk) {
      for (const record of chunk.records) buffered += recordBytes(record)
      count += chunk.records.length
      chunks.push({ chunk, taken: 0 })
    },
    take({ maxRecords, maxBytes }) {
      const records: KafkaRecord[] = []
      const next = new Map<string, NextOffset>()
      let bytes = 0
      let used = 0
      for (const entry of chunks) {
        const { chunk } = entry
        for (; entry.taken < chunk.records.length; entry.taken++) {
          const record = chunk.records[entry.taken] as KafkaRecord
          const size = recordBytes(record)
          if (records.length >= maxRecords || (records.length > 0 && bytes + size > maxBytes)) break
          records.push(record)
          bytes += size
        }
        const finished = entry.taken === chunk.records.length
        if (finished || entry.taken > 0) {
          const offset = finished ? chunk.nextOffset : (chunk.records[entry.taken] as KafkaRecord).offset
          next.set(`${chunk.topic}:${chunk.partition}`, {
            topic: chunk.topic,
            partition: chunk.partition,
            offset,
          })
        }
        if (!finished) break
        used++
      }
      chunks = chunks.slice(used)
      buffered -= bytes
      count -= records.length
      return next.size > 0 ? { records, next: [...next.values()] } : undefined
    },
    bytes: () => buffered,
    records: () => count,
    oldestMs() {
      const oldest = new Map<string, number>()
      for (const { chunk, taken } of chunks) {
        const key = `${chunk.topic}:${chunk.partition}`
        const first = chunk.records[taken]
        if (first !== undefined && !oldest.has(key)) oldest.set(key, first.timestampMs)
      }
      return oldest
    },
    clear() {
      chunks = []
      buffered = 0
      count = 0
    },
    notify() {
      const { resolve } = waiting
      waiting = Promise.withResolvers()
      resolve()
    },
    changed: () => waiting.promise,
  }
}

function recordBytes({ key, value }: KafkaRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0)
}
