// A ride's positions on a plane: which rows a line may connect, where they lie, and how long a kilometre is there. Runs in the browser too.
// Pure.

/** Columns of equal length, as the API tells a ride; times are Unix milliseconds. */
export interface Rows {
  readonly times: readonly number[]
  readonly bucketMs: number
  /** A row without a value of the metric has null there, or undefined. */
  readonly columns: Readonly<Record<string, readonly (number | null | undefined)[] | undefined>>
}

export interface Place {
  readonly latitudeDeg: number
  readonly longitudeDeg: number
}

/** Undefined where the row has no position that can be on a map. */
export function placeAt({ columns }: Rows, row: number): Place | undefined {
  const latitudeDeg = columns.latitude_deg?.[row] ?? Number.NaN
  const longitudeDeg = columns.longitude_deg?.[row] ?? Number.NaN
  return Math.abs(latitudeDeg) <= 90 && Math.abs(longitudeDeg) <= 180
    ? { latitudeDeg, longitudeDeg }
    : undefined
}

const longestSilenceMs = 60_000

/**
 * Places in the order of time, in runs that a line may connect: a silence of more than a minute (of coarser rows, of two rows) begins
 * a new run.
 */
export function runsOf(rows: Rows): Place[][] {
  const longestMs = Math.max(longestSilenceMs, 2 * rows.bucketMs)
  const runs: Place[][] = []
  let lastMs = Number.NEGATIVE_INFINITY
  for (const [row, timeMs] of rows.times.entries()) {
    const place = placeAt(rows, row)
    if (place === undefined) continue
    if (timeMs - lastMs > longestMs) runs.push([])
    runs.at(-1)?.push(place)
    lastMs = timeMs
  }
  return runs
}

/**
 * A plane that touches the earth in the middle of a ride: a degree of longitude is as long everywhere as in the middle. Over the 50 km of
 * a long ride that is wrong by less than one per cent.
 */
export interface Projection {
  readonly middle: Place
  readonly unitsPerMetre: number
  readonly width: number
  readonly height: number
}

const metresPerDegree = 111_195
/** A bike that stood still is not shown under a magnifying glass. */
const leastMetres = 250

/** 179 is beside -179. */
const eastOf = (longitudeDeg: number, of: number) => {
  const difference = longitudeDeg - of
  return difference - 360 * Math.round(difference / 360)
}

/** Undefined without a place. `margin` is left free on all sides of a picture of `width` by `height` units. */
export function projectionOf(
  places: readonly Place[],
  { width, height, margin }: { width: number; height: number; margin: number },
): Projection | undefined {
  const [first] = places
  if (first === undefined) return undefined
  let [south, north, west, east] = [90, -90, 360, -360]
  for (const { latitudeDeg, longitudeDeg } of places) {
    const fromFirst = eastOf(longitudeDeg, first.longitudeDeg)
    south = Math.min(south, latitudeDeg)
    north = Math.max(north, latitudeDeg)
    west = Math.min(west, fromFirst)
    east = Math.max(east, fromFirst)
  }
  const latitudeDeg = (south + north) / 2
  const middle = { latitudeDeg, longitudeDeg: first.longitudeDeg + (west + east) / 2 }
  const metresWide = (east - west) * metresPerDegree * narrowing(latitudeDeg)
  const metresHigh = (north - south) * metresPerDegree
  const unitsPerMetre = Math.min(
    (width - 2 * margin) / Math.max(metresWide, leastMetres),
    (height - 2 * margin) / Math.max(metresHigh, leastMetres),
  )
  return { middle, unitsPerMetre, width, height }
}

/** How much shorter a degree of longitude is there than at the equator. */
const narrowing = (latitudeDeg: number) => Math.cos((latitudeDeg * Math.PI) / 180)

/** Where the place lies in the picture: `[x, y]` from its left upper corner, north up. */
export function project(
  { middle, unitsPerMetre, width, height }: Projection,
  { latitudeDeg, longitudeDeg }: Place,
): [x: number, y: number] {
  const unitsPerDegree = metresPerDegree * unitsPerMetre
  const x = eastOf(longitudeDeg, middle.longitudeDeg) * narrowing(middle.latitudeDeg) * unitsPerDegree
  return [width / 2 + x, height / 2 - (latitudeDeg - middle.latitudeDeg) * unitsPerDegree]
}

/** The longest of 1, 2, 5, 10, 20, … metres that takes `units` at most: `{ metres: 2000, units: 143 }`. */
export function scaleBar({ unitsPerMetre }: Projection, units: number): { metres: number; units: number } {
  const most = units / unitsPerMetre
  const power = 10 ** Math.floor(Math.log10(most))
  const metres = ([5, 2, 1].find((step) => step * power <= most) ?? 1) * power
  return { metres, units: metres * unitsPerMetre }
}

/**
 * The run as the `d` of an SVG path. Of points that are closer together than `leastUnits` only the first is drawn, and the last one of all:
 *
 *     M10.0 20.0L13.1 24.9
 */
export function pathOf(run: readonly Place[], projection: Projection, leastUnits: number): string {
  let path = ''
  let [lastX, lastY] = [Number.NaN, Number.NaN]
  for (const [index, place] of run.entries()) {
    const [x, y] = project(projection, place)
    if (Math.hypot(x - lastX, y - lastY) < leastUnits && index < run.length - 1) continue
    path += `${path === '' ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`
    lastX = x
    lastY = y
  }
  return path
}
