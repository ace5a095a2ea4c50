import { describe, expect, test } from 'vitest'
import {
  type Books,
  checkBooks,
  checkGoals,
  checkThresholds,
  doubledOf,
  lostOf,
  type Measured,
} from './verdict.ts'

/** 100 samples accepted, stored, merged and half of them delivered. */
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
const good: Books = { ledger: ledger(), accepted: 100, inDoubt: 0, documents: 100, delivered: 50 }
const failing = (books: Books) =>
  checkBooks(books)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what)

describe('the books', () => {
  test('of a good run hold', () => {
    expect(failing(good)).toEqual([])
  })

  test.each<[string, Partial<Books>, { lost: number; doubled: number }]>([
    ['accepted and never booked', { accepted: 120 }, { lost: 20, doubled: 0 }],
    [
      'booked and never normalized',
      { ledger: ledger({ accepted: 130 }), inDoubt: 30 },
      { lost: 30, doubled: 0 },
    ],
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

  test('may have more than the answers, as far as attempts are in doubt', () => {
    expect(failing({ ...good, accepted: 90, inDoubt: 10 })).toEqual([])
    expect(failing({ ...good, accepted: 90, inDoubt: 9 })).toEqual([
      'in the ledger beyond the answers: sent in doubt',
    ])
  })
})

describe('goals', () => {
  const measured: Measured = {
    searchableP99Ms: 700,
    latestP99Ms: 90,
    missingProbes: 0,
    settledS: 4,
    memoryGrowth: { edge: 1.05, search: 1.4 },
    recoveredS: 3,
    refused: 12,
    silences: { edge: 1 },
  }
  const broken = (goals: Parameters<typeof checkGoals>[0], of: Partial<Measured> = {}) =>
    checkGoals(goals, { ...measured, ...of }).filter(({ holds }) => !holds).length

  test.each<[string, Parameters<typeof checkGoals>[0], Partial<Measured>, number]>([
    ['all reached', { settledWithinS: 30, searchableMs: 1_000, latestMs: 250 }, {}, 0],
    ['too stale', { settledWithinS: 30, searchableMs: 600 }, {}, 1],
    ['never settled', { settledWithinS: 30 }, { settledS: undefined }, 1],
    ['a service leaks', { settledWithinS: 30, memoryGrowth: 1.2 }, {}, 1],
    ['a service fell silent', { settledWithinS: 30 }, { silences: { edge: 9 } }, 1],
    ['a probe was never seen', { settledWithinS: 30 }, { missingProbes: 1 }, 1],
    ['not recovered', { settledWithinS: 30, recoveredWithinS: 15 }, { recoveredS: undefined }, 1],
    ['a spike that was none', { settledWithinS: 30, refusedAtLeast: 1 }, { refused: 0 }, 1],
  ])('%s', (_, goals, of, expected) => {
    expect(broken(goals, of)).toBe(expected)
  })
})

test('a threshold of k6 that does not hold is one of the checks', () => {
  const thresholds = [{ metric: 'fallen', rule: 'count==0', ok: false }]
  expect(checkThresholds({ thresholds, droppedIterations: 0 })).toEqual([
    { what: 'k6: fallen', expected: 'count==0', actual: 'does not hold', holds: false },
  ])
})
