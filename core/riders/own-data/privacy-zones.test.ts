import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RideSample } from './port.ts'
import { circleOf, distanceM, hideZones, placeAt, privacyZones } from './privacy-zones.ts'
import { stretches, toStreams } from './streams.ts'
import { rideNorth } from './testing/streams.ts'

const riderKey = new Uint8Array(32).fill(7)
const home = { latitudeDeg: 48, longitudeDeg: 9, radiusM: 400 }
const circle = circleOf(home, riderKey)

const anyZone = fc.record({
  latitudeDeg: fc.double({ min: -90, max: 90, noNaN: true }),
  longitudeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
  radiusM: fc.integer({ min: 2, max: 10 }).map((hundreds) => hundreds * 100),
})
const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** From somewhere in a circle straight away, a sample every 7 m. */
function rideFrom(
  from: { latitudeDeg: number; longitudeDeg: number },
  bearing: number,
  seconds = 400,
): RideSample[] {
  return Array.from({ length: seconds }, (_, second) => {
    const { latitudeDeg, longitudeDeg } = placeAt(from, second * 7, bearing)
    return {
      timeMs: second * 1_000,
      values: { latitude_deg: latitudeDeg, longitude_deg: longitudeDeg, odometer_m: 500 + second * 7 },
    }
  })
}

const places = ({ columns }: ReturnType<typeof toStreams>) =>
  (columns.latitude_deg ?? []).flatMap((latitudeDeg, row) => {
    const longitudeDeg = columns.longitude_deg?.[row]
    return latitudeDeg === null || typeof longitudeDeg !== 'number' ? [] : [{ latitudeDeg, longitudeDeg }]
  })

describe('what is hidden', () => {
  test('the circle covers a fifth of its radius around the place, and no position in it is shown', () => {
    fc.assert(
      fc.property(anyZone, anyKey, fc.double({ min: 0, max: 6.28, noNaN: true }), (zone, key, bearing) => {
        const circle = circleOf(zone, key)
        expect(distanceM(circle, zone)).toBeLessThanOrEqual(0.8 * zone.radiusM + 0.01)
        const shown = hideZones(toStreams(rideFrom(zone, bearing)), [zone], key)
        expect(places(shown).every((place) => distanceM(circle, place) > zone.radiusM)).toBe(true)
        expect(places(shown).length).toBeGreaterThan(100)
      }),
      { numRuns: 50 },
    )
  })

  test('each way through the zone is one gap, and the ride goes on after it', () => {
    const there = rideFrom(placeAt(circle, 1_400, Math.PI), 0)
    const back = there.toReversed().map(({ values }, i) => ({ timeMs: 400_000 + i * 1_000, values }))
    const shown = hideZones(toStreams([...there, ...back]), [home], riderKey)
    expect(stretches(shown)).toHaveLength(3)
    const hidden = places(toStreams(there)).filter((place) => distanceM(circle, place) <= 400).length
    expect(places(shown)).toHaveLength(800 - 2 * hidden)
    expect(hidden).toBeGreaterThan(110)
  })

  test('the ends of a ride are left out, without a trace of their length', () => {
    const shown = hideZones(toStreams(rideFrom(home, 0)), [home], riderKey)
    expect(stretches(shown)).toEqual([{ from: 0, until: shown.times.length }])
    expect(shown.columns.odometer_m?.[0]).toBe(0)
  })

  test('an odometer that is reset or set forward on the way counts what was ridden', () => {
    const far = placeAt(circle, 5_000, 1)
    const values = { latitude_deg: far.latitudeDeg, longitude_deg: far.longitudeDeg }
    const readings = [500, 507, 3, 10, 90_000, 90_007]
    const ride = readings.map((odometer_m, i) => ({ timeMs: i * 1_000, values: { ...values, odometer_m } }))
    const shown = hideZones(toStreams(ride), [home], riderKey)
    expect(shown.columns.odometer_m).toEqual([0, 7, 7, 14, 14, 21])
  })

  test('two rides that differ within the zone only are shown alike', () => {
    const inside = fc.record({
      away: fc.double({ min: 0, max: 0.99, noNaN: true }),
      bearing: fc.double({ min: 0, max: 6.28, noNaN: true }),
      odometerM: fc.integer({ min: 0, max: 5_000 }),
      speed: fc.integer({ min: 0, max: 50 }),
    })
    const out = rideFrom(placeAt(circle, 410, 1), 1)
    fc.assert(
      fc.property(fc.array(inside, { minLength: 1, maxLength: 30 }), (steps) => {
        let odometerM = 0
        const before = steps.map(({ away, bearing, speed, ...step }, i): RideSample => {
          const { latitudeDeg, longitudeDeg } = placeAt(circle, 400 * away, bearing)
          odometerM += step.odometerM
          const values = { latitude_deg: latitudeDeg, longitude_deg: longitudeDeg }
          return {
            timeMs: i * 1_000 - 100_000,
            values: { ...values, odometer_m: odometerM, speed_kmh: speed },
          }
        })
        const after = out.map(({ timeMs, values }) => ({
          timeMs,
          values: { ...values, odometer_m: odometerM + (values.odometer_m ?? 0) },
        }))
        expect(hideZones(toStreams([...before, ...after]), [home], riderKey)).toEqual(
          hideZones(toStreams(out), [home], riderKey),
        )
      }),
    )
  })

  test('samples without a position are shown between two shown positions only', () => {
    const [away, near] = [placeAt(circle, 450, 2), placeAt(circle, 350, 2)]
    const at = (second: number, place?: { latitudeDeg: number; longitudeDeg: number }): RideSample => ({
      timeMs: second * 1_000,
      values: {
        odometer_m: second,
        ...(place && { latitude_deg: place.latitudeDeg, longitude_deg: place.longitudeDeg }),
      },
    })
    const shownSeconds = (...samples: RideSample[]) =>
      hideZones(toStreams(samples), [home], riderKey).times.map((time) => time / 1_000)
    expect(shownSeconds(at(0), at(1, away), at(2), at(3, away), at(4))).toEqual([1, 2, 3])
    expect(shownSeconds(at(1, away), at(2), at(3, near), at(4), at(5, away))).toEqual([1, 1.001, 5])
    expect(shownSeconds(at(1, near), at(2))).toEqual([])
  })

  test('of a ride without positions, and without zones, everything is shown', () => {
    const placeless = toStreams([{ timeMs: 0, values: { odometer_m: 7 } }])
    expect(hideZones(placeless, [home], riderKey)).toBe(placeless)
    const anywhere = toStreams(rideNorth(10))
    expect(hideZones(anywhere, [], riderKey)).toBe(anywhere)
  })

  test('what was a gap stays one', () => {
    const first = rideFrom(placeAt(circle, 500, 1), 1)
    const then = first.map(({ timeMs, values }) => ({ timeMs: timeMs + 1_000_000, values }))
    const streams = toStreams([...first, ...then])
    expect(stretches(hideZones(streams, [home], riderKey))).toEqual(stretches(streams))
  })
})

describe('the place cannot be inferred', () => {
  /** The centre of the circle on which the points lie best (Kåsa), in metres from the place. */
  function fittedCentreM(points: readonly { latitudeDeg: number; longitudeDeg: number }[]) {
    const metres = 111_195
    const flat = points.map(({ latitudeDeg, longitudeDeg }) => ({
      x: (longitudeDeg - home.longitudeDeg) * metres * Math.cos((home.latitudeDeg * Math.PI) / 180),
      y: (latitudeDeg - home.latitudeDeg) * metres,
    }))
    const sum = (of: (point: { x: number; y: number }) => number) => flat.reduce((all, p) => all + of(p), 0)
    const mean = { x: sum(({ x }) => x) / flat.length, y: sum(({ y }) => y) / flat.length }
    const [u, v] = [({ x }: { x: number }) => x - mean.x, ({ y }: { y: number }) => y - mean.y]
    const square = (p: { x: number; y: number }) => u(p) ** 2 + v(p) ** 2
    const [uu, uv, vv] = [sum((p) => u(p) ** 2), sum((p) => u(p) * v(p)), sum((p) => v(p) ** 2)]
    const [a, b] = [sum((p) => u(p) * square(p)) / 2, sum((p) => v(p) * square(p)) / 2]
    const determinant = uu * vv - uv * uv
    return Math.hypot(mean.x + (a * vv - b * uv) / determinant, mean.y + (b * uu - a * uv) / determinant)
  }

  test('who draws the circle through the cuts of twenty rides finds the shifted centre, not the place', () => {
    const misses = Array.from({ length: 40 }, (_, rider) => {
      const key = new Uint8Array(32).fill(rider)
      const cuts = Array.from({ length: 20 }, (_, ride) => {
        const shown = hideZones(toStreams(rideFrom(home, ride, 120)), [home], key)
        return places(shown)[0] as { latitudeDeg: number; longitudeDeg: number }
      })
      const missM = fittedCentreM(cuts)
      expect(missM).toBeGreaterThan(distanceM(circleOf(home, key), home) - 10)
      return missM
    })
    const near = misses.filter((missM) => missM < 100).length
    expect(near).toBeLessThan(8)
  })

  test('centres are spread evenly over the circle in which the place may lie', () => {
    const keys = Array.from({ length: 2_000 }, (_, i) => new Uint8Array(32).fill(i % 256).fill(i >> 8, 16))
    const shares = [0.2, 0.4, 0.6].map(
      (part) =>
        keys.filter((key) => distanceM(circleOf(home, key), home) < part * home.radiusM).length / keys.length,
    )
    for (const [i, part] of [0.2, 0.4, 0.6].entries()) expect(shares[i]).toBeCloseTo((part / 0.8) ** 2, 1)
    const north = keys.filter((key) => circleOf(home, key).latitudeDeg > home.latitudeDeg).length
    expect(north / keys.length).toBeCloseTo(0.5, 1)
  })

  test('the same place has the same circle each time, and one a step away the same shift', () => {
    expect(circleOf({ ...home }, riderKey)).toEqual(circle)
    const moved = circleOf({ ...home, latitudeDeg: 48.0001 }, riderKey)
    expect(moved.latitudeDeg - circle.latitudeDeg).toBeCloseTo(0.0001, 9)
    expect(circleOf(home, new Uint8Array(32))).not.toEqual(circle)
    expect(circleOf({ ...home, radiusM: 500 }, riderKey).longitudeDeg).not.toBe(circle.longitudeDeg)
  })
})

describe('bad input', () => {
  test.each([
    ['too small', { ...home, radiusM: 100 }],
    ['too large', { ...home, radiusM: 1_100 }],
    ['between the steps', { ...home, radiusM: 250 }],
    ['beyond the pole', { ...home, latitudeDeg: 90.1 }],
    ['nowhere', { ...home, longitudeDeg: Number.NaN }],
    ['with more than a circle has', { ...home, name: 'home' }],
  ])('a zone %s is refused', (_, zone) => {
    expect(privacyZones.safeParse([zone]).success).toBe(false)
  })

  test('ten zones are taken, eleven are not', () => {
    expect(privacyZones.safeParse(Array(10).fill(home)).success).toBe(true)
    expect(privacyZones.safeParse(Array(11).fill(home)).success).toBe(false)
  })

  test('a short key, and streams that were downsampled before', () => {
    const streams = toStreams(rideNorth(10))
    expect(() => hideZones(streams, [home], new Uint8Array(15))).toThrow(RangeError)
    expect(() => hideZones({ ...streams, bucketMs: 1 }, [home], riderKey)).toThrow(RangeError)
  })
})
