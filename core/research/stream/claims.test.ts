import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Range } from '../../telemetry/contracts/clean-samples.ts'
import { samplesToClaim, without } from './claims.ts'
import type { Claim } from './port.ts'

const range = (first: number, count: number): Range => ({ first, count })

function claim(offset: bigint, samples: Range[]): Claim {
  const withheld = { consent_absent: 0, consent_not_at_event_time: 0 }
  return { trackId: 't', partition: 0, offset, samples, delivered: 0, withheld }
}

test.each<[string, { at: bigint; stored: Range[]; claims: Claim[]; expected: Range[] }]>([
  [
    'the first record of a track answers for all it has',
    { at: 5n, stored: [range(0, 9)], claims: [], expected: [range(0, 9)] },
  ],
  [
    'a record read again answers for the same samples',
    { at: 5n, stored: [range(0, 9)], claims: [claim(5n, [range(0, 9)])], expected: [range(0, 9)] },
  ],
  [
    'a repeat at another offset has nothing left to answer for',
    { at: 8n, stored: [range(0, 9)], claims: [claim(5n, [range(0, 9)])], expected: [] },
  ],
  [
    'a replay with more samples answers for the additional ones',
    {
      at: 8n,
      stored: [range(0, 9)],
      claims: [claim(5n, [range(0, 2), range(4, 2)])],
      expected: [range(2, 2), range(6, 3)],
    },
  ],
  [
    'a first record read again leaves to the second what that claimed',
    {
      at: 5n,
      stored: [range(0, 2)],
      claims: [claim(5n, [range(0, 2)]), claim(8n, [range(2, 7)])],
      expected: [range(0, 2)],
    },
  ],
])('%s', (_, { at, stored, claims, expected }) => {
  expect(samplesToClaim({ partition: 0, offset: at }, stored, claims)).toEqual(expected)
})

test('what is left is what is in the ranges and not in the holes', () => {
  const ranges = fc
    .uniqueArray(fc.nat(40), { maxLength: 20 })
    .map((indexes) => indexes.map((index) => range(index, 1)))
  const holes = fc.array(fc.record({ first: fc.nat(40), count: fc.integer({ min: 0, max: 9 }) }), {
    maxLength: 6,
  })
  const wide = fc
    .tuple(fc.nat(20), fc.integer({ min: 1, max: 30 }))
    .map(([first, count]) => [range(first, count)])
  const indexes = (list: readonly Range[]) =>
    list.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i))
  fc.assert(
    fc.property(fc.oneof(ranges, wide), holes, (given, taken) => {
      const left = indexes(without(given, taken))
      const holed = new Set(indexes(taken))
      const wanted = indexes(given).filter((index) => !holed.has(index))
      expect(left).toEqual(wanted.sort((a, b) => a - b))
    }),
  )
})
