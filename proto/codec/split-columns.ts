// The bytes of a kind's Columns message, sorted by column; only the gaps are decoded.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { type Field, type FieldKey, gapsNumber, limits } from './fields.ts'
import { MalformedError } from './malformation.ts'
import { addChunk, type CountField, concat, isRepeatedVarint } from './numbers.ts'

export type KeyedField = Field & { readonly key: FieldKey }

/** A present column: the bytes of its differences, and the runs of present and missing cells if some are missing. */
export interface ColumnBytes {
  readonly field: KeyedField
  readonly bytes: Uint8Array
  readonly runs: readonly number[] | undefined
}

/** The most numbers one list of a Gaps message may have: every other cell of a full track is missing. */
const longestList = limits.samplesPerTrack + 1
/** Gaps messages, and columns they name, in one track: far more than kinds have columns. */
const mostGaps = 256

export function splitColumns(
  bytes: Uint8Array,
  table: readonly KeyedField[],
  countField: CountField,
): ColumnBytes[] {
  const chunks = new Map<KeyedField, Uint8Array[]>()
  const gaps = new Map<number, readonly number[]>()
  let gapsSeen = 0
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const field = table[number - 1]
    if (field !== undefined && isRepeatedVarint(wireType)) {
      const before = chunks.get(field) ?? []
      if (before.length === 0) chunks.set(field, before)
      addChunk(before, reader, wireType)
    } else if (number === gapsNumber && wireType === WireType.LengthDelimited) {
      if (++gapsSeen > mostGaps) throw new MalformedError('field_repeated', `more than ${mostGaps} gaps`)
      addGaps(gaps, reader.bytes(), countField)
    } else {
      countField()
      reader.skip(wireType, number)
    }
  }
  return [...chunks].map(([field, list]) => ({ field, bytes: concat(list), runs: gaps.get(field.number) }))
}

function addGaps(gaps: Map<number, readonly number[]>, bytes: Uint8Array, countField: CountField): void {
  const reader = new BinaryReader(bytes)
  const columns: number[] = []
  const runs: number[] = []
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    // Single numbers are bounded by the length of their list.
    if (wireType !== WireType.Varint || number > 2) countField()
    if (number === 1 && isRepeatedVarint(wireType)) readNumbers(columns, reader, wireType)
    else if (number === 2 && isRepeatedVarint(wireType)) readNumbers(runs, reader, wireType)
    else reader.skip(wireType, number)
  }
  for (const column of columns) {
    if (gaps.has(column)) throw new MalformedError('field_repeated', `gaps of column ${column}`)
    if (gaps.size === mostGaps) throw new MalformedError('field_repeated', `gaps of ${mostGaps} columns`)
    gaps.set(column, runs)
  }
}

function readNumbers(into: number[], reader: BinaryReader, wireType: WireType): void {
  const end = wireType === WireType.LengthDelimited ? reader.uint32() + reader.pos : reader.pos + 1
  if (end > reader.len) throw new RangeError('a list ends beyond its message')
  while (reader.pos < end) {
    if (into.length === longestList) throw new MalformedError('column_ragged', 'more gaps than samples')
    into.push(reader.uint32())
  }
  if (reader.pos !== end) throw new RangeError('a number ends beyond its list')
}
