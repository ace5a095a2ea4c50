// Long calculations in slices, between which everything else in the process gets its turn: timers, answers to HTTP, and the
// heartbeats without which Kafka gives a worker's partitions to others.
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Samples, or bytes of records of which each sample has at least one: some 30 ms of decoding, planning or encoding. */
export const samplesAtOnce = 100_000

export interface SliceOptions {
  /** The largest sum of weights in a slice; an item that weighs more has a slice of its own. */
  readonly most?: number
  /** Lets others go first; for tests. */
  readonly giveWay?: () => Promise<unknown>
}

/**
 * `items.map(work)` in slices: of the weights 60,000, 30,000 and 20,000 the first two are one slice and the last is another.
 */
export async function inSlices<T, R>(
  items: Iterable<T>,
  weightOf: (item: T) => number,
  work: (item: T) => R,
): Promise<R[]> {
  const turns = createTurns()
  const results: R[] = []
  for (const item of items) {
    await turns.before(weightOf(item))
    results.push(work(item))
  }
  return results
}

/** The weight of a record that is still to be decoded. */
export const bytesOf = ({ value }: { readonly value: Uint8Array | null }): number => value?.length ?? 0

export interface Turns {
  /** To be awaited before work of this weight; gives way when the slice would become too heavy. */
  before(weight: number): Promise<void>
}

export function createTurns({ most = samplesAtOnce, giveWay = nextTurn }: SliceOptions = {}): Turns {
  let sum = 0
  return {
    async before(weight) {
      if (sum > 0 && sum + weight > most) {
        await giveWay()
        sum = 0
      }
      sum += weight
    },
  }
}

/**
 * Takes an item only when there is room for it. After a failure no more items are taken; rejects with the first failure
 * when all that was begun has ended.
 */
export async function inParallel<T>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let failed = false
  async function lane(): Promise<void> {
    while (!failed) {
      const next = await iterator.next()
      if (next.done || failed) return
      await work(next.value)
    }
  }
  const lanes = Array.from({ length: width }, () =>
    lane().catch((error: unknown) => {
      failed = true
      throw error
    }),
  )
  const results = await Promise.allSettled(lanes)
  const failure = results.find((result) => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}
