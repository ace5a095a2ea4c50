import { describe, expect, test } from 'vitest'
import { drawChart, formatValue, niceTop, thin } from './chart.ts'
import { chartsOf, type Sampled } from './charts.ts'
import { htmlReport } from './html.ts'

test.each([
  [0, 1],
  [0.7, 0.8],
  [3, 4],
  [101, 200],
  [9_000, 10_000],
])('a scale for values up to %d ends at %d', (value, top) => {
  expect(niceTop(value)).toBe(top)
})

test.each([
  [999, '999'],
  [12_500, '12.5 k'],
  [2_500_000, '2.5 M'],
])('%d is written %s', (value, text) => {
  expect(formatValue(value)).toBe(text)
})

test('of many points the peaks stay', () => {
  const points = Array.from({ length: 10_000 }, (_, i) => [i, i === 4_321 ? 99 : 1] as const)
  const some = thin(points)
  expect(some.length).toBeLessThanOrEqual(500)
  expect(some).toContainEqual([4_321, 99])
})

test('a chart draws each line that has points, and none for want of them', () => {
  const lines = [
    { name: 'edge', points: [[0, 1] as const, [10, 2] as const] },
    { name: 'search', points: [] },
  ]
  const svg = drawChart({ title: 'Lag', unit: 'records', lines })
  expect(svg.match(/<polyline/g)).toHaveLength(1)
  expect(drawChart({ title: 'Lag', unit: 'records', lines: [] })).toContain('nothing measured')
})

test('of more lines than there are colours the smallest are left out, and counted', () => {
  const lines = Array.from({ length: 14 }, (_, i) => ({ name: `worker ${i}`, points: [[0, i] as const] }))
  const svg = drawChart({ title: 'CPU', unit: 'cores', lines })
  expect(svg.match(/<polyline/g)).toHaveLength(8)
  expect(svg).toContain('and 6 that stay below these')
})

const sampled: Sampled = {
  startMs: 100_000,
  loadEndsAtS: 3,
  uploads: [
    { atS: 0, p50Ms: 10, p95Ms: 20, p99Ms: 30, samplesAccepted: 480, byStatus: { 202: 1 } },
    { atS: 2, p50Ms: 10, p95Ms: 20, p99Ms: 30, samplesAccepted: 480, byStatus: { 202: 1, 429: 2 } },
  ],
  moments: [99, 100, 101, 103].map((atS, i) => ({
    atMs: atS * 1_000,
    services: { search: i === 2 ? undefined : { samples: 1_000 * i, lagRecords: 5 } },
  })),
  probes: [{ atMs: 101_000, searchableMs: 400, latestMs: 20 }],
  shapes: [{ fromPerSecond: 1, steps: [{ seconds: 3, perSecond: 1 }] }],
}

describe('the charts of a run', () => {
  const lineOf = (title: string, name: string) =>
    chartsOf(sampled)
      .find((chart) => chart.title === title)
      ?.lines.find((line) => line.name === name)?.points

  test.each([
    [
      'Attempts by status',
      '429',
      [
        [0, 0],
        [1, 0],
        [2, 2],
      ],
    ],
    [
      'Samples',
      'search',
      [
        [0, 1_000],
        [3, 2_000 / 3],
      ],
    ],
    [
      'Lag',
      'search',
      [
        [0, 5],
        [3, 5],
      ],
    ],
    ['Freshness', 'searchable', [[1, 0.4]]],
  ])('%s: %s', (title, name, points) => {
    expect(lineOf(title, name)).toEqual(points)
  })

  test('leave out what was not measured', () => {
    expect(chartsOf(sampled).map(({ title }) => title)).not.toContain('Memory')
  })
})

test('the report is one file, escapes what it shows, and says when something does not hold', () => {
  const check = { what: 'a < b', expected: '1', actual: '2', holds: false }
  const html = htmlReport({
    title: 'Load: smoke',
    about: '"all" & more',
    facts: [['samples', '1']],
    checks: [check, { ...check, holds: true }],
    answers: { 'rides 202': 7 },
    charts: chartsOf(sampled),
  })
  expect(html).toContain('1 of 2 do not hold')
  expect(html).toContain('a &lt; b')
  expect(html).not.toMatch(/src=|href=|@import/)
})
