// Recorded rides of a folder: one CSV a ride, and trips.csv, which says level and rider (by band of weight) of each.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { climbOf } from '../../core/riders/estimates/route.ts'
import type { RiddenRide } from './judge-moving.ts'

type Row = Readonly<Record<string, string>>

const gridM = 20

/** In the order of their start. */
export async function readRecordedRides(dir: string): Promise<RiddenRide[]> {
  const trips = rowsOf(await readFile(join(dir, 'trips.csv'), 'utf8'))
  const rides = await Promise.all(
    trips.map(async (trip) => toRide(trip, rowsOf(await readFile(join(dir, trip.file as string), 'utf8')))),
  )
  return rides.sort((a, b) => a.ride.startMs - b.ride.startMs)
}

function rowsOf(text: string): Row[] {
  const [header = '', ...lines] = text.trim().split(/\r?\n/)
  const names = header.split(',')
  return lines.map((line) => {
    const cells = line.split(',')
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']))
  })
}

function toRide(trip: Row, rows: readonly Row[]): RiddenRide {
  const samples = samplesOf(rows)
  const heightsM = heightsOnGrid(samples)
  const { riseM, fallM } = climbOf(heightsM)
  const timesS = samples.map(({ timeS }) => timeS)
  const level = Number(trip.assist_level)
  const gapS = (i: number) => (timesS[i] as number) - (timesS[i - 1] ?? Number.NEGATIVE_INFINITY)
  const slow = (i: number) => (samples[i]?.speedKmh ?? 0) < 3
  return {
    rider: trip.rider_weight_kg as string,
    ride: {
      rideId: trip.file as string,
      startMs: (timesS[0] as number) * 1_000,
      distanceM: samples.at(-1)?.distanceM ?? 0,
      movingS: samples.filter(({ speedKmh }, i) => speedKmh > 2 && gapS(i) <= 2).length,
      elapsedS: (timesS.at(-1) as number) - (timesS[0] as number),
      stops: samples.filter((_, i) => i > 0 && ((slow(i) && !slow(i - 1)) || gapS(i) > 3)).length,
      ascentM: riseM,
      descentM: fallM,
      levelShares: [0, 1, 2, 3, 4, 5].map((one) => (one === level ? 1 : 0)),
      energyCoverage: 0,
      temperatureC: Number(trip.temperature_c),
    },
  }
}

interface Sample {
  readonly timeS: number
  readonly speedKmh: number
  /** The running maximum of what was recorded. */
  readonly distanceM: number
  readonly altitudeM: number
}

/** Blank cells repeat what was there before. */
function samplesOf(rows: readonly Row[]): Sample[] {
  const samples: Sample[] = []
  for (const row of rows) {
    const before = samples.at(-1)
    const cell = (name: string) => (row[name] === '' ? undefined : Number(row[name]))
    const timeS = Date.parse(`${row.timestamp}Z`) / 1_000
    if (before !== undefined && timeS <= before.timeS) continue
    samples.push({
      timeS,
      speedKmh: cell('speed') ?? 0,
      distanceM: Math.max(before?.distanceM ?? 0, cell('distance') ?? 0),
      altitudeM: cell('altitude') ?? before?.altitudeM ?? 0,
    })
  }
  return samples
}

/** Each 20 m the height at the first sample that is there. */
function heightsOnGrid(samples: readonly Sample[]): number[] {
  const heights: number[] = []
  for (const { distanceM, altitudeM } of samples) {
    while (heights.length * gridM <= distanceM) heights.push(altitudeM)
  }
  return heights
}
