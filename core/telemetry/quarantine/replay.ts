// Sends quarantined tracks to telemetry.raw again: each track once, however many of its samples' reasons are kept.
import type { RecordProducer } from '../../engines/kafka/port.ts'
import type { KeptEntry, PendingEntry, QuarantineFilter, QuarantineStore } from './port.ts'
import { replayRecord } from './quarantine-record.ts'

/** Where to. */
export interface ReplayTarget {
  readonly producer: RecordProducer
  readonly rawTopic: string
}

export interface ReplayOptions extends ReplayTarget {
  readonly store: Pick<QuarantineStore, 'pending' | 'replay'>
  readonly filter: QuarantineFilter
  /** Entries at most; what they bring into quarantine again is not among them. */
  readonly limit: number
  /** Staff take the pace of these tracks as it is. */
  readonly paceAccepted?: boolean
}

export interface ReplayResult {
  readonly entries: number
  readonly tracks: number
}

const pageLimits = { entries: 50, bytes: 8 * 1024 * 1024 }

export async function replay({ filter, limit, ...options }: ReplayOptions): Promise<ReplayResult> {
  return replayEntries(options, await options.store.pending(filter, limit))
}

/** In the order given. */
export async function replayEntries(
  {
    store,
    producer,
    rawTopic,
    paceAccepted = false,
  }: ReplayTarget & { readonly store: Pick<QuarantineStore, 'replay'>; readonly paceAccepted?: boolean },
  pending: readonly PendingEntry[],
): Promise<ReplayResult> {
  let entries = 0
  let tracks = 0
  for (const ids of pagesOf(pending)) {
    entries += await store.replay(ids, async (page) => {
      const once = oneOfEachTrack(page)
      await producer.send(once.map((entry) => ({ topic: rawTopic, ...replayRecord(entry, paceAccepted) })))
      tracks += once.length
    })
  }
  return { entries, tracks }
}

/** The ids of entries that are in memory together, in the same order. */
export function pagesOf(entries: readonly PendingEntry[], limits = pageLimits): string[][] {
  const pages: string[][] = []
  let room = 0
  for (const { id, bytes } of entries) {
    const page = pages.at(-1)
    if (page !== undefined && page.length < limits.entries && bytes <= room) page.push(id)
    else {
      pages.push([id])
      room = limits.bytes
    }
    room -= bytes
  }
  return pages
}

function oneOfEachTrack(entries: readonly KeptEntry[]): KeptEntry[] {
  return [...new Map(entries.map((entry) => [entry.trackId ?? entry.id, entry])).values()]
}
