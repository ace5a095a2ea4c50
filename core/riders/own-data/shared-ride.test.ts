import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RideSample } from './port.ts'
import { circleOf, placeAt } from './privacy-zones.ts'
import { shareRide, shareState } from './shared-ride.ts'
import { toStreams } from './streams.ts'
import { rideNorth } from './testing/streams.ts'

const home = { latitudeDeg: 48, longitudeDeg: 9, radiusM: 400 }
const key = new Uint8Array(32).fill(7)
const circle = circleOf(home, key)
const zonesOf = (...zones: (typeof home)[]) => ({ zones, key })

/** From just outside of the zone straight away, a sample a second. */
const out = Array.from({ length: 300 }, (_, second): RideSample => {
  const { latitudeDeg, longitudeDeg } = placeAt(circle, 410 + second * 7, 1)
  return {
    timeMs: 1_000_000 + second * 1_000,
    values: {
      ...{
        latitude_deg: latitudeDeg,
        longitude_deg: longitudeDeg,
        speed_kmh: 25,
        odometer_m: 5_000 + second * 7,
      },
      ...{ voltage_v: 36, current_a: 5, state_of_charge_pct: 80 },
    },
  }
})

test('a summary is of what is shown: whatever lies within the zone, it is the same', () => {
  const shown = shareRide(toStreams(out), zonesOf(home))
  expect(shown).toMatchObject({ fromMs: 1_000_000, untilMs: 1_299_000, summary: { distanceM: 2_093 } })
  expect(Object.keys(shown?.summary ?? {})).not.toContain('recorderIds')
  const inside = fc.record({
    away: fc.double({ min: 0, max: 0.99, noNaN: true }),
    bearing: fc.double({ min: 0, max: 6.28, noNaN: true }),
    values: fc.record({
      odometer_m: fc.integer({ min: 0, max: 5_000 }),
      speed_kmh: fc.integer({ min: 0, max: 50 }),
      current_a: fc.integer({ min: -20, max: 40 }),
      voltage_v: fc.constant(36),
      state_of_charge_pct: fc.integer({ min: 0, max: 100 }),
    }),
  })
  fc.assert(
    fc.property(fc.array(inside, { minLength: 1, maxLength: 20 }), fc.boolean(), (steps, atTheEnd) => {
      const hidden = steps.map(({ away, bearing, values }, i): RideSample => {
        const { latitudeDeg, longitudeDeg } = placeAt(circle, 400 * away, bearing)
        const timeMs = (atTheEnd ? 1_300_000 : 900_000) + i * 1_000
        return { timeMs, values: { ...values, latitude_deg: latitudeDeg, longitude_deg: longitudeDeg } }
      })
      const ride = atTheEnd ? [...out, ...hidden] : [...hidden, ...out]
      expect(shareRide(toStreams(ride), zonesOf(home))).toEqual(shown)
    }),
  )
})

test('a ride within a zone is none, nor is one without samples; without zones all is shown', () => {
  const within = rideNorth(10)
  expect(shareRide(toStreams(within), zonesOf({ ...home, radiusM: 1_000 }))).toBeUndefined()
  expect(shareRide(toStreams([]), zonesOf())).toBeUndefined()
  expect(shareRide(toStreams(within), zonesOf())?.summary).toMatchObject({ distanceM: 60, movingS: 10 })
})

const position = (awayM: number) => {
  const { latitudeDeg, longitudeDeg } = placeAt(circle, awayM, 2)
  return { group: 'position', values: { latitude_deg: latitudeDeg, longitude_deg: longitudeDeg } }
}
const ride = { group: 'ride', values: { speed_kmh: 20, odometer_m: 7 } }

test.each([
  [
    'outside of a zone the odometer alone is left out',
    position(401),
    [{ group: 'ride', values: { speed_kmh: 20 } }],
  ],
  ['within a zone nothing is shown', position(399), undefined],
  ['a bike that never told a place tells none', ride, [{ group: 'ride', values: { speed_kmh: 20 } }]],
])('%s', (_, first, shown) => {
  const expected = shown && (first === ride ? [...shown, ...shown] : [first, ...shown])
  expect(shareState([first, ride], zonesOf(home))).toEqual(expected)
  expect(shareState([first, ride], zonesOf())).toEqual([first, ride])
})
