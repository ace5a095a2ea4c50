import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foreignWord } from '../../../testkit/foreign-words.ts'
import type { Stage } from '../contracts/outcomes.ts'
import { booksOf, isSettled, isUploadSettled } from './books.ts'
import type { LedgerCount, TrackBooks } from './port.ts'

const count = (stage: Stage, outcome: string, samples: number, reason = ''): LedgerCount => ({
  stage,
  outcome,
  reason,
  samples,
})

const normalized = [count('normalize', 'clean', 90), count('normalize', 'quarantined', 10, 'event_in_future')]
const searched = [count('search', 'stored', 80), count('search', 'duplicate', 10)]
const merged = count('latest', 'merged', 90)
const analysed = [count('analytics', 'delivered', 50), count('analytics', 'withheld', 30, 'consent_absent')]

test.each<[string, LedgerCount[], boolean]>([
  ['every sample accounted for', [...normalized, ...searched, merged, ...analysed], true],
  ['everything quarantined at once', [count('normalize', 'quarantined', 100, 'bike_unregistered')], true],
  ['nothing handled yet', [], false],
  ['search outstanding', [...normalized, merged, ...analysed], false],
  ['latest outstanding', [...normalized, ...searched, ...analysed], false],
  ['analytics outstanding', [...normalized, ...searched, merged], false],
])('%s', (_, counts, settled) => {
  expect(isSettled({ accepted: 100, counts })).toBe(settled)
})

const track = (receivedAtMs: number, deliveryTracks: number): TrackBooks => ({
  trackId: 'any',
  index: 0,
  bikeId: 'any',
  receivedAtMs,
  deliveryTracks,
  accepted: 1,
  counts: [count('normalize', 'quarantined', 1, 'conflict')],
})

test.each<[string, TrackBooks[], boolean]>([
  ['all tracks of the delivery', [track(1, 2), track(1, 2)], true],
  ['a track still on its way', [track(1, 2)], false],
  ['a repeat of which a track is still on its way', [track(1, 2), track(1, 2), track(2, 2)], false],
  ['a repeat of which fewer were accepted', [track(1, 2), track(1, 2), track(2, 1)], true],
])('an upload is settled by deliveries: %s', (_, tracks, settled) => {
  expect(isUploadSettled(tracks)).toBe(settled)
})

test('books show every outcome, zeros included, and the reasons there are', () => {
  expect(booksOf([...normalized, ...searched, ...normalized])).toEqual({
    normalize: { clean: 180, quarantined: 20, refused_by_erasure: 0, reasons: { event_in_future: 20 } },
    search: { stored: 80, duplicate: 10, quarantined: 0, refused_by_erasure: 0 },
    latest: { merged: 0 },
    analytics: { delivered: 0, withheld: 0 },
  })
})

test('a reason is counted, whatever it says', () => {
  fc.assert(
    fc.property(foreignWord, (word) => {
      fc.pre(word !== '')
      const books = booksOf([
        count('search', 'quarantined', 2, word),
        count('search', 'quarantined', 3, word),
      ])
      expect(books.search).toMatchObject({ stored: 0, quarantined: 5 })
      const { reasons } = books.search
      expect(Object.entries(reasons as object)).toEqual([[word, 5]])
    }),
  )
})
