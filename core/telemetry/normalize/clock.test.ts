import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ClockEvidence, decideClock } from './clock.ts'

const receivedAtMs = Date.UTC(2026, 4, 1)
const day = 86_400_000
const hour = 3_600_000

/** A phone that recorded an hour ago by a right clock, and sends now. */
function evidence(changes: {
  track?: Partial<ClockEvidence['track']>
  attempt?: Partial<NonNullable<ClockEvidence['attempt']>>
  firstRecordedMs?: number
}): ClockEvidence {
  return {
    receivedAtMs,
    firstRecordedMs: changes.firstRecordedMs ?? receivedAtMs - hour,
    track: { bootId: 3, clockEpoch: 5, monotonicStartMs: 1_000, ...changes.track },
    attempt: {
      sentAtMs: receivedAtMs,
      bootId: 3,
      monotonicMs: 1_000 + hour,
      clockEpoch: 5,
      ...changes.attempt,
    },
  }
}

const otherBoot = { bootId: 4 }
const otherEpoch = { bootId: 4, clockEpoch: 6 }

test.each<[string, Parameters<typeof evidence>[0], string, number]>([
  ['same boot, right clock: recorded times stay', {}, 'monotonic', 0],
  [
    'same boot, within the threshold: recorded times stay',
    { firstRecordedMs: receivedAtMs - hour - 1_999 },
    'monotonic',
    0,
  ],
  ['same boot, three days fast', { firstRecordedMs: receivedAtMs - hour + 3 * day }, 'monotonic', -3 * day],
  ['same boot, years slow', { firstRecordedMs: receivedAtMs - hour - 2_500 * day }, 'monotonic', 2_500 * day],
  [
    'same boot, and a wall clock set right meanwhile',
    { attempt: { clockEpoch: 6 }, firstRecordedMs: receivedAtMs - hour + day },
    'monotonic',
    -day,
  ],
  ['same boot, but the monotonic clock ran backwards', { attempt: { monotonicMs: 5 } }, 'sent_at', 0],
  ['a monotonic clock from outer space', { attempt: { monotonicMs: 2 ** 64 } }, 'sent_at', 0],
  ['other boot, right clock', { attempt: otherBoot }, 'sent_at', 0],
  [
    'other boot, a minute slow or a slow network',
    { attempt: { ...otherBoot, sentAtMs: receivedAtMs - 59_999 } },
    'sent_at',
    0,
  ],
  ['other boot, an hour slow', { attempt: { ...otherBoot, sentAtMs: receivedAtMs - hour } }, 'sent_at', hour],
  [
    'other boot, three seconds fast',
    { attempt: { ...otherBoot, sentAtMs: receivedAtMs + 3_000 } },
    'sent_at',
    -3_000,
  ],
  ['other boot, stuck in 1970', { attempt: { ...otherBoot, sentAtMs: 0 } }, 'sent_at', receivedAtMs],
  ['a sending time from outer space', { attempt: { ...otherBoot, sentAtMs: 2 ** 62 } }, 'none', 0],
  ['other boot and other epoch', { attempt: { ...otherEpoch, sentAtMs: 0 } }, 'none', 0],
])('%s', (_, changes, rule, offsetMs) => {
  expect(decideClock(evidence(changes))).toEqual({ rule, offsetMs })
})

test('a recorder without a monotonic clock is judged by its sending time', () => {
  const { track, ...rest } = evidence({})
  const { monotonicStartMs: _, ...withoutMonotonic } = track
  expect(decideClock({ ...rest, track: withoutMonotonic }).rule).toBe('sent_at')
})

test('without clock facts of the attempt times stay as recorded', () => {
  expect(decideClock({ ...evidence({}), attempt: undefined })).toEqual({ rule: 'none', offsetMs: 0 })
})

test('however wrong the wall clock, the monotonic clock finds the time of the first sample', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -50 * 365 * day, max: 50 * 365 * day }),
      fc.integer({ min: 0, max: 300 * day }),
      (wrongByMs, ageMs) => {
        const firstRecordedMs = receivedAtMs - ageMs + wrongByMs
        const changes = {
          firstRecordedMs,
          attempt: { monotonicMs: 1_000 + ageMs, sentAtMs: receivedAtMs + wrongByMs },
        }
        const { rule, offsetMs } = decideClock(evidence(changes))
        expect(rule).toBe('monotonic')
        expect(Math.abs(firstRecordedMs + offsetMs - (receivedAtMs - ageMs))).toBeLessThan(2_000)
      },
    ),
  )
})
