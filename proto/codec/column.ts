// One column between integers and the bytes of its differences, and the gaps where cells are missing (upload.proto).
import type { Field } from './fields.ts'
import { MalformedError } from './malformation.ts'
import { pushZigzag, readZigzag } from './numbers.ts'

/** Turns integers into encoded differences of the given order, leaving out the missing cells (NaN): `10, 12, NaN, 15` in order 1 → those of `10, 2, 3`. */
export function encodeDifferences(cells: ArrayLike<number>, order: Field['order']): Uint8Array {
  const out: number[] = []
  let count = 0
  let value = 0
  let step = 0
  let bend = 0
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as number
    if (Number.isNaN(cell)) continue
    const first = cell - value
    const second = first - step
    if (order === 1) pushZigzag(out, first)
    else pushZigzag(out, order === 2 ? second : second - Math.trunc(bend / 2))
    value = cell
    if (count > 0) step = first
    if (count > 1) bend = second
    count++
  }
  return Uint8Array.from(out)
}

/** So that no difference of two cells leaves ±2^52. */
export const largestCell = 2 ** 50

/**
 * Decodes differences into `out`, as integers, and returns how many there were (beyond `out.length`: counted only).
 * Throws `value_overflow` for an integer beyond ±2^50 or a difference beyond ±2^52, and `track_undecodable` where the bytes end within a cell.
 *
 * The edge runs this loop over every cell it accepts, so it does all in one pass: varint, zigzag, sum.
 */
export function decodeDifferences(
  bytes: Uint8Array,
  { key, order }: { readonly key: string; readonly order: Field['order'] },
  out: Float64Array,
): number {
  const end = bytes.length
  const room = out.length
  let at = 0
  let count = 0
  let value = 0
  let step = 0
  let bend = 0
  while (at < end) {
    const low = bytes[at] as number
    const high = at + 1 < end ? (bytes[at + 1] as number) : low
    let difference: number
    if (low > 0x7f && high > 0x7f) {
      const wide = readZigzag(bytes, at)
      difference = wide.value
      at = wide.next
    } else {
      // One byte or two, without a branch: which of them comes is what a processor cannot predict.
      const two = low >> 7
      const zigzag = (low & 0x7f) | ((high & -two) << 7)
      difference = (zigzag >>> 1) ^ -(zigzag & 1)
      at += 1 + two
    }
    if (count < room) {
      if (order > 1) {
        if (order === 3) difference += Math.trunc(bend / 2)
        if (count > 1) bend = difference
        difference += step
      }
      if (count > 0) step = difference
      value += difference
      if (!(value >= -largestCell && value <= largestCell)) {
        throw new MalformedError('value_overflow', `${key}[${count}] is beyond 2^50`)
      }
      out[count] = value
    }
    count++
  }
  return count
}

/** Run lengths of present and missing cells, present first: `1, 2, NaN, 4` → `[2, 1, 1]`; undefined when nothing is missing. */
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

/**
 * Spreads the first `count` cells of `cells` over all of them, in place, NaN where one is missing: `1, 2, 4, –` with the runs
 * `[2, 1, 1]` → `1, 2, NaN, 4`. Throws `column_ragged` when the runs do not fit.
 */
export function spread(
  cells: Float64Array,
  { count, runs }: { count: number; runs: readonly number[] },
): Float64Array {
  let covered = 0
  let present = 0
  for (const [i, run] of runs.entries()) {
    covered += run
    if (i % 2 === 0) present += run
  }
  if (covered !== cells.length || present !== count) {
    throw new MalformedError('column_ragged', `gaps do not match ${count} cells in ${cells.length} samples`)
  }
  // From the back, so that no cell is overwritten before it has moved.
  for (let i = runs.length - 1; i >= 0; i--) {
    const run = runs[i] as number
    covered -= run
    if (i % 2 === 0) {
      present -= run
      cells.copyWithin(covered, present, present + run)
    } else cells.fill(Number.NaN, covered, covered + run)
  }
  return cells
}
