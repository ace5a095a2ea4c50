// A track that contradicts one sent before: the same samples by identity, a few of them with other values. Pure.
import { fields, type Track } from '../proto/index.ts'
import type { Chunk } from '../simulator/index.ts'
import type { Delivery } from './delivery.ts'

const contradictions = 10

/** A delivery of the chunk's first track, whose first cells (up to ten samples) differ by the smallest step. */
export function conflictWith({ tracks }: Chunk, upload: string): Delivery {
  const track = tracks[0] as Track
  const column = track.columns.find(({ values }) => presentCells(values).length > 0)
  if (column === undefined) throw new Error('a track without any value cannot be contradicted')
  const field = fields[track.kind].find(({ key }) => key === column.key) as { max: number }
  const changed = presentCells(column.values).slice(0, contradictions)
  const values = Float64Array.from({ length: column.values.length }, (_, i) => {
    const value = column.values[i] as number
    return changed.includes(i) ? value + (value < field.max ? 1 : -1) : value
  })
  const columns = track.columns.map((one) => (one === column ? { key: column.key, values } : one))
  return {
    purpose: 'conflict',
    upload,
    tracks: [{ ...track, columns }],
    samples: track.timesMs.length,
    conflicting: changed.length,
  }
}

function presentCells(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i).filter((i) => !Number.isNaN(values[i]))
}
