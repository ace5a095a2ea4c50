// Waits until the platform has dealt with everything it accepted, and has concluded what it must by then.
import { booksOf, imbalances } from './books.ts'
import { check } from './checks.ts'
import type { Engines } from './engines.ts'
import type { Books } from './expectation.ts'
import { waitUntil } from './wait.ts'

export async function settle(of: {
  engines: Engines
  /** Samples accepted by the edge. */
  accepted: number
  /** What quarantine must hold. */
  books: Books
  signal: AbortSignal
}): Promise<void> {
  const { engines, accepted, books, signal } = of
  await waitUntil(
    async () => {
      const ledger = await engines.ledger()
      const open = imbalances(ledger, accepted)
      if (open.length > 0) return open
      // Replayed samples leave the quarantine at once, and the books later: both must have come about.
      return [
        check('samples in quarantine', books.quarantined, await engines.quarantined()),
        check('samples in quarantine, by the books', books.quarantined, booksOf(ledger).quarantined),
      ]
        .filter(({ holds }) => !holds)
        .map(({ what, expected, actual }) => `${what}: ${actual} instead of ${expected}`)
    },
    { withinMs: 90_000, everyMs: 250, signal },
  )
}
