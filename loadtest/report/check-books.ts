// Whether the books of a run hold: what the senders say, upload by upload, against what the engines do. Pure.
import { equations, type Ledger, total } from '../../testkit/books.ts'
import { type Check, check } from '../../testkit/check.ts'
import { atLeast } from './bound.ts'
import { compareUploads, type SentUpload } from './upload-answers.ts'

export interface Books {
  readonly ledger: Ledger
  readonly sent: readonly SentUpload[]
  readonly documents: number
  /** In the analytics topic; undefined where others write to it, too. */
  readonly delivered: number | undefined
}

export function checkBooks(books: Books): Check[] {
  const { ledger, sent, documents, delivered } = books
  const { accepted, unexplained } = compareUploads(sent)
  return [
    atLeast('samples accepted', { limit: 1, actual: accepted }),
    check('samples lost', 0, lostOf(books)),
    check('samples doubled', 0, doubledOf(books)),
    check('in the ledger beyond what their upload’s answers say or leave in doubt', 0, unexplained),
    ...equations(ledger, ledger.accepted)
      .slice(1)
      .map(({ what, left, right }) => check(what, left, right)),
    check(
      'in quarantine',
      0,
      total(ledger, 'normalize', 'quarantined') + total(ledger, 'search', 'quarantined'),
    ),
    check('documents (Elasticsearch) = stored', total(ledger, 'search', 'stored'), documents),
    ...(delivered === undefined
      ? []
      : [
          check(
            'samples for research (Kafka) = delivered',
            total(ledger, 'analytics', 'delivered'),
            delivered,
          ),
        ]),
  ]
}

/** Accepted, and not in the books, or in the books as stored, and not in the store. */
export function lostOf({ ledger, sent, documents }: Books): number {
  const unaccounted = Math.max(0, ledger.accepted - total(ledger, 'normalize'))
  const notStored = Math.max(0, total(ledger, 'search', 'stored') - documents)
  return compareUploads(sent).missing + unaccounted + notStored
}

/** More in a destination than the books say, or duplicates of what nobody sent twice. */
export function doubledOf({ ledger, sent, documents, delivered }: Books): number {
  const duplicates = Math.max(0, total(ledger, 'search', 'duplicate') - compareUploads(sent).repeated)
  const stored = Math.max(0, documents - total(ledger, 'search', 'stored'))
  const research = Math.max(0, (delivered ?? 0) - total(ledger, 'analytics', 'delivered'))
  return duplicates + stored + research
}
