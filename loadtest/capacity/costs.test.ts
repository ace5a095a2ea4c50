import { expect, test } from 'vitest'
import { costOf, secondsPerSecond } from './costs.ts'

const lengths = { long: 300, short: 30 }

test('two lengths of tracks tell what a sample and what a track costs', () => {
  // 2 µs a sample and 60 µs a track.
  const cost = costOf({ long: 2.2, short: 4 }, lengths)
  expect(cost.perSample).toBeCloseTo(2e-6, 12)
  expect(cost.perTrack).toBeCloseTo(60e-6, 12)
  expect(secondsPerSecond(cost, { samplesPerSecond: 1e6, tracksPerSecond: 1e4 })).toBeCloseTo(2.6, 9)
})

test.each([
  ['short tracks that seem cheaper', { long: 3, short: 2 }, { perSample: 3e-6, perTrack: 0 }],
  ['samples that seem free', { long: 1, short: 30 }, { perSample: 0, perTrack: 900e-6 }],
])('%s make no cost negative', (_, measured, expected) => {
  const cost = costOf(measured, lengths)
  expect(cost.perSample).toBeCloseTo(expected.perSample, 12)
  expect(cost.perTrack).toBeCloseTo(expected.perTrack, 12)
})
