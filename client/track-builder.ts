// A track while it grows: samples come in human units, row by row, and become columns of integers.
import { type CarriedPart, type FieldKey, fields, type Kind, type Track } from '../proto/index.ts'
import type { ClockReading } from './clock.ts'

/** A sample in human units, such as `{ speed_kmh: 23.4, altitude_m: 51.2 }`. */
export type Values<K extends Kind = Kind> = { readonly [Key in FieldKey<K>]?: number }

export interface Cells {
  readonly cells: ReadonlyMap<FieldKey, number>
  /** Values that no sensor can have measured, and coordinates without their pair. */
  readonly leftOut: readonly FieldKey[]
}

/** Scales the values of a sample; what the edge would refuse is left out, so that it does not cost the track. */
export function toCells(kind: Kind, values: Values): Cells {
  const cells = new Map<FieldKey, number>()
  const leftOut: FieldKey[] = []
  for (const { key, scale, min, max } of fields[kind]) {
    const value = (values as Partial<Record<FieldKey, number>>)[key]
    if (value === undefined) continue
    const cell = Math.round(value * scale)
    if (cell >= min && cell <= max) cells.set(key, cell)
    else leftOut.push(key)
  }
  for (const [key, pair] of [
    ['latitude_deg', 'longitude_deg'],
    ['longitude_deg', 'latitude_deg'],
  ] as const) {
    if (!cells.has(key) || cells.has(pair)) continue
    cells.delete(key)
    leftOut.push(key)
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
