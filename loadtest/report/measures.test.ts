import { describe, expect, test } from 'vitest'
import type { Moment } from '../run/sampler.ts'
import { floodedOverQuiet, memoryGrowth, quantile, recoveryS, silences } from './measures.ts'
import type { UploadSecond } from './upload-timeline.ts'

test.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
])('the quantile %d of 1 to 100 is %i', (share, value) => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  expect(quantile(values, share)).toBe(value)
})

test('of nothing there is no quantile', () => {
  expect(quantile([], 0.5)).toBeUndefined()
})

const moment = (memoryBytes: number | undefined, i: number): Moment => ({
  atMs: i * 1_000,
  services: { edge: memoryBytes === undefined ? undefined : { memoryBytes } },
})

test('memory grows by what comes after warming up', () => {
  const bytes = [1, 1, 10, 10, 11, 11, 20, 20]
  expect(memoryGrowth(bytes.map(moment))).toEqual({ edge: 2 })
})

test.each([
  ['late in the run', [1, 1, 10, 10, 11, 11, undefined, undefined]],
  ['at any time', [undefined, undefined, undefined, undefined]],
  ['often enough', [1, 1]],
])('of a service that did not tell its memory %s nothing is known', (_, bytes) => {
  expect(memoryGrowth(bytes.map(moment))).toEqual({ edge: undefined })
})

test('a silence is as long as it lasts in a row', () => {
  const bytes = [1, undefined, 1, undefined, undefined, 1]
  expect(silences(bytes.map(moment))).toEqual({ edge: 2 })
})

test('who never said anything is silent for ever, however short the run', () => {
  expect(silences([undefined, undefined].map(moment))).toEqual({ edge: Number.POSITIVE_INFINITY })
})

describe('recovery from a spike', () => {
  const spike = { beginsAtS: 10, endsAtS: 20 }
  const usual: UploadSecond = {
    atS: 0,
    p50Ms: 20,
    p95Ms: 40,
    p99Ms: 50,
    samplesAccepted: 480,
    byStatus: { 202: 8 },
  }
  const run = (bad: Readonly<Record<number, Partial<UploadSecond>>>) =>
    Array.from({ length: 40 }, (_, atS) => ({ ...usual, atS, ...bad[atS] }))
  const refusing = { byStatus: { 202: 4, 429: 4 } }

  test.each([
    ['refusals within the spike only', { 15: refusing }, 0],
    ['a refusal three seconds after its end', { 15: refusing, 22: refusing }, 3],
    ['unusually slow answers', { 25: { p95Ms: 1_500 } }, 6],
    ['answers as slow as they always were', { 25: { p95Ms: 900 } }, 0],
    ['refusals to the very end', { 39: refusing }, Number.POSITIVE_INFINITY],
  ])('%s', (_, bad, expected) => {
    expect(recoveryS(run(bad), spike)).toBe(expected)
  })

  test.each([
    ['before', run({}).slice(10)],
    ['after', run({ 15: refusing }).slice(0, 20)],
  ])('is not measured when nobody sends anything %s it', (_, seconds) => {
    expect(recoveryS(seconds, spike)).toBeUndefined()
  })
})

test('freshness while others flood is compared with that before', () => {
  const probes = [100, 200, 300, 450].map((searchableMs, atMs) => ({ atMs, searchableMs }))
  expect(floodedOverQuiet(probes, 2)).toBe(450 / 200)
  expect(floodedOverQuiet(probes, 0)).toBeUndefined()
  expect(floodedOverQuiet(probes, 4)).toBeUndefined()
})
