import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { NamedRide, RideSample } from '../port.ts'
import { positionRuns, toStreams } from '../streams.ts'
import { type ReadGpx, readGpx } from '../testing/read-gpx.ts'
import { anyStreams, rideNorth } from '../testing/streams.ts'
import { encodeGpx } from './gpx.ts'

const tpx = '{http://www.garmin.com/xmlschemas/TrackPointExtension/v2}'
const gpxpx = '{http://www.garmin.com/xmlschemas/PowerExtension/v1}'
const textOf = (ride: NamedRide) => Buffer.concat([...encodeGpx(ride)]).toString()

const values = { altitude_m: 431.5, ambient_temperature_c: -2.5, cadence_rpm: 75, rider_power_w: 142 }
const names: readonly [what: string, name: string, shown: string][] = [
  ['markup', '</name><!-- & "quotes" ]]>', '</name><!-- & "quotes" ]]>'],
  ['characters that XML cannot write', 'a\0b\u001b[2J\ud800c\ufffe', 'ab[2J\ufffdc'],
  ['emoji', 'home 🏡', 'home 🏡'],
]
const examples: Record<string, { name?: string; samples: RideSample[] }> = {
  point: { samples: [{ timeMs: 1_500, values: { latitude_deg: 48, longitude_deg: 1e-7, ...values } }] },
  gap: { samples: [...rideNorth(10, { startMs: 0 }), ...rideNorth(20, { startMs: 100_000 })] },
  placeless: { samples: [{ timeMs: 0, values: { speed_kmh: 20 } }] },
  ...Object.fromEntries(names.map(([what, name]) => [what, { name, samples: rideNorth(1) }])),
}
const read: Record<string, ReadGpx> = {}

// One start of Python for all examples.
beforeAll(async () => {
  const rides = Object.values(examples).map(({ name = '', samples }) => ({
    name,
    streams: toStreams(samples),
  }))
  const answers = await readGpx(rides.map(textOf))
  for (const [i, example] of Object.keys(examples).entries()) read[example] = answers[i] as ReadGpx
})

test('a point has its place, height, time, temperature, cadence and power', () => {
  const extensions = { [`${tpx}atemp`]: -2.5, [`${tpx}cad`]: 75, [`${gpxpx}PowerInWatts`]: 142 }
  expect(read.point).toMatchObject({ errors: [], segments: [[[48, 1e-7, 431.5, 1_500, extensions]]] })
})

test('a gap begins a new segment', () => {
  expect(read.gap?.errors).toEqual([])
  expect(read.gap?.segments.map(({ length }) => length)).toEqual([11, 21])
})

test.each(names)('%s in a name breaks nothing', (what, _, shown) => {
  expect([read[what]?.errors, read[what]?.name]).toEqual([[], shown])
})

test('a ride without positions is a track without segments', () => {
  expect([read.placeless?.errors, read.placeless?.segments]).toEqual([[], []])
})

describe('independent programs', () => {
  const anyRide: fc.Arbitrary<NamedRide> = fc.record({
    name: fc.string({ unit: 'binary' }),
    streams: anyStreams,
  })

  test('find any ride valid, and read back each position', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRide, { minLength: 40, maxLength: 80 }), async (rides) => {
        const read = await readGpx(rides.map(textOf))
        expect(read.flatMap(({ errors }) => errors)).toEqual([])
        for (const [i, { segments }] of read.entries()) {
          const { times, columns } = (rides[i] as NamedRide).streams
          const points = positionRuns((rides[i] as NamedRide).streams).map((run) =>
            run.map((row) => {
              const longitude = columns.longitude_deg?.[row]
              return [columns.latitude_deg?.[row], longitude === 180 ? -180 : longitude, times[row]]
            }),
          )
          expect(segments.map((points) => points.map(([lat, lon, , time]) => [lat, lon, time]))).toEqual(
            points,
          )
        }
      }),
      { numRuns: 2 },
    )
  })

  test('would tell if it were not', async () => {
    const text = textOf({ name: '', streams: toStreams(rideNorth(1)) })
    const wrong = [text.replace('lat="48"', 'lat="4.8e1"'), text.replaceAll('type>', 'kind>')]
    const read = await readGpx(wrong)
    expect(read.map(({ errors }) => errors.length > 0)).toEqual([true, true])
  })
})
