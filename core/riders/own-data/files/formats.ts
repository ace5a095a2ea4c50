// The files of a ride, by format. Pure.
import type { NamedRide } from '../port.ts'
import { encodeRideCsv } from './csv.ts'
import { encodeFit } from './fit.ts'
import { encodeGpx } from './gpx.ts'
import { encodeGeoJson, encodeRideJson } from './json.ts'

export const formats = {
  gpx: { mediaType: 'application/gpx+xml', encode: encodeGpx },
  fit: { mediaType: 'application/vnd.ant.fit', encode: ({ streams }: NamedRide) => encodeFit(streams) },
  geojson: { mediaType: 'application/geo+json', encode: encodeGeoJson },
  csv: { mediaType: 'text/csv; charset=utf-8', encode: ({ streams }: NamedRide) => encodeRideCsv(streams) },
  json: { mediaType: 'application/json', encode: encodeRideJson },
} as const satisfies Record<string, { mediaType: string; encode: (ride: NamedRide) => Generator<Uint8Array> }>

export type RideFormat = keyof typeof formats
export const rideFormats = Object.keys(formats) as [RideFormat, ...RideFormat[]]

/** The file in chunks; undefined where no sample of the ride can go into such a file. */
export function rideFile(ride: NamedRide, format: RideFormat): Iterable<Uint8Array> | undefined {
  if (ride.streams.times.length === 0) return undefined
  try {
    return formats[format].encode(ride)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
