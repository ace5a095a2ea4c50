import { describe, expect, test } from 'vitest'
import { type Books, checkBooks, doubledOf, lostOf } from './check-books.ts'
import type { SentUpload } from './upload-answers.ts'

/** 100 samples booked, stored, merged and half of them delivered. */
const ledger = (of: { accepted?: number; stored?: number; duplicate?: number } = {}) => ({
  accepted: of.accepted ?? 100,
  lines: [
    { stage: 'normalize', outcome: 'clean', reason: '', samples: 100 },
    { stage: 'search', outcome: 'stored', reason: '', samples: of.stored ?? 100 },
    { stage: 'search', outcome: 'duplicate', reason: '', samples: of.duplicate ?? 0 },
    { stage: 'latest', outcome: 'merged', reason: '', samples: 100 },
    { stage: 'analytics', outcome: 'delivered', reason: '', samples: 50 },
    { stage: 'analytics', outcome: 'withheld', reason: 'consent_absent', samples: 50 },
  ],
})
const upload = (of: Partial<SentUpload> = {}): SentUpload => ({
  samples: 50,
  accepted: 50,
  inDoubt: 0,
  booked: 50,
  ...of,
})
const good: Books = { ledger: ledger(), sent: [upload(), upload()], documents: 100, delivered: 50 }
const failing = (books: Books) =>
  checkBooks(books)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what)

test('the books of a good run hold', () => {
  expect(failing(good)).toEqual([])
})

test.each<[string, Partial<Books>, { lost: number; doubled: number }]>([
  [
    'accepted and never booked',
    { sent: [upload(), upload(), upload({ booked: 0 })] },
    { lost: 50, doubled: 0 },
  ],
  ['booked and never normalized', { ledger: ledger({ accepted: 130 }) }, { lost: 30, doubled: 0 }],
  ['stored by the books and not in the store', { documents: 90 }, { lost: 10, doubled: 0 }],
  ['in the store twice', { documents: 107 }, { lost: 0, doubled: 7 }],
  ['delivered to research twice', { delivered: 51 }, { lost: 0, doubled: 1 }],
  [
    'a duplicate of what nobody sent twice',
    { ledger: ledger({ stored: 95, duplicate: 5 }), documents: 95 },
    { lost: 0, doubled: 5 },
  ],
])('%s does not hold', (_, fault, expected) => {
  const books = { ...good, ...fault }
  expect({ lost: lostOf(books), doubled: doubledOf(books) }).toEqual(expected)
  expect(failing(books)).not.toEqual([])
})

describe('an upload in doubt', () => {
  const arrived = upload({ accepted: 0, inDoubt: 50 })

  test('may be in the ledger, or not', () => {
    expect(failing({ ...good, sent: [upload(), arrived] })).toEqual([])
    expect(failing({ ...good, sent: [...good.sent, { ...arrived, booked: 0 }] })).toEqual([])
  })

  test('hides no accepted one that is lost', () => {
    expect(failing({ ...good, sent: [upload(), arrived, upload({ booked: 0 })] })).toEqual(['samples lost'])
  })

  test('explains no duplicate but its own', () => {
    const books = { ...good, ledger: ledger({ stored: 50, duplicate: 50 }), documents: 50 }
    expect(doubledOf({ ...books, sent: [upload(), arrived] })).toBe(50)
    expect(doubledOf({ ...books, sent: [upload({ inDoubt: 50, booked: 100 })] })).toBe(0)
  })
})

test('books in which nothing was accepted show nothing', () => {
  const empty: Books = { ledger: { accepted: 0, lines: [] }, sent: [], documents: 0, delivered: 0 }
  expect(failing(empty)).toEqual(['samples accepted'])
})
