// Sends quarantined tracks to telemetry.raw again: each track once, however many of its samples' reasons are kept.
import type { RecordProducer } from '../kafka/port.ts'
import type { KeptEntry, QuarantineFilter, QuarantineStore } from './port.ts'
import { replayRecord } from './quarantine-record.ts'

export interface ReplayOptions {
  readonly store: QuarantineStore
  readonly producer: RecordProducer
  readonly rawTopic: string
  readonly filter: QuarantineFilter
  /** Entries at most; what they bring into quarantine again is not among them. */
  readonly limit: number
}

export interface ReplayResult {
  readonly entries: number
  readonly tracks: number
}

const pageSize = 50

export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { store, producer, rawTopic, filter, limit } = options
  const ids = await store.pendingIds(filter, limit)
  let entries = 0
  let tracks = 0
  for (let start = 0; start < ids.length; start += pageSize) {
    entries += await store.replay(ids.slice(start, start + pageSize), async (page) => {
      const once = oneOfEachTrack(page)
      await producer.send(once.map((entry) => ({ topic: rawTopic, ...replayRecord(entry) })))
      tracks += once.length
    })
  }
  return { entries, tracks }
}

function oneOfEachTrack(entries: readonly KeptEntry[]): KeptEntry[] {
  return [...new Map(entries.map((entry) => [entry.trackId ?? entry.id, entry])).values()]
}
