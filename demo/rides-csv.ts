// Recorded rides from CSV files: a row a second, a column a measurement, blank where nothing was measured.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FieldKey } from '../proto/index.ts'
import { type Measurement, type Series, toSeries } from '../simulator/index.ts'

/** A ride with the times of its recording. */
export interface SourceRide {
  /** Name of the file, or of what made the ride. */
  readonly file: string
  readonly series: readonly Series[]
}

// Units are those of the fields. A heart rate is nobody's business here and is left out.
const columns: readonly { name: string; key: FieldKey<'ride'>; invalid?: number }[] = [
  { name: 'position_lat', key: 'latitude_deg' },
  { name: 'position_long', key: 'longitude_deg' },
  { name: 'altitude', key: 'altitude_m' },
  { name: 'distance', key: 'odometer_m' },
  { name: 'speed', key: 'speed_kmh' },
  // 255 is how the FIT format of bike computers writes "no value" into a byte.
  { name: 'cadence', key: 'cadence_rpm', invalid: 255 },
  { name: 'temperature', key: 'ambient_temperature_c' },
]

/** All rides of a folder, in the order of the numbers in their names. Files without a `timestamp` column are no rides. */
export async function readRides(folder: string): Promise<SourceRide[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.csv'))
  const rides: SourceRide[] = []
  for (const file of files.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))) {
    const ride = parseRide(file, await readFile(join(folder, file), 'utf8'))
    if (ride !== undefined) rides.push(ride)
  }
  return rides
}

/** Undefined when the file is no ride or an empty one. Throws, naming file and line, what cannot be read. */
export function parseRide(file: string, text: string): SourceRide | undefined {
  const [head = '', ...lines] = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const names = head.split(',').map((name) => name.trim())
  const timeColumn = names.indexOf('timestamp')
  if (timeColumn === -1) return undefined
  const samples: Measurement<'ride'>[] = []
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue
    const cells = line.split(',')
    const fault = (what: string) => new Error(`${file}, line ${i + 2}: ${what}`)
    const timeMs = parseUtc(cells[timeColumn] ?? '')
    if (Number.isNaN(timeMs)) throw fault(`no time: ${cells[timeColumn]}`)
    if (timeMs <= (samples.at(-1)?.timeMs ?? 0)) throw fault('time does not increase')
    samples.push({ timeMs, values: parseValues(cells, names, fault) })
  }
  return samples.length === 0 ? undefined : { file, series: [toSeries('ride', samples)] }
}

function parseValues(
  cells: readonly string[],
  names: readonly string[],
  fault: (what: string) => Error,
): Measurement<'ride'>['values'] {
  const values: Measurement<'ride'>['values'] = {}
  for (const { name, key, invalid } of columns) {
    const cell = cells[names.indexOf(name)]?.trim() ?? ''
    if (cell === '') continue
    const value = Number(cell)
    if (!Number.isFinite(value)) throw fault(`${name} is no number: ${cell}`)
    if (value !== invalid) values[key] = value
  }
  // Half a position is none.
  if (values.latitude_deg === undefined || values.longitude_deg === undefined) {
    delete values.latitude_deg
    delete values.longitude_deg
  }
  return values
}

/** Without a zone the time is UTC. */
function parseUtc(text: string): number {
  const iso = text.trim().replace(' ', 'T')
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`)
}
