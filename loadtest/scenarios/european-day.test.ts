import { expect, test } from 'vitest'
import { demandOf, demandOfDay } from './european-day.ts'

const tuesday = { month: 5, weekday: 2 }
const sunday = { month: 5, weekday: 0 }
const at = (day: typeof tuesday, hour: number) => demandOf({ ...day, hour })

test('the mean over the hours of a year is 1', () => {
  let sum = 0
  for (let month = 0; month < 12; month++)
    for (let weekday = 0; weekday < 7; weekday++)
      for (let hour = 0; hour < 24; hour++) sum += demandOf({ month, weekday, hour: hour + 0.5 })
  expect(sum / (12 * 7 * 24)).toBeCloseTo(1)
})

test('on working days the commuters make two peaks, on Sundays the afternoon makes one', () => {
  expect(at(tuesday, 7.5)).toBeGreaterThan(2 * at(tuesday, 10.5))
  expect(at(tuesday, 17.5)).toBeGreaterThan(2 * at(tuesday, 10.5))
  expect(at(sunday, 14.5)).toBeGreaterThan(3 * at(sunday, 7.5))
})

test.each([
  ['summer and winter', at(tuesday, 8), demandOf({ month: 0, weekday: 2, hour: 8 })],
  ['day and night', at(tuesday, 12), at(tuesday, 3)],
])('between %s lie more than a factor of three', (_, more, less) => {
  expect(more / less).toBeGreaterThan(3)
})

test('a day closes into itself, and takes weekday and month from its date', () => {
  const demand = demandOfDay(new Date('2026-06-14'))
  expect(demand(0)).toBeCloseTo(demand(1))
  expect(demand(14.5 / 24)).toBeCloseTo(at(sunday, 14.5))
})
