// Hides what a ride's streams tell of the places that its rider keeps private. For grants and shared files. Pure.
//
// Three ways are known to find such a place, and each has its answer here:
// - Several rides end where they cut the circle, so the circle can be drawn and its centre is the place. The centre of our circle is
//   shifted by a random way that stays the same: all places up to 0.8 radii from the centre are equally likely, and asking again
//   tells no more.
// - The distance ridden out of sight, together with a map of streets, tells the place (Dhondt et al., "A Run a Day Won't Keep the
//   Hacker Away", CCS 2022). Whole rows are hidden, not positions alone, and the odometer counts what is shown, from 0.
// - Samples without a position go on when the receiver loses its satellites on the last metres. They are shown between two shown
//   positions only.
import { z } from 'zod'
import { createHmac } from '../../runtime/digest.ts'
import { isJourney } from '../rides/distance.ts'
import type { PrivacyZone, RideStreams } from './port.ts'
import { createRows, gapFinder, rideMetrics, scaleOf, valueReader } from './streams.ts'

const earthRadiusM = 6_371_008.8
/** Of the radius. The place itself stays at least a fifth of the radius inside of the circle. */
const longestShift = 0.8
const shortestKeyBytes = 16

/** Radii come in steps: each radius of a place has a shift of its own, and every circle that somebody saw narrows the place down. */
export const privacyZones = z
  .array(
    z.strictObject({
      latitudeDeg: z.number().min(-90).max(90),
      longitudeDeg: z.number().min(-180).max(180),
      radiusM: z.int().min(200).max(1_000).multipleOf(100),
    }),
  )
  .max(10) satisfies z.ZodType<PrivacyZone[]>

/**
 * The streams as others may see them. Each stretch within a zone, from border to border, becomes one gap; at the ends of the ride
 * it is left out. The odometer begins at 0 and does not count what is hidden. Without zones, or without any position, nothing changes.
 *
 * `riderKey` is a secret of this rider, at least 16 bytes, that never changes: a place that gets its zone again gets the same circle.
 * Throws a RangeError for a shorter key, and for streams that were downsampled before: their means mix what is hidden with what is not.
 */
export function hideZones(
  streams: RideStreams,
  zones: readonly PrivacyZone[],
  riderKey: Uint8Array,
): RideStreams {
  if (riderKey.length < shortestKeyBytes)
    throw new RangeError(`a rider's key has ${shortestKeyBytes} bytes or more`)
  if (streams.bucketMs > 0) throw new RangeError('zones are hidden before streams are downsampled')
  const isShown = zones.length === 0 ? undefined : shownRows(streams, zones, riderKey)
  return isShown === undefined ? streams : onlyShown(streams, isShown)
}

/** The circle that covers the zone's place. */
export function circleOf(zone: PrivacyZone, riderKey: Uint8Array): PrivacyZone {
  const { latitudeDeg, longitudeDeg, radiusM } = zone
  // Places that are a few steps apart share their shift, so that a zone that is moved a little shows no second circle elsewhere.
  const place = [latitudeDeg.toFixed(3), longitudeDeg.toFixed(3), radiusM].join()
  const digest = createHmac('sha256', riderKey).update(place).digest()
  const [forDistance, forBearing] = [digest.readUIntBE(0, 6) / 2 ** 48, digest.readUIntBE(6, 6) / 2 ** 48]
  // The square root spreads the centres evenly over the area.
  const distanceM = longestShift * radiusM * Math.sqrt(forDistance)
  return { ...placeAt(zone, distanceM, 2 * Math.PI * forBearing), radiusM }
}

/** Undefined when the ride has no position, and so tells no place. */
function shownRows(streams: RideStreams, zones: readonly PrivacyZone[], riderKey: Uint8Array) {
  const circles = zones.map((zone) => circleOf(zone, riderKey))
  const valueAt = valueReader(streams)
  const seen = streams.times.map((_, row) => {
    const [latitudeDeg, longitudeDeg] = [valueAt('latitude_deg', row), valueAt('longitude_deg', row)]
    if (latitudeDeg === null || longitudeDeg === null) return undefined
    return circles.every((circle) => distanceM(circle, { latitudeDeg, longitudeDeg }) > circle.radiusM)
  })
  if (seen.every((known) => known === undefined)) return undefined
  const before = carried(seen)
  const after = carried(seen.toReversed()).toReversed()
  return (row: number) => before[row] === true && after[row] === true
}

/** Each one that is known, and for the others the last one that was. */
function carried(seen: readonly (boolean | undefined)[]): (boolean | undefined)[] {
  let last: boolean | undefined
  return seen.map((known) => {
    last = known ?? last
    return last
  })
}

function onlyShown(streams: RideStreams, isShown: (row: number) => boolean): RideStreams {
  const rows = createRows()
  const isGap = gapFinder(streams)
  const valueAt = valueReader(streams)
  let shownM = 0
  let before: { readonly timeMs: number; readonly odometerM: number } | undefined
  let lastShown: number | undefined
  for (const [row, timeMs] of streams.times.entries()) {
    if (!isShown(row)) continue
    const follows = lastShown === row - 1
    if (!follows && lastShown !== undefined) rows.add((streams.times[lastShown] as number) + 1)
    if (!follows) before = undefined
    lastShown = row
    rows.add(timeMs)
    if (isGap(row)) continue
    for (const metric of rideMetrics) {
      const value = valueAt(metric, row)
      if (value === null) continue
      if (metric === 'odometer_m') {
        const stepM = value - (before?.odometerM ?? value)
        if (isJourney(stepM, timeMs - (before?.timeMs ?? timeMs))) shownM += stepM
        before = { timeMs, odometerM: value }
        rows.set(metric, Math.round(shownM * scaleOf[metric]) / scaleOf[metric])
      } else rows.set(metric, value)
    }
  }
  return rows.streams(0)
}

type Place = Pick<PrivacyZone, 'latitudeDeg' | 'longitudeDeg'>

const toRad = (deg: number) => (deg * Math.PI) / 180
const toDeg = (rad: number) => (rad * 180) / Math.PI

/** On a sphere, by the haversine formula. */
export function distanceM(a: Place, b: Place): number {
  const [latitudeA, latitudeB] = [toRad(a.latitudeDeg), toRad(b.latitudeDeg)]
  const halfLatitude = Math.sin((latitudeB - latitudeA) / 2)
  const halfLongitude = Math.sin(toRad(b.longitudeDeg - a.longitudeDeg) / 2)
  const chord = halfLatitude ** 2 + Math.cos(latitudeA) * Math.cos(latitudeB) * halfLongitude ** 2
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(chord)))
}

/** Where one arrives along the great circle; the bearing in radians, clockwise from north. */
export function placeAt(from: Place, wayM: number, bearing: number): Place {
  const [latitude, angle] = [toRad(from.latitudeDeg), wayM / earthRadiusM]
  const arrivesAt = Math.asin(
    Math.sin(latitude) * Math.cos(angle) + Math.cos(latitude) * Math.sin(angle) * Math.cos(bearing),
  )
  const east = Math.atan2(
    Math.sin(bearing) * Math.sin(angle) * Math.cos(latitude),
    Math.cos(angle) - Math.sin(latitude) * Math.sin(arrivesAt),
  )
  return { latitudeDeg: toDeg(arrivesAt), longitudeDeg: from.longitudeDeg + toDeg(east) }
}
