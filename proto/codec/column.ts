// One column between integers and the bytes of its differences, and the gaps where cells are missing (upload.proto).
import type { Field } from './fields.ts'
import { MalformedError } from './malformation.ts'
import { pushZigzag, readZigzags } from './varint.ts'

/** Turns integers into encoded differences of the given order, leaving out the missing cells (NaN). */
export function encodeDifferences(cells: ArrayLike<number>, order: 1 | 2): Uint8Array {
  const out: number[] = []
  let count = 0
  let previous = 0
  let step = 0
  for (let i = 0; i < cells.length; i++) {
    const value = cells[i] as number
    if (Number.isNaN(value)) continue
    const difference = value - previous
    pushZigzag(out, order === 1 ? difference : difference - step)
    if (count++ > 0) step = difference
    previous = value
  }
  return Uint8Array.from(out)
}

/**
 * Decodes differences into `out`, as integers, and returns how many there were (beyond `out.length`: counted only).
 * Throws `value_out_of_range` for the first integer outside the field's bounds, and what `readZigzags` throws.
 */
export function decodeDifferences(bytes: Uint8Array, field: Field, out: Float64Array): number {
  const count = readZigzags(bytes, out)
  const cells = Math.min(count, out.length)
  const { order, min, max } = field
  let value = 0
  let step = 0
  for (let i = 0; i < cells; i++) {
    const difference = order === 1 ? (out[i] as number) : (out[i] as number) + step
    value += difference
    if (i > 0) step = difference
    if (!(value >= min && value <= max)) {
      throw new MalformedError('value_out_of_range', `${field.key}[${i}] is outside [${min}, ${max}]`)
    }
    out[i] = value
  }
  return count
}

/** Run lengths of present and missing cells, present first; undefined when nothing is missing. */
export function gapRuns(cells: ArrayLike<number>): number[] | undefined {
  const runs: number[] = []
  let missing = false
  let run = 0
  for (let i = 0; i < cells.length; i++) {
    if (Number.isNaN(cells[i]) !== missing) {
      runs.push(run)
      run = 0
      missing = !missing
    }
    run++
  }
  return runs.length === 0 ? undefined : [...runs, run]
}

/** Spreads the present cells over all samples, NaN where one is missing. Throws `column_ragged` when they do not fit. */
export function spread(present: Float64Array, runs: readonly number[], samples: number): Float64Array {
  const cells = new Float64Array(samples).fill(Number.NaN)
  let at = 0
  let from = 0
  for (const [i, run] of runs.entries()) {
    if (at + run > samples) throw new MalformedError('column_ragged', `gaps reach beyond ${samples} samples`)
    if (i % 2 === 0) {
      cells.set(present.subarray(from, from + run), at)
      from += run
    }
    at += run
  }
  if (at !== samples || from !== present.length) {
    throw new MalformedError(
      'column_ragged',
      `gaps do not match ${present.length} cells in ${samples} samples`,
    )
  }
  return cells
}
