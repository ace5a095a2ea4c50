import { expect, test } from 'vitest'
import {
  hoursOfYear,
  loadOf,
  meanRate,
  mostSamplesIn,
  peakRate,
  rateAt,
  samplesPerYear,
  troughRate,
} from './demand.ts'
import { defaults } from './parameters.ts'

test('the hours of a year add up to the year', () => {
  expect(hoursOfYear.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
  const mean = hoursOfYear.reduce((sum, each) => sum + each.share * rateAt(defaults, each).phones, 0)
  expect(mean / meanRate(defaults).phones).toBeCloseTo(1, 2)
})

test('peak, mean and trough are in order, and modules are the same at all times', () => {
  const [peak, mean, trough] = [peakRate(defaults), meanRate(defaults), troughRate(defaults)]
  expect(peak.phones).toBeGreaterThan(mean.phones)
  expect(mean.phones).toBeGreaterThan(trough.phones)
  expect([peak.modules, trough.modules]).toEqual([mean.modules, mean.modules])
})

test('ten times the bikes send ten times as much at every moment', () => {
  const more = { ...defaults, bikes: 10 * defaults.bikes }
  for (const rate of [meanRate, peakRate, troughRate, samplesPerYear]) {
    expect(rate(more).phones).toBeCloseTo(10 * rate(defaults).phones, 3)
    expect(rate(more).modules).toBeCloseTo(10 * rate(defaults).modules, 3)
  }
})

test('the busiest days have more than the mean ones, and less than the whole year', () => {
  const week = mostSamplesIn(defaults, 7)
  expect(week.phones).toBeGreaterThan((samplesPerYear(defaults).phones * 7) / 365)
  expect(week.phones).toBeLessThan(samplesPerYear(defaults).phones)
})

test('tracks of phones and messages of modules are counted by their own lengths', () => {
  const load = loadOf(
    { ...defaults, samplesPerUpload: 300, samplesPerMessage: 20 },
    { phones: 600, modules: 60 },
  )
  expect(load).toEqual({ samplesPerSecond: 660, tracksPerSecond: 5 })
})
