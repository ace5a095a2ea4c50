// Runs work over items with a bounded number in flight.

/**
 * Takes an item only when there is room for it. After a failure no more items are taken; rejects with the first failure
 * when all that was begun has ended.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  let failed = false
  async function lane(): Promise<void> {
    while (!failed) {
      const next = iterator.next()
      if (next.done) return
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
