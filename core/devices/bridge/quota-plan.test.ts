import { expect, test } from 'vitest'
import { createRateLimiter } from '../../../edge/limits/rates.ts'
import { writeTrack } from '../../../proto/index.ts'
import { settings } from '../../runtime/settings.ts'
import { calmMs, leastOfMessage, nextSuspension, type Suspension, samplesCounted } from './quota-plan.ts'

const id = '01920000-0000-7000-8000-00000000000b'
const trackOf = (samples: number) =>
  writeTrack({
    ...{ bikeId: id, recorderId: id, kind: 'battery', clock: { bootId: 1, clockEpoch: 1 } },
    timesMs: Array.from({ length: samples }, (_, i) => Date.UTC(2026, 4, 1) + 1_000 * i),
    columns: [
      { key: 'state_of_charge_pct', values: Array.from({ length: samples }, (_, i) => 900 - (i % 9)) },
    ],
  })

test.each<[string, Uint8Array, number]>([
  ['a track counts for the samples that it announces', trackOf(600), 600],
  ['a small track, an empty message and noise count for ten', trackOf(3), leastOfMessage],
  ['an empty message counts for ten', new Uint8Array(), leastOfMessage],
  ['garbage counts by its bytes', Buffer.alloc(262_144, 0xff), 2_622],
])('%s', (_, body, counted) => {
  expect(samplesCounted(body)).toBe(counted)
})

test('suspensions last a minute, twice as long each time, an hour at most, and begin anew after a day without', () => {
  const firstMs = 60_000
  const minutes: number[] = []
  let known: Suspension | undefined
  let nowMs = 0
  for (let i = 0; i < 9; i++) {
    known = nextSuspension(known, { nowMs, firstMs })
    minutes.push((known.untilMs - nowMs) / 60_000)
    nowMs = known.untilMs + calmMs - 1
  }
  expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  expect(nextSuspension(known, { nowMs: nowMs + 1, firstMs }).times).toBe(1)
})

test('a suspension that lasts is not made longer by who else finds the module beyond its quota', () => {
  const known = { times: 2, untilMs: 100 }
  expect(nextSuspension(known, { nowMs: 99, firstMs: 60_000 })).toBe(known)
  expect(nextSuspension(known, { nowMs: 100, firstMs: 60_000 }).times).toBe(3)
})

/** A ride, its battery and its motor each second, thirty days with two hours each. */
const thirtyDays = 30 * 7_200 * 3
const tracks = { samples: 30, count: thirtyDays / 30 }

/** Seconds until a module that sends `perSecond` samples has sent all, and how often it was suspended on the way. */
function returningBike(perSecond: number): { seconds: number; suspensions: number } {
  const config = (name: 'SAMPLE_RATE_PER_SENDER' | 'SAMPLE_BURST_PER_SENDER' | 'MODULE_SUSPENSION_S') =>
    settings[name].parse(undefined)
  const clock = { ms: 0 }
  const limiter = createRateLimiter({
    rate: { perSecond: config('SAMPLE_RATE_PER_SENDER'), burst: config('SAMPLE_BURST_PER_SENDER') },
    clock: { monotonicMs: () => clock.ms },
  })
  let suspensions = 0
  let known: Suspension | undefined
  for (let sent = 0; sent < tracks.count; sent++) {
    clock.ms += (1_000 * tracks.samples) / perSecond
    if (limiter.take('bike', tracks.samples) === 0) continue
    known = nextSuspension(known, { nowMs: clock.ms, firstMs: 1_000 * config('MODULE_SUSPENSION_S') })
    clock.ms = known.untilMs
    suspensions++
  }
  return { seconds: clock.ms / 1_000, suspensions }
}

test('30 days of a bike that returns, 648,000 samples, pass in 5.5 minutes where its module sends 2,000 a second', () => {
  const { seconds, suspensions } = returningBike(2_000)
  expect(suspensions).toBe(0)
  expect(seconds).toBeLessThanOrEqual(330)
})

test.each([
  [20_000, 5, 32],
  [1_000_000, 6, 64],
])(
  'where its module heeds nothing and sends %i a second, it is suspended %i times, and all pass in %i minutes',
  (perSecond, times, minutes) => {
    const { seconds, suspensions } = returningBike(perSecond)
    expect(suspensions).toBe(times)
    expect(seconds).toBeGreaterThan((minutes - 1) * 60)
    expect(seconds).toBeLessThanOrEqual(minutes * 60)
  },
)
