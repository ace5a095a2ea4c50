// After a restore: who was erased, or withdrew, after the time to which PostgreSQL was restored is erased, or withdrawn, again. Pure.
import type { JournalEntry } from './journal.ts'
import type { JournalReplay } from './port.ts'

export interface Replayed {
  readonly tombstones: number
  /** Riders who were there again, and whose erasures have begun again. */
  readonly erasures: number
  readonly withdrawals: number
}

/** `persons` are those of `analytics.withdrawals`. It may be done again at any time: what is there already stays. */
export async function replayJournal(
  of: { readonly entries: readonly JournalEntry[]; readonly persons: readonly string[] },
  by: {
    readonly replay: JournalReplay
    readonly tombstoneOf: (riderId: string) => string
    readonly withdraw: (riderId: string) => Promise<void>
  },
): Promise<Replayed> {
  const { replay, tombstoneOf, withdraw } = by
  const entries = Map.groupBy(of.entries, ({ tombstone }) => tombstone)
  for (const entry of of.entries) await replay.remember(entry)
  let erasures = 0
  for await (const riders of replay.riders()) {
    for (const riderId of riders) {
      for (const entry of entries.get(tombstoneOf(riderId)) ?? []) {
        if (await replay.beginAgain(entry, riderId)) erasures++
      }
    }
  }
  const withdrawn = await replay.ridersOfPersons(of.persons)
  for (const riderId of withdrawn) await withdraw(riderId)
  return { tombstones: of.entries.length, erasures, withdrawals: withdrawn.length }
}
