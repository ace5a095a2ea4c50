// A ride as GPX 1.1 (https://www.topografix.com/GPX/1/1/), with Garmin's extensions for what GPX itself does not know. Pure.
import type { NamedRide, RideStreams } from '../port.ts'
import { positionRuns, valueReader } from '../streams.ts'
import { decimal, toChunks, utcTime } from './text.ts'

const head = `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="micro-mobility-cloud" xmlns="http://www.topografix.com/GPX/1/1" \
xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2" \
xmlns:gpxpx="http://www.garmin.com/xmlschemas/PowerExtension/v1">
`

/** The largest cadence that TrackPointExtension takes. */
const fastestCadence = 254

/**
 * A track of the ride's positions with heights and times, and with cadence, ambient temperature and the rider's power where they were
 * measured. A segment ends where a gap begins. A ride without positions has a track without segments.
 */
export function encodeGpx(ride: NamedRide): Generator<Uint8Array> {
  return toChunks(gpxPieces(ride))
}

function* gpxPieces({ name, streams }: NamedRide): Generator<string> {
  yield `${head}<trk><name>${xmlText(name)}</name><type>e_biking</type>\n`
  const point = pointWriter(streams)
  for (const run of positionRuns(streams)) {
    yield '<trkseg>\n'
    for (const row of run) yield point(row)
    yield '</trkseg>\n'
  }
  yield '</trk></gpx>\n'
}

function pointWriter(streams: RideStreams): (row: number) => string {
  const valueAt = valueReader(streams)
  return (row) => {
    const latitudeDeg = valueAt('latitude_deg', row) as number
    const longitudeDeg = valueAt('longitude_deg', row) as number
    // GPX has longitudes below 180 only.
    const place = `lat="${decimal(latitudeDeg)}" lon="${decimal(longitudeDeg === 180 ? -180 : longitudeDeg)}"`
    const cadence = valueAt('cadence_rpm', row)
    const known = cadence !== null && cadence > fastestCadence ? null : cadence
    const tpx = element('gpxtpx:atemp', valueAt('ambient_temperature_c', row)) + element('gpxtpx:cad', known)
    const power = element('gpxpx:PowerInWatts', valueAt('rider_power_w', row))
    const extensions = wrapped('gpxtpx:TrackPointExtension', tpx) + wrapped('gpxpx:PowerExtension', power)
    const time = `<time>${utcTime(streams.times[row] as number)}</time>`
    const inside = element('ele', valueAt('altitude_m', row)) + time + wrapped('extensions', extensions)
    return `<trkpt ${place}>${inside}</trkpt>\n`
  }
}

function element(name: string, value: number | null): string {
  return value === null ? '' : wrapped(name, decimal(value))
}

function wrapped(name: string, inside: string): string {
  return inside === '' ? '' : `<${name}>${inside}</${name}>`
}

/** Without the characters that XML 1.0 has no way to write: `'a<b\u0000'` → `a&lt;b`. */
function xmlText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
