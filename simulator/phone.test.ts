import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ClockEvent, createPhone } from './phone.ts'

const day = 86_400_000
const bootedAtMs = Date.UTC(2025, 0, 1)

test('a wall clock set by three days changes the epoch and leaves the monotonic clock alone', () => {
  const phone = createPhone({
    bootedAtMs,
    bootId: 7,
    wrongByMs: 0,
    events: [{ type: 'set', atMs: bootedAtMs + day, wrongByMs: 3 * day }],
  })
  expect(phone.at(bootedAtMs + day - 1)).toEqual({
    wallMs: bootedAtMs + day - 1,
    monotonicMs: day - 1,
    bootId: 7,
    clockEpoch: 0,
  })
  expect(phone.at(bootedAtMs + day)).toEqual({
    wallMs: bootedAtMs + 4 * day,
    monotonicMs: day,
    bootId: 7,
    clockEpoch: 1,
  })
})

test('a reboot begins a new monotonic clock under the same epoch', () => {
  const phone = createPhone({
    bootedAtMs,
    bootId: 7,
    wrongByMs: 60_000,
    events: [{ type: 'reboot', atMs: bootedAtMs + day }],
  })
  expect(phone.at(bootedAtMs + day + 5)).toEqual({
    wallMs: bootedAtMs + day + 60_005,
    monotonicMs: 5,
    bootId: 8,
    clockEpoch: 0,
  })
})

test('the epoch changes exactly when wall clock and monotonic clock part', () => {
  const gaps = fc.integer({ min: 1, max: 40 * day })
  const event = fc.oneof(
    gaps.map((gap) => ({ type: 'reboot' as const, gap, wrongByMs: 0 })),
    fc.record({
      type: fc.constant('set' as const),
      gap: gaps,
      wrongByMs: fc.integer({ min: -9 * 365 * day, max: 9 * 365 * day }),
    }),
  )
  const moments = fc.array(fc.integer({ min: 0, max: 200 * day }), { minLength: 2, maxLength: 30 })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), fc.integer(), moments, (planned, wrongByMs, offsets) => {
      let atMs = bootedAtMs
      const events = planned.map(({ gap, ...rest }): ClockEvent => {
        atMs += gap
        return { ...rest, atMs }
      })
      const phone = createPhone({ bootedAtMs, bootId: 1, wrongByMs, events })
      const readings = offsets.toSorted((a, b) => a - b).map((offset) => phone.at(bootedAtMs + offset))
      for (const [i, later] of readings.entries()) {
        const earlier = readings[i - 1]
        if (earlier === undefined || earlier.bootId !== later.bootId) continue
        const together = later.wallMs - earlier.wallMs === later.monotonicMs - earlier.monotonicMs
        // Parted and come together again in between is a new epoch too.
        if (!together) expect(later.clockEpoch).toBeGreaterThan(earlier.clockEpoch)
        if (later.clockEpoch === earlier.clockEpoch) expect(together).toBe(true)
      }
    }),
  )
})
