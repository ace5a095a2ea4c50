// The edge's answer: what counts as one, and which tracks it leaves to send again.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foreignJson, foreignWord } from '../testkit/foreign-words.ts'
import { parseAnswer, sortTracks } from './answer.ts'

const good = {
  uploadId: '019ab3c2-7f1e-7c55-9a53-0f4a6f0d2b11',
  accepted: { tracks: 1, samples: 3 },
  rejected: [{ index: 1, reason: 'bike_forbidden', detail: 'no', temporary: false }],
}

test('an answer is read as documented, members to come included', () => {
  expect(parseAnswer(JSON.stringify({ ...good, more: 1 }))).toMatchObject(good)
})

test.each([
  ['the page of a captive portal', '<html>Welcome to our hotel</html>'],
  ['nothing', ''],
  ['no object', 'null'],
  ['a list', '[]'],
  ['no upload id', JSON.stringify({ ...good, uploadId: undefined })],
  ['no counts', JSON.stringify({ ...good, accepted: {} })],
  ['no list of rejections', JSON.stringify({ ...good, rejected: undefined })],
  ['a rejection of nothing', JSON.stringify({ ...good, rejected: [null] })],
  ['an index below zero', JSON.stringify({ ...good, rejected: [{ index: -1, temporary: true }] })],
  ['a broken index', JSON.stringify({ ...good, rejected: [{ index: 0.5, temporary: true }] })],
  ['a rejection of unknown duration', JSON.stringify({ ...good, rejected: [{ index: 1 }] })],
])('%s is no answer', (_, text) => {
  expect(parseAnswer(text)).toBeUndefined()
})

test('each track is taken, put aside or sent again: exactly one of them', () => {
  const outcomes = fc.array(fc.constantFrom('taken', 'never', 'later'), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(outcomes, (all) => {
      const tracks = all.map((_, i) => Uint8Array.of(i))
      const rejected = all.flatMap((outcome, index) =>
        outcome === 'taken' ? [] : [{ index, reason: 'any', detail: '', temporary: outcome === 'later' }],
      )
      const { never, later } = sortTracks({ tracks }, { ...good, rejected: rejected.toReversed() })
      const numbersOf = (outcome: string) => all.flatMap((each, i) => (each === outcome ? [i] : []))
      expect(never.tracks.map(([i]) => i)).toEqual(numbersOf('never'))
      expect(later.tracks.map(([i]) => i)).toEqual(numbersOf('later'))
      expect(never.answers.map(({ index }) => index).sort((a, b) => a - b)).toEqual(numbersOf('never'))
    }),
  )
})

test('an answer is what it says itself, not what every object has; strange members change nothing', () => {
  fc.assert(
    fc.property(foreignWord, foreignJson, (name, value) => {
      const members = Object.fromEntries([[name, value]])
      expect(parseAnswer(JSON.stringify({ ...members, ...good }))).toMatchObject(good)
      expect(parseAnswer(JSON.stringify(members))).toBeUndefined()
      expect(parseAnswer(JSON.stringify(value))).toBeUndefined()
    }),
  )
})
