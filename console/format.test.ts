import { expect, test } from 'vitest'
import { ago, clock, day, duration, kilometres, number, shortDate } from './format.ts'

test.each([
  [number(1_234.56, 1), '1,234.6'],
  [number(Number.NaN), undefined],
  [kilometres(28_460), '28.5'],
  [kilometres(99_949), '99.9'],
  [kilometres(99_950), '100'],
  [kilometres(undefined), undefined],
  [duration(0), '0 s'],
  [duration(59.4), '59 s'],
  [duration(59.5), '1 min'],
  [duration(3_569), '59 min'],
  [duration(3_570), '1:00 h'],
  [duration(90_061), '25:01 h'],
  [duration(-1), undefined],
  [duration(1e300), undefined],
  [shortDate('2026-03-09'), '9 Mar'],
])('%s is %s', (shown, expected) => expect(shown).toBe(expected))

test('a day and a time are those of the zone', () => {
  const newYear = Date.parse('2026-12-31T23:30:00Z')
  expect(day(newYear, 'Europe/Berlin')).toBe('Fri 1 January 2027')
  expect(clock(newYear, 'Europe/Berlin')).toBe('00:30')
  expect(day(newYear, 'America/New_York')).toBe('Thu 31 December 2026')
  expect(clock(newYear, 'America/New_York')).toBe('18:30')
})

test.each([1e300, Number.NaN, undefined])('what is no time is not shown: %s', (ms) => {
  expect([day(ms, 'UTC'), clock(ms, 'UTC')]).toEqual([undefined, undefined])
})

test.each([
  [-5_000, 'just now'],
  [59_000, 'just now'],
  [60_000, '1 minute ago'],
  [10_800_000, '3 hours ago'],
  [86_400_000, 'yesterday'],
  [3 * 86_400_000, '3 days ago'],
])('%i ms before now is %s', (before, words) => expect(ago(1e12 - before, 1e12)).toBe(words))
