import { expect, test } from 'vitest'
import { type Contribution, grouped, protect, samplesOf } from './fold.ts'

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const contribution = (person: string, samples: number, speed = 20_000, timeMs = 0): Contribution => ({
  ...{ person, timeMs, kind: 'ride', samples },
  metrics: { speed: { count: samples, sum: samples * speed } },
})
const group = (size: number, samples = 60) =>
  Array.from({ length: size }, (_, i) => contribution(`p${i}`, samples))
const of = { noiseKey: 'a key', interval: 'hour' }

test('a cell of nine persons is left out, one of ten is told', () => {
  expect(protect(group(9), of)).toEqual([])
  expect(protect(group(10), of)).toHaveLength(1)
})

test('a metric that 24 persons have is left out, one that 25 have is told', () => {
  const none = { ...contribution('none', 60), metrics: { speed: { count: 0, sum: 0 } } }
  const averages = (size: number) => protect([...group(size), none], of)[0]?.averages
  expect(averages(24)).toEqual({})
  expect(averages(25)).toEqual({ speed: 20_000 })
})

test('asking again, and in another order, tells nothing new; another cell, other persons or another key do', () => {
  const [cell] = protect(group(50), of)
  expect(protect(group(50).reverse(), of)).toEqual([cell])
  const others = [
    protect(group(50), { ...of, noiseKey: 'another' }),
    protect(group(50), { ...of, interval: 'day' }),
    protect(
      group(50).map((member) => ({ ...member, timeMs: 3_600_000 })),
      of,
    ),
    protect([...group(49), contribution('new', 60)], of),
  ]
  for (const [other] of others) expect(other?.count).not.toBe(cell?.count)
})

test('counts are multiples of five and never below none', () => {
  const keys = Array.from({ length: 200 }, (_, i) => `key ${i}`)
  const counts = keys.map((noiseKey) => protect(group(10, 7), { ...of, noiseKey })[0]?.count ?? -1)
  expect(counts.every((count) => count >= 0 && count % 5 === 0)).toBe(true)
  expect(new Set(counts).size).toBeGreaterThan(10)
})

test('one person changes a cell by no more than the second largest does, however much that one rides', () => {
  const usual = protect([...group(20), contribution('much', 60)], of)
  expect(protect([...group(20), contribution('much', 1_000_000, 20_000)], of)).toEqual(usual)
})

test('groups of 200 persons and more are off by five percent at most', () => {
  const random = numbers(1)
  for (let trial = 0; trial < 1_000; trial++) {
    const members = Array.from({ length: 200 + Math.floor(random() * 300) }, (_, i) =>
      contribution(`p${i}`, 3_000 + Math.round(600 * random()), 15_000 + 10_000 * random()),
    )
    const [cell] = protect(members, { ...of, noiseKey: `key ${trial}` })
    const truth = members.reduce((sum, { samples }) => sum + samples, 0)
    const sum = members.reduce((all, { metrics }) => all + (metrics.speed?.sum ?? 0), 0)
    expect(Math.abs((cell?.count ?? 0) / truth - 1)).toBeLessThan(0.05)
    expect(Math.abs((cell?.averages.speed ?? 0) / (sum / truth) - 1)).toBeLessThan(0.05)
  }
})

/**
 * The insider knows all about ten persons, what the eleventh would add, and all of this file but the key. The eleventh rode in one hour or
 * did not. The insider sees that hour and its day, and holds the more probable for true: the noise is even, so where both can be, that is the
 * one with the less noise.
 */
test('who knows ten persons guesses a yes or no of the eleventh right in 55 of 100 cases at most', () => {
  const random = numbers(2)
  const trials = 20_000
  let right = 0
  for (let trial = 0; trial < trials; trial++) {
    const known = Array.from({ length: 10 }, (_, i) =>
      contribution(`p${i}`, 1_800 + Math.round(1_800 * random()), 15_000 + 10_000 * random()),
    )
    const hour = contribution('eleventh', 1_800 + Math.round(1_800 * random()), 15_000 + 10_000 * random())
    const days = [...known, contribution('eleventh', 3_600)].map((member) => ({
      ...member,
      samples: member.samples * 3,
    }))
    const withHour = days.map((member) =>
      member.person === 'eleventh' ? { ...member, samples: member.samples + hour.samples } : member,
    )
    const rode = random() < 0.5
    const noiseKey = `key ${trial}`
    const looks = [
      { interval: 'hour', no: known, yes: [...known, hour] },
      { interval: 'day', no: days, yes: withHour },
    ].map(({ interval, no, yes }) => {
      const [told] = protect(rode ? yes : no, { noiseKey, interval })
      expect(told?.averages).toEqual({})
      return { no: likelihood(no, told?.count ?? 0), yes: likelihood(yes, told?.count ?? 0) }
    })
    const [yes, no] = (['yes', 'no'] as const).map((answer) =>
      looks.reduce((product, look) => product * look[answer], 1),
    ) as [number, number]
    const guess = yes === no ? random() < 0.5 : yes > no
    if (guess === rode) right++
  }
  expect(right / trials).toBeLessThanOrEqual(0.55)
  // The insider is right more often than a coin: else this test would not show that there was anything to learn.
  expect(right / trials).toBeGreaterThan(0.505)
})

/** How probable a count is when these are the persons, by the rules of the fold written a second time. */
function likelihood(members: readonly Contribution[], count: number): number {
  const counts = members.map(({ samples }) => samples).sort((a, b) => b - a)
  const [, most = 0] = counts
  const sum = counts.reduce((all, each) => all + Math.min(each, most), 0)
  return Math.abs(count - sum) <= 8 * most + 2.5 ? 1 / most : 0
}

test('groups are added up from cells, by time and by kind', () => {
  const cells = [
    { timeMs: 0, kind: 'ride', count: 100, averages: { speed: 10 } },
    { timeMs: 0, kind: 'battery', count: 50, averages: {} },
    { timeMs: 3_600_000, kind: 'ride', count: 300, averages: { speed: 20 } },
  ]
  const metrics = {
    mean: { metric: 'avg', field: 'speed' },
    all: { metric: 'sum', field: 'speed' },
    number: { metric: 'value_count', field: '@timestamp' },
  } as const
  const groups = {
    hours: { by: 'timeMs', groups: { kinds: { by: 'kind', groups: metrics } } },
    ...metrics,
  } as const
  expect(grouped(groups, cells)).toEqual({
    ...{ mean: { value: 17.5 }, all: { value: 7_000 }, number: { value: 450 } },
    hours: {
      buckets: [
        {
          ...{ key: 0, key_as_string: '1970-01-01T00:00:00.000Z', doc_count: 150 },
          kinds: {
            buckets: [
              {
                key: 'battery',
                doc_count: 50,
                mean: { value: null },
                all: { value: 0 },
                number: { value: 50 },
              },
              {
                key: 'ride',
                doc_count: 100,
                mean: { value: 10 },
                all: { value: 1_000 },
                number: { value: 100 },
              },
            ],
          },
        },
        {
          ...{ key: 3_600_000, key_as_string: '1970-01-01T01:00:00.000Z', doc_count: 300 },
          kinds: {
            buckets: [
              {
                key: 'ride',
                doc_count: 300,
                mean: { value: 20 },
                all: { value: 6_000 },
                number: { value: 300 },
              },
            ],
          },
        },
      ],
    },
  })
  expect(samplesOf(cells)).toBe(450)
})
