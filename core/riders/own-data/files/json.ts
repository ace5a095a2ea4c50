// A ride as GeoJSON (RFC 7946), which maps draw, and as JSON with all its columns. Pure.
import type { NamedRide, RideStreams } from '../port.ts'
import { positionRuns, rideMetrics, valueReader } from '../streams.ts'
import { decimal, jsonArray, toChunks, utcTime } from './text.ts'

/**
 * One feature with the ride's name and times, and its way as `[longitude, latitude, height]` in degrees and metres (without the height
 * where none was measured): a LineString, or a MultiLineString where gaps or the antimeridian cut the way. A single position between
 * two gaps is no line and is left out; a ride without a line has the geometry null.
 */
export function encodeGeoJson(ride: NamedRide): Generator<Uint8Array> {
  return toChunks(geoJsonPieces(ride))
}

/** `{ name, bucketMs, times, columns }` of the ride, as RideStreams has them. */
export function encodeRideJson(ride: NamedRide): Generator<Uint8Array> {
  return toChunks(ridePieces(ride))
}

function* geoJsonPieces({ name, streams }: NamedRide): Generator<string> {
  const [firstMs, lastMs] = [streams.times[0], streams.times.at(-1)]
  const times =
    firstMs === undefined ? {} : { startedAt: utcTime(firstMs), endedAt: utcTime(lastMs as number) }
  yield `{"type":"Feature","properties":${JSON.stringify({ name, ...times })},"geometry":`
  const [line, ...more] = linesOf(streams)
  const position = positionWriter(streams)
  const coordinates = (rows: readonly number[]) => jsonArray(rows, (row) => [position(row)])
  if (line === undefined) yield 'null'
  else {
    yield `{"type":"${more.length === 0 ? 'LineString' : 'MultiLineString'}","coordinates":`
    yield* more.length === 0 ? coordinates(line) : jsonArray([line, ...more], coordinates)
    yield '}'
  }
  yield '}\n'
}

function* ridePieces({ name, streams: { times, columns, bucketMs } }: NamedRide): Generator<string> {
  const numbers = (values: readonly (number | null)[]) => jsonArray(values, (value) => [String(value)])
  yield `{"name":${JSON.stringify(name)},"bucketMs":${bucketMs},"times":`
  yield* numbers(times)
  let before = ',"columns":{'
  for (const metric of rideMetrics) {
    const column = columns[metric]
    if (column === undefined) continue
    yield `${before}"${metric}":`
    yield* numbers(column)
    before = ','
  }
  yield before === ',' ? '}}\n' : ',"columns":{}}\n'
}

/** Rows of at least two positions, none of which crosses the antimeridian. */
function linesOf(streams: RideStreams): number[][] {
  const valueAt = valueReader(streams)
  const longitude = (row: number) => valueAt('longitude_deg', row) as number
  const lines: number[][] = []
  for (const run of positionRuns(streams)) {
    for (const [i, row] of run.entries()) {
      const crosses = i > 0 && Math.abs(longitude(row) - longitude(run[i - 1] as number)) > 180
      if (i === 0 || crosses) lines.push([])
      lines.at(-1)?.push(row)
    }
  }
  return lines.filter(({ length }) => length > 1)
}

function positionWriter(streams: RideStreams): (row: number) => string {
  const valueAt = valueReader(streams)
  return (row) => {
    const numbers = [valueAt('longitude_deg', row), valueAt('latitude_deg', row), valueAt('altitude_m', row)]
    return `[${numbers.filter((number) => number !== null).map(decimal)}]`
  }
}
