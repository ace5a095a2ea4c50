import fc from 'fast-check'
import { expect, test } from 'vitest'
import { downsample } from '../downsample.ts'
import type { NamedRide, RideSample } from '../port.ts'
import { positionRuns, toStreams } from '../streams.ts'
import { anyStreams, rideNorth } from '../testing/streams.ts'
import { encodeGeoJson, encodeRideJson } from './json.ts'

const read = (chunks: Iterable<Uint8Array>) => JSON.parse(Buffer.concat([...chunks]).toString())
const geoJson = (samples: RideSample[], name = '') =>
  read(encodeGeoJson({ name, streams: toStreams(samples) }))
const at = (timeMs: number, longitude_deg: number, more = {}): RideSample => ({
  timeMs,
  values: { latitude_deg: 48, longitude_deg, ...more },
})
const anyRide: fc.Arbitrary<NamedRide> = fc.record({
  name: fc.string({ unit: 'binary' }),
  streams: anyStreams,
})

test('a ride without a gap is a line of longitude, latitude and height', () => {
  expect(geoJson([at(0, 9, { altitude_m: 431.5 }), at(1_000, 9.1)], 'To "work"')).toEqual({
    type: 'Feature',
    properties: {
      name: 'To "work"',
      startedAt: '1970-01-01T00:00:00.000Z',
      endedAt: '1970-01-01T00:00:01.000Z',
    },
    geometry: {
      type: 'LineString',
      coordinates: [
        [9, 48, 431.5],
        [9.1, 48],
      ],
    },
  })
})

test.each([
  [
    'a gap',
    [at(0, 9), at(1, 9.1), at(70_000, 9.2), at(70_001, 9.3), at(140_002, 9.4)],
    [
      [9, 9.1],
      [9.2, 9.3],
    ],
  ],
  [
    'the antimeridian',
    [at(0, 179), at(1, 180), at(2, -180), at(3, -179)],
    [
      [179, 180],
      [-180, -179],
    ],
  ],
])('%s cuts the line', (_, samples, longitudes) => {
  const { geometry } = geoJson(samples)
  expect(geometry.type).toBe('MultiLineString')
  expect(geometry.coordinates.map((line: number[][]) => line.map(([longitude]) => longitude))).toEqual(
    longitudes,
  )
})

test.each([
  ['without samples', []],
  ['without positions', [{ timeMs: 0, values: { speed_kmh: 1 } }]],
  ['of one position', [at(0, 9)]],
])('a ride %s has no geometry', (_, samples) => {
  expect(geoJson(samples).geometry).toBeNull()
})

test('a downsampled ride is one line, although its rows are minutes apart', () => {
  const streams = downsample(toStreams(rideNorth(20_000)), 'low')
  const { geometry } = read(encodeGeoJson({ name: '', streams }))
  expect([geometry.type, geometry.coordinates.length]).toEqual(['LineString', 100])
})

test('any ride is a valid feature with its positions in their order', () => {
  fc.assert(
    fc.property(anyRide, (ride) => {
      const { properties, geometry } = read(encodeGeoJson(ride))
      expect(properties.name).toBe(ride.name)
      const lines: number[][][] =
        geometry === null
          ? []
          : geometry.type === 'LineString'
            ? [geometry.coordinates]
            : geometry.coordinates
      expect(geometry?.type === 'MultiLineString' ? lines.length > 1 : lines.length < 2).toBe(true)
      expect(lines.every(({ length }) => length > 1)).toBe(true)
      const { columns } = ride.streams
      const positions = positionRuns(ride.streams)
        .flat()
        .map((row) => [columns.longitude_deg?.[row], columns.latitude_deg?.[row]].join())
      const drawn = lines.flat().map((position) => position.slice(0, 2).join())
      let next = 0
      for (const position of positions) if (position === drawn[next]) next++
      expect(next).toBe(drawn.length)
    }),
  )
})

test('JSON has the streams as they are', () => {
  fc.assert(
    fc.property(anyRide, (ride) => {
      expect(read(encodeRideJson(ride))).toEqual({ name: ride.name, ...ride.streams })
    }),
  )
  expect(read(encodeRideJson({ name: '', streams: toStreams([]) }))).toEqual({
    ...{ name: '', bucketMs: 0, times: [], columns: {} },
  })
})

test('a long ride leaves in chunks of a stated size', () => {
  const sizes = [...encodeRideJson({ name: '', streams: toStreams(rideNorth(20_000)) })].map(
    ({ length }) => length,
  )
  expect(Math.max(...sizes)).toBeLessThan(17 * 1_024)
  expect(sizes.length).toBeGreaterThan(40)
})
