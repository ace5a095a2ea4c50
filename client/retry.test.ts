// Pauses between attempts: what Retry-After asks for, and back-off that grows, ends growing and is spread.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultRetryPolicy, parseRetryAfterMs, pauseMs } from './retry.ts'

const nowMs = Date.UTC(2025, 5, 1, 12)

describe('Retry-After', () => {
  test.each([
    ['of seconds', '7', 7_000],
    ['of no seconds', '0', 0],
    ['with spaces around it', ' 7 ', 7_000],
    ['of a date to come', 'Sun, 01 Jun 2025 12:00:30 GMT', 30_000],
    ['of a date that has passed', 'Sun, 01 Jun 2025 11:00:00 GMT', 0],
    ['that is absent', null, undefined],
    ['that is empty', ' ', undefined],
    ['of words', 'soon', undefined],
    ['of a negative number', '-5', undefined],
    ['of a fraction', '1.5', undefined],
    ['of a bare date', '2025-06-01', undefined],
  ])('%s', (_, header, expected) => {
    expect(parseRetryAfterMs(header, nowMs)).toBe(expected)
  })
})

describe('the pause before the next attempt', () => {
  const policy = { firstMs: 1_000, longestMs: 60_000 }
  test.each([
    ['grows with each failure', { failures: 1, random: 1 }, 1_000],
    ['', { failures: 2, random: 1 }, 2_000],
    ['', { failures: 5, random: 1 }, 16_000],
    ['grows no further than the longest', { failures: 7, random: 1 }, 60_000],
    ['', { failures: 100_000, random: 1 }, 60_000],
    ['is at least half of that', { failures: 5, random: 0 }, 8_000],
    ['is at least what the edge asks for', { failures: 1, retryAfterMs: 20_000, random: 0 }, 20_000],
    ['is at most a quarter more', { failures: 1, retryAfterMs: 20_000, random: 1 }, 25_000],
    ['is spread over the first pause at least', { failures: 9, retryAfterMs: 0, random: 1 }, 1_000],
    ['heeds no Retry-After beyond the longest', { failures: 1, retryAfterMs: 1e9, random: 0 }, 60_000],
  ])('%s %j', (_, options, expected) => {
    expect(pauseMs(options, policy)).toBe(expected)
  })

  const options = fc.record({
    failures: fc.integer({ min: 1, max: 1e6 }),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    header: fc.oneof(fc.constant(null), fc.string(), fc.nat({ max: 1e9 }).map(String)),
  })

  test('is bounded, whatever the edge says', () => {
    fc.assert(
      fc.property(options, ({ failures, random, header }) => {
        const retryAfterMs = parseRetryAfterMs(header, nowMs)
        const pause = pauseMs({ failures, random, ...(retryAfterMs !== undefined && { retryAfterMs }) })
        expect(pause).toBeGreaterThanOrEqual(0)
        expect(pause).toBeLessThanOrEqual(1.25 * defaultRetryPolicy.longestMs)
      }),
    )
  })

  test('differs between phones that were refused together', () => {
    const phones = Array.from({ length: 200 }, () =>
      pauseMs({ failures: 1, retryAfterMs: 60_000, random: Math.random() }),
    )
    expect(new Set(phones).size).toBeGreaterThan(150)
  })
})
