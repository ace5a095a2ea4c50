// Clean tracks in any number, as normalize would write them: five minutes of a ride each unless told otherwise, over many bikes.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { partitionOf } from '../core/telemetry/search/partitions.ts'
import { cleanTrack, newId } from '../core/telemetry/search/testing/fixtures.ts'
import { type Column, type FieldKey, uuidBytes } from '../proto/index.ts'

export interface CleanRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly samples: number
}

interface Ride {
  readonly timesMs: readonly number[]
  readonly columns: readonly Column[]
}

/** In which all of them lie. */
export const monthOfRides = partitionOf('ride', Date.UTC(2025, 5))

/** At least `samples` samples: the rides again and again, each time by another bike and at other minutes of one month. */
export async function cleanRides(of: {
  samples: number
  tripsDir: string | undefined
  samplesPerTrack?: number
}): Promise<CleanRecord[]> {
  const { samplesPerTrack = 300 } = of
  const rides = of.tripsDir === undefined ? [madeUpRide()] : await readRides(of.tripsDir)
  const records: CleanRecord[] = []
  let samples = 0
  for (let round = 0; samples < of.samples; round++) {
    const ride = rides[round % rides.length] as Ride
    const startMs = Date.UTC(2025, 5, 2 + (round % 25), 6, (round * 7) % 600, round % 60)
    for (const record of tracksOf(ride, { startMs, samplesPerTrack })) {
      records.push(record)
      samples += record.samples
    }
  }
  return records
}

function tracksOf(
  { timesMs, columns }: Ride,
  { startMs, samplesPerTrack }: { startMs: number; samplesPerTrack: number },
): CleanRecord[] {
  const bikeId = newId()
  const recorderId = newId()
  const shiftMs = startMs - (timesMs[0] as number)
  const records: CleanRecord[] = []
  for (let from = 0; from < timesMs.length; from += samplesPerTrack) {
    const cut = <T>(values: ArrayLike<T>) => Array.from(values).slice(from, from + samplesPerTrack)
    const times = cut(timesMs).map((time) => time + shiftMs)
    const value = cleanTrack({
      bikeId,
      recorderId,
      riderId: `rider-${recorderId}`,
      timesMs: times,
      columns: columns.map(({ key, values }) => ({ key, values: cut(values) })),
      receivedAtMs: (times.at(-1) as number) + 5_000 + ((from * 37) % 3_000),
    })
    records.push({ key: uuidBytes(bikeId), value, samples: times.length })
  }
  return records
}

const csvColumns: readonly { name: string; key: FieldKey<'ride'>; scale: number }[] = [
  { name: 'position_lat', key: 'latitude_deg', scale: 1e7 },
  { name: 'position_long', key: 'longitude_deg', scale: 1e7 },
  { name: 'speed', key: 'speed_kmh', scale: 1000 },
  { name: 'distance', key: 'odometer_m', scale: 100 },
  { name: 'altitude', key: 'altitude_m', scale: 10 },
  { name: 'temperature', key: 'ambient_temperature_c', scale: 10 },
]

async function readRides(dir: string): Promise<Ride[]> {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.csv')).sort()
  const texts = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')))
  return texts.filter((text) => text.startsWith('timestamp,')).map(readRide)
}

function readRide(text: string): Ride {
  const [header = '', ...lines] = text.trim().split(/\r?\n/)
  const names = header.split(',')
  const rows = lines
    .map((line) => line.split(','))
    .map((cells) => ({ timeMs: Date.parse(`${cells[0]}Z`), cells }))
    .filter(({ timeMs }, i, all) => i === 0 || timeMs > (all[i - 1]?.timeMs ?? timeMs))
  const columns = csvColumns.map(({ name, key, scale }) => {
    const at = names.indexOf(name)
    return { key, values: rows.map(({ cells }) => Math.round(Number.parseFloat(cells[at] ?? '') * scale)) }
  })
  return { timesMs: rows.map(({ timeMs }) => timeMs), columns }
}

/** Half an hour that wanders like a ride, with the precision of one; for machines without recorded rides. */
function madeUpRide(): Ride {
  const count = 1_800
  const wander = (from: number, step: number, seed: number) => {
    let value = from
    return Array.from({ length: count }, (_, i) => {
      value += Math.round(step * Math.sin(i / 20 + seed) + step * 0.3 * Math.sin(i * 12.9898 + seed))
      return value
    })
  }
  const speed = wander(18_000, 150, 1).map((value) => Math.max(0, value))
  let odometer = 0
  const odometers = speed.map((value) => {
    odometer += value / 36
    return Math.round(odometer)
  })
  return {
    timesMs: Array.from({ length: count }, (_, i) => i * 1000),
    columns: [
      { key: 'latitude_deg', values: wander(533_850_000, 400, 2) },
      { key: 'longitude_deg', values: wander(-62_560_000, 500, 3) },
      { key: 'speed_kmh', values: speed },
      { key: 'odometer_m', values: odometers },
      { key: 'altitude_m', values: wander(500, 2, 4) },
      { key: 'ambient_temperature_c', values: wander(140, 0.4, 5) },
    ],
  }
}
