// Which records of a partition are committed, decided by the transaction markers that stand in the log itself.

/** A record, or a marker that ends a transaction of `producerId`, as it lies in the log. */
export interface LogEntry<R> {
  readonly offset: bigint
  readonly producerId: string
  readonly inTransaction: boolean
  readonly content: R | 'commit' | 'abort'
}

export interface CommittedRecords<R> {
  /** Takes the next entry of the partition, and returns the records that are decided now, in the log's order. */
  add(entry: LogEntry<R>): R[]
  /** The offset of the first record whose transaction has not ended yet. */
  undecidedFrom(): bigint | undefined
}

/**
 * A record waits until its transaction's marker comes, and with it all records behind it: readers of committed records
 * see the order of the log. Entries `a (producer 1)`, `b (producer 2)`, `abort of 1`, `commit of 2` give `b`.
 */
export function createCommittedRecords<R extends object>(): CommittedRecords<R> {
  const waiting: { offset: bigint; producerId: string; record: R; state: 'open' | 'commit' | 'abort' }[] = []

  function decide(producerId: string, outcome: 'commit' | 'abort'): void {
    for (const each of waiting) {
      if (each.state === 'open' && each.producerId === producerId) each.state = outcome
    }
  }

  function takeDecided(): R[] {
    const firstOpen = waiting.findIndex(({ state }) => state === 'open')
    const decided = waiting.splice(0, firstOpen === -1 ? waiting.length : firstOpen)
    return decided.filter(({ state }) => state === 'commit').map(({ record }) => record)
  }

  return {
    add({ offset, producerId, inTransaction, content }) {
      if (content === 'commit' || content === 'abort') decide(producerId, content)
      else waiting.push({ offset, producerId, record: content, state: inTransaction ? 'open' : 'commit' })
      return takeDecided()
    },
    undecidedFrom: () => waiting[0]?.offset,
  }
}
