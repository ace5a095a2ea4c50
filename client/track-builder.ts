// A track while it grows: samples come in human units, row by row, and become columns of integers.
import {
  type CarriedPart,
  type Field,
  type FieldKey,
  fields,
  isPosition,
  type Kind,
  type Track,
} from '../proto/index.ts'
import type { ClockReading } from './clock.ts'

/** A sample in human units, such as `{ speed_kmh: 23.4, altitude_m: 51.2 }`. */
export type Values<K extends Kind = Kind> = { readonly [Key in FieldKey<K>]?: number }

export interface Cells {
  readonly cells: ReadonlyMap<FieldKey, number>
  /** Values that no sensor can have measured, codes for no value, and coordinates that are no position. */
  readonly leftOut: readonly FieldKey[]
}

/** Scales the values of a sample; what the platform would mask is left out: `{ latitude_deg: 0, longitude_deg: 0 }` says that there is no fix. */
export function toCells(kind: Kind, values: Values): Cells {
  const cells = new Map<FieldKey, number>()
  const leftOut: FieldKey[] = []
  const table: readonly (Field & { readonly key: FieldKey })[] = fields[kind]
  for (const { key, scale, min, max, none } of table) {
    const value = (values as Partial<Record<FieldKey, number>>)[key]
    if (value === undefined) continue
    const cell = Math.round(value * scale)
    if (cell >= min && cell <= max && !none?.includes(cell)) cells.set(key, cell)
    else leftOut.push(key)
  }
  if (!isPosition(cells.get('latitude_deg'), cells.get('longitude_deg'))) {
    for (const key of ['latitude_deg', 'longitude_deg'] as const) if (cells.delete(key)) leftOut.push(key)
  }
  return { cells, leftOut }
}

export type TrackBuilder = ReturnType<typeof createTrackBuilder>

/** `begun`: the clocks at the first sample. */
export function createTrackBuilder(kind: Kind, begun: ClockReading) {
  const timesMs: number[] = []
  const columns = new Map<FieldKey, number[]>()

  function add(timeMs: number, cells: Cells['cells']): void {
    for (const key of cells.keys()) {
      if (!columns.has(key)) columns.set(key, Array<number>(timesMs.length).fill(Number.NaN))
    }
    timesMs.push(timeMs)
    for (const [key, column] of columns) column.push(cells.get(key) ?? Number.NaN)
  }

  function build(of: {
    bikeId: string
    recorderId: string
    sequence?: number | undefined
    recordingId?: number | undefined
    parts?: readonly CarriedPart[] | undefined
  }): Track {
    return {
      bikeId: of.bikeId,
      recorderId: of.recorderId,
      kind,
      clock: { bootId: begun.bootId, clockEpoch: begun.clockEpoch, monotonicStartMs: begun.monotonicMs },
      ...(of.sequence !== undefined && { sequence: of.sequence }),
      ...(of.recordingId !== undefined && { recordingId: of.recordingId }),
      ...(of.parts !== undefined && { parts: of.parts }),
      timesMs,
      columns: [...columns].map(([key, values]) => ({ key, values })),
    }
  }

  return { begun, add, build, samples: () => timesMs.length }
}
