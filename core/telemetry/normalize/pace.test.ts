// Tracks whose times cannot be those of their samples: nothing of them counts, and they decide no clock.
import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { type Kind, QuarantineReason, RawTrackSchema } from '../../../proto/index.ts'
import { implausiblePace, proposeClocks } from './clock.ts'
import { planTrack } from './plan.ts'
import type { ArrivedTrack, KnownBike } from './port.ts'

const receivedAtMs = Date.UTC(2026, 4, 1)
const id = '01920000-0000-7000-8000-000000000001'
const bike: KnownBike = {
  ...{ version: 1, bikeId: id, producedAtMs: 0, devices: [] },
  ownerships: [{ riderId: 'anna', fromMs: 0, untilMs: Number.POSITIVE_INFINITY }],
}

interface Ride {
  readonly stepsMs: readonly number[]
  /** At each sample, along the equator; NaN where there is no position. */
  readonly metres?: readonly number[]
  readonly kind?: Kind
  readonly paceAccepted?: boolean
}

function arrive({ stepsMs, metres, kind = 'ride', paceAccepted = false }: Ride): ArrivedTrack {
  let timeMs = receivedAtMs - 86_400_000
  const timesMs = Float64Array.from([0, ...stepsMs], (step) => (timeMs += step))
  const place = (of: (metres: number) => number) => Float64Array.from(metres ?? [], (m) => Math.round(of(m)))
  const columns = metres && [
    { key: 'latitude_deg' as const, values: place((m) => m * 0) },
    { key: 'longitude_deg' as const, values: place((m) => 9e7 + m / 0.0111133) },
  ]
  const attempt = { sentAtMs: BigInt(receivedAtMs), bootId: 1, monotonicMs: 0n, clockEpoch: 1 }
  const raw = create(RawTrackSchema, {
    sender: 'anna',
    receivedAtMs: BigInt(receivedAtMs),
    attempt,
    paceAccepted,
  })
  const clock = { bootId: 2, clockEpoch: 1 }
  const track = { bikeId: id, recorderId: id, kind, clock, timesMs, columns: columns ?? [] }
  return { record: new Uint8Array(), raw, trackId: id, receivedAtMs, track }
}

const times = (count: number, value: number) => Array<number>(count).fill(value)
/** A sample each second at 20 km/h. */
const metresOf = (samples: number, stepM = 5.5) => Array.from({ length: samples }, (_, i) => i * stepM)

const bursts = 'more than half of its'
const speeding = 'it is faster than 300 km/h'
test.each<[string, Ride, string | undefined]>([
  ['an hour whose seconds were sent as milliseconds', { stepsMs: times(3_599, 1) }, bursts],
  ['the same of a battery', { stepsMs: times(100, 1), kind: 'battery' }, bursts],
  ['19 ms apart', { stepsMs: times(9, 19) }, bursts],
  ['20 ms apart', { stepsMs: times(9, 20) }, undefined],
  ['faults in a burst', { stepsMs: times(9, 1), kind: 'fault' }, undefined],
  ['a burst of five samples', { stepsMs: times(4, 1) }, undefined],
  ['one of six', { stepsMs: times(5, 1) }, bursts],
  ['half of the steps in bursts', { stepsMs: [1, 1_000, 1, 1_000, 1, 1_000] }, undefined],
  ['a sample a minute, as milliseconds', { stepsMs: times(9, 60), metres: metresOf(10, 330) }, speeding],
  ['a ride at 20 km/h', { stepsMs: times(9, 1_000), metres: metresOf(10) }, undefined],
  ['a bike on a train at 299 km/h', { stepsMs: times(9, 1_000), metres: metresOf(10, 83) }, undefined],
  ['one at 302 km/h', { stepsMs: times(9, 1_000), metres: metresOf(10, 84) }, speeding],
  [
    'a jump of 100 km and back',
    { stepsMs: times(6, 1_000), metres: [0, 5, 10, 100_000, 15, 20, 25] },
    undefined,
  ],
  ['a first position of long ago', { stepsMs: [1_000, 1_000], metres: [900_000, 0, 5] }, undefined],
  ['a bike that stands still', { stepsMs: times(9, 50), metres: times(10, 7) }, undefined],
  [
    'positions with gaps',
    { stepsMs: times(9, 1_000), metres: metresOf(10).map((m, i) => (i % 2 ? m : Number.NaN)) },
    undefined,
  ],
])('%s', (_, ride, detail) => {
  const arrived = arrive(ride)
  if (detail === undefined) expect(implausiblePace(arrived)).toBeUndefined()
  else expect(implausiblePace(arrived)).toContain(detail)
})

test('none of its samples counts, and no clock is decided by it, until staff accept it', () => {
  const squeezed: Ride = { stepsMs: times(9, 1) }
  const propose = (ride: Ride) => proposeClocks([{ arrived: arrive(ride), known: {}, bike }])
  const plan = planTrack(arrive(squeezed), bike, undefined)
  expect(plan.clean).toEqual([])
  expect(plan.quarantined).toMatchObject([
    { reason: QuarantineReason.IMPLAUSIBLE_PACE, samples: [{ first: 0, count: 10 }] },
  ])
  expect(propose(squeezed)).toEqual([])

  const accepted = { ...squeezed, paceAccepted: true }
  expect(planTrack(arrive(accepted), bike, undefined)).toMatchObject({
    clean: [{ first: 0, count: 10 }],
    quarantined: [],
  })
  expect(propose(accepted)).toHaveLength(1)
})

test('a track behind it decides the clock', () => {
  const [squeezed, sound] = [arrive({ stepsMs: times(9, 1) }), arrive({ stepsMs: times(9, 1_000) })]
  const cases = [squeezed, sound].map((arrived) => ({ arrived, known: {}, bike }))
  expect(proposeClocks(cases)).toHaveLength(1)
  expect(proposeClocks(cases)[0]?.trackId).toBe(sound.trackId)
})

test('of an unknown bike the bike is the reason', () => {
  const { quarantined } = planTrack(arrive({ stepsMs: times(9, 1) }), undefined, undefined)
  expect(quarantined).toMatchObject([{ reason: QuarantineReason.BIKE_UNREGISTERED }])
})
