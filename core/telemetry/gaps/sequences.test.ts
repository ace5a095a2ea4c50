import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginAt, type Gap, mostGaps, type Sequences, see } from './sequences.ts'

const text = ({ first, next, gaps }: Sequences) =>
  [`${first}…${next}`, ...gaps.map((gap) => `${gap.first}-${gap.end}`)].join(' ')
const from = (seen: readonly number[]) => see(beginAt(seen[0] ?? 0), seen, 0)

test.each<[string, number[], string]>([
  ['numbers in order leave nothing missing', [5, 6, 7], '5…8'],
  ['a number that is left out is missing', [1, 3], '1…4 2-3'],
  ['several left out at once are one gap', [1, 10], '1…11 2-10'],
  ['what comes late fills its gap', [1, 3, 2], '1…4'],
  ['what comes into the middle of a gap parts it', [1, 6, 4], '1…7 2-4 5-6'],
  ['what comes at the edges of a gap shrinks it', [1, 6, 2, 5], '1…7 3-5'],
  ['a repeated number changes nothing', [1, 3, 3, 1], '1…4 2-3'],
  ['a number below the first moves the start', [5, 2], '2…6 3-5'],
  ['the largest number there can be is one', [2 ** 53 - 2, 2 ** 53 - 1], `${2 ** 53 - 2}…${2 ** 53}`],
])('%s', (_, seen, expected) => {
  const oneByOne = seen.reduce((known, each) => see(known, [each], 0), beginAt(seen[0] as number))
  expect(text(oneByOne)).toBe(expected)
  expect(text(from(seen))).toBe(expected)
})

test('in any order, batches and repetition exactly those between the first and the last that were not seen are missing', () => {
  const delivery = fc
    .uniqueArray(fc.nat(60), { minLength: 1, maxLength: 40 })
    .chain((seen) =>
      fc.tuple(fc.constant(seen), fc.shuffledSubarray([...seen, ...seen], { minLength: 2 * seen.length })),
    )
  fc.assert(
    fc.property(delivery, fc.integer({ min: 1, max: 9 }), ([seen, delivered], batch) => {
      let known = beginAt(delivered[0] as number)
      for (let at = 0; at < delivered.length; at += batch) {
        known = see(known, delivered.slice(at, at + batch), at)
      }
      const missing = known.gaps.flatMap(({ first, end }) =>
        Array.from({ length: end - first }, (_, i) => first + i),
      )
      const [lowest, highest] = [Math.min(...seen), Math.max(...seen)]
      expect([known.first, known.next]).toEqual([lowest, highest + 1])
      const all = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i)
      expect(missing).toEqual(all.filter((each) => !seen.includes(each)))
    }),
  )
})

test('the parts of a gap keep when it was noticed and asked about', () => {
  const gap: Gap = { first: 2, end: 6, noticedAtMs: 7, stateAskedAtMs: 9 }
  const { gaps } = see({ first: 1, next: 7, gaps: [gap] }, [4], 1_000)
  expect(gaps).toEqual([
    { ...gap, end: 4 },
    { ...gap, first: 5 },
  ])
})

test('what changes nothing gives back what is known', () => {
  const known = from([1, 2, 5])
  expect(see(known, [1, 5, 2], 1)).toBe(known)
  expect(see(known, [6, 0], 1).gaps).toBe(known.gaps)
})

test('a recorder that leaves out every other number has bounded gaps, the latest', () => {
  const { gaps } = from(Array.from({ length: 1_000 }, (_, i) => 2 * i))
  expect(gaps).toHaveLength(mostGaps)
  expect(gaps.at(-1)).toMatchObject({ first: 1_997, end: 1_998 })
})
