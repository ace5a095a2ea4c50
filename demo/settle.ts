// Waits until the platform has dealt with everything it accepted, and has concluded what it must by then.
import { type Books, booksOf, imbalances } from '../testkit/books.ts'
import { check } from '../testkit/check.ts'
import { waitUntil } from '../testkit/wait.ts'
import type { Engines } from './engines.ts'

export interface SettleOptions {
  readonly engines: Engines
  /** Samples accepted by the edge. */
  readonly accepted: number
  readonly signal: AbortSignal
}

const bounds = { withinMs: 90_000, everyMs: 250 }

/** Every accepted sample has an outcome at every stage. */
export async function waitForBalance({ engines, accepted, signal }: SettleOptions): Promise<void> {
  await waitUntil(async () => imbalances(await engines.ledger(), accepted), { ...bounds, signal })
}

/** The books are closed, and quarantine holds what `books` says. */
export async function settle(options: SettleOptions & { books: Books }): Promise<void> {
  const { engines, accepted, books, signal } = options
  const missing = async () => {
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
  }
  await waitUntil(missing, { ...bounds, signal })
}
