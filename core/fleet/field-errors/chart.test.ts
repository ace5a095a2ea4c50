import { describe, expect, test } from 'vitest'
import { fieldErrorChart } from './chart.ts'
import { analyseFieldErrors } from './field-errors.ts'
import type { Cohort } from './port.ts'
import { linearScale } from './scale.ts'
import { fieldErrorTable } from './table.ts'

const question = { type: 'iot_module', by: 'plant', from: '2026-01-01', until: '2027-01-01' } as const
const cohort = (group: string | undefined, affected = 2): Cohort => ({
  ...{ group, bikes: 100, km: 50_000, kmAtRisk: 50_000, affected, faults: 3 },
})
const analyse = (...cohorts: Cohort[]) => analyseFieldErrors(question, cohorts)
const textsOf = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, content]) => content)

test('the chart names every group, marks what stands out, and says by which test', () => {
  const texts = textsOf(fieldErrorChart(analyse(cohort('North'), cohort('South', 30), cohort(undefined))))
  expect(texts).toEqual(expect.arrayContaining(['North', 'South', 'other (under 5 each)']))
  expect(texts.filter((content) => content?.startsWith('▲'))).toHaveLength(1)
  expect(texts.some((content) => content?.includes('Holm-corrected for 2 groups, p &lt; 0.01'))).toBe(true)
})

test('names of plants are text, not markup', () => {
  const svg = fieldErrorChart(analyse(cohort('<b>R&D</b>')))
  expect(svg).toContain('&lt;b&gt;R&amp;D&lt;/b&gt;')
  expect(svg).not.toContain('<b>')
})

test('what XML has no character for is left out of names', () => {
  const svg = fieldErrorChart(analyse(cohort('B\u0001-7\0\uffff\ud800'), cohort('Köln 🚲')))
  expect(textsOf(svg)).toEqual(expect.arrayContaining(['B-7', 'Köln 🚲']))
})

test('of many groups those that stand out are drawn in any case, and the others counted', () => {
  const many = Array.from({ length: 100 }, (_, n) => ({ ...cohort(`P${n}`, 3), kmAtRisk: 1_000 + n }))
  const bad = { ...cohort('bad', 60), km: 2e6, kmAtRisk: 2e6 }
  const texts = textsOf(fieldErrorChart(analyse(...many, cohort('low', 0), bad)))
  expect(texts).toContain('and 42 more groups')
  expect(texts).not.toContain('low')
})

test('without groups it says so', () => {
  expect(fieldErrorChart(analyse())).toContain('Too few bikes')
  expect(fieldErrorTable(analyse())).toContain('nothing to show')
})

test('the table says the same', () => {
  const lines = fieldErrorTable(analyse(cohort('North'), cohort('South', 30))).split('\n')
  expect(lines.find((line) => line.startsWith('South'))).toMatch(
    /300 \[212, 400\].*0\.600 \[0\.405, 0\.857\].*<< stands out/,
  )
  expect(lines.find((line) => line.startsWith('North'))).not.toContain('stands out')
})

describe('an axis ends at a round number', () => {
  test.each([
    [0.37, 0.4, ['0', '0.1', '0.2', '0.3', '0.4']],
    [9, 10, ['0', '2.5', '5.0', '7.5', '10.0']],
    [1_150, 1_500, ['0', '500', '1,000', '1,500']],
    [0.0009, 0.001, ['0', '0.00025', '0.00050', '0.00075', '0.00100']],
    [0, 1, ['0', '0.25', '0.50', '0.75', '1.00']],
  ])('%f', (greatest, last, labels) => {
    const scale = linearScale(greatest, { x: 10, width: 100 })
    expect(scale.end).toBeCloseTo(last, 9)
    expect(scale.ticks.map(scale.label)).toEqual(labels)
    expect([scale.at(0), scale.at(last), scale.at(2 * last)]).toEqual([10, 110, 110])
  })
})
