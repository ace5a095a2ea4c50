// From the points of a route to its steps on a grid of 20 m, with heights smoothed.
import type { Route, RouteFault, RoutePiece, RoutePoint, routeFaults } from './port.ts'

export const routeLimits = { points: 10_000, lengthM: 1_000_000, holeM: 3_000, shortestM: 100 } as const
const gridM = 20
/** With fewer heights a route counts as one without. */
const leastShareOfHeights = 0.9
const earthRadiusM = 6_371_000

/**
 * `[{ latitudeDeg: 53.385, longitudeDeg: -6.256 }, { latitudeDeg: 53.394, longitudeDeg: -6.256 }]` → 51 pieces, 1,001 m to the
 * north, without heights. Points in which some heights lack take them from their neighbours.
 */
export function layRoute(points: readonly RoutePoint[]): Route | RouteFault {
  if (points.length > routeLimits.points) return refused('route_too_many_points')
  const alongM = [0]
  for (let i = 1; i < points.length; i++) {
    const stepM = distanceM(points[i - 1] as RoutePoint, points[i] as RoutePoint)
    if (stepM > routeLimits.holeM) return { ...refused('route_has_hole'), atPoint: i }
    alongM.push((alongM[i - 1] as number) + stepM)
  }
  const lengthM = alongM.at(-1) ?? 0
  if (points.length < 2 || lengthM < routeLimits.shortestM) return refused('route_too_short')
  if (lengthM > routeLimits.lengthM) return refused('route_too_long')
  const heights = points.flatMap(({ heightM }, i) =>
    heightM === undefined ? [] : [{ alongM: alongM[i] as number, heightM }],
  )
  const hasHeights = heights.length >= leastShareOfHeights * points.length
  return {
    pieces: piecesOf({ points, alongM, lengthM, heights: hasHeights ? heights : [] }),
    lengthM,
    hasHeights,
  }
}

function refused(reason: (typeof routeFaults)[number]): RouteFault {
  return { status: 'route_refused', reason }
}

function piecesOf(of: {
  points: readonly RoutePoint[]
  alongM: readonly number[]
  lengthM: number
  heights: readonly { alongM: number; heightM: number }[]
}): RoutePiece[] {
  const { points, alongM, lengthM, heights } = of
  const ends = Array.from({ length: Math.ceil(lengthM / gridM) }, (_, i) =>
    Math.min(lengthM, (i + 1) * gridM),
  )
  const heightAt = interpolator(heights)
  const grid = smoothed([0, ...ends].map(heightAt))
  let segment = 1
  return ends.map((endM, i) => {
    while (segment < points.length - 1 && (alongM[segment] as number) < endM) segment++
    const rise = (grid[i + 1] as number) - (grid[i] as number)
    return {
      lengthM: endM - i * gridM,
      riseM: Math.max(0, rise),
      fallM: Math.max(0, -rise),
      headingDeg: bearingDeg(points[segment - 1] as RoutePoint, points[segment] as RoutePoint),
    }
  })
}

/** Linear between known heights, level beyond them and where there are none. Asked with growing places. */
function interpolator(heights: readonly { alongM: number; heightM: number }[]): (atM: number) => number {
  let next = 0
  return (atM) => {
    while (next < heights.length && (heights[next] as { alongM: number }).alongM < atM) next++
    const after = heights[next] ?? heights.at(-1)
    const before = heights[next - 1] ?? after
    if (after === undefined || before === undefined) return 0
    const share = after.alongM > before.alongM ? (atM - before.alongM) / (after.alongM - before.alongM) : 0
    return before.heightM + share * (after.heightM - before.heightM)
  }
}

/** The sums of rises and falls of heights on an even grid, once smoothed. `[100, 100, 105, 105]` → 2.5 m up. */
export function climbOf(heightsM: readonly number[]): { riseM: number; fallM: number } {
  let riseM = 0
  let fallM = 0
  const heights = smoothed(heightsM)
  for (const [i, height] of heights.entries()) {
    const step = height - (heights[i - 1] ?? height)
    if (step > 0) riseM += step
    else fallM -= step
  }
  return { riseM, fallM }
}

/** The mean of five points, of fewer at the ends: receivers and barometers tremble. */
function smoothed(heightsM: readonly number[]): number[] {
  return heightsM.map((_, i) => {
    const near = heightsM.slice(Math.max(0, i - 2), i + 3)
    return near.reduce((sum, height) => sum + height, 0) / near.length
  })
}

const radians = (degrees: number) => (degrees * Math.PI) / 180

/** Haversine. */
function distanceM(from: RoutePoint, to: RoutePoint): number {
  const north = radians(to.latitudeDeg - from.latitudeDeg)
  const east = radians(to.longitudeDeg - from.longitudeDeg)
  const chord =
    Math.sin(north / 2) ** 2 +
    Math.cos(radians(from.latitudeDeg)) * Math.cos(radians(to.latitudeDeg)) * Math.sin(east / 2) ** 2
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(chord)))
}

/** Clockwise from north; of short steps, on a plane. */
function bearingDeg(from: RoutePoint, to: RoutePoint): number {
  const eastDeg = ((to.longitudeDeg - from.longitudeDeg + 540) % 360) - 180
  const east = eastDeg * Math.cos(radians(from.latitudeDeg))
  return (Math.atan2(east, to.latitudeDeg - from.latitudeDeg) * 180) / Math.PI
}
