// A Track message: what a recorder knows about its samples, and their columns. Grammar in upload.proto.
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { decodeDifferences, encodeDifferences, gapRuns, spread } from './column.ts'
import { type Field, type FieldKey, fields, gapsNumber, type Kind, kindNumbers, kinds } from './fields.ts'
import { uuidBytes, uuidText } from './ids.ts'
import { limits } from './limits.ts'
import { MalformedError, type TrackMalformation } from './malformation.ts'
import { concat, isRepeatedVarint, packedChunk, packUint32s, readUint32s } from './repeated.ts'

/** Under which clock the samples were recorded. */
export interface TrackClock {
  bootId: number
  clockEpoch: number
  /** Milliseconds since boot at the first sample. */
  monotonicStartMs?: number
}

export interface Column<Key extends string = FieldKey> {
  key: Key
  /** Integers in the field's scale, one a sample; NaN where the cell is missing. */
  values: ArrayLike<number>
}

/** A track to encode, and what `readTrack` gives back. */
export interface Track<K extends Kind = Kind> {
  bikeId: string
  recorderId: string
  kind: K
  clock: TrackClock
  /** Counts the recorder's tracks. */
  sequence?: number
  /** Recorded wall-clock Unix milliseconds, strictly increasing. */
  timesMs: ArrayLike<number>
  columns: readonly Column<FieldKey<K>>[]
}

export interface DecodedTrack extends Track {
  timesMs: Float64Array
  columns: { key: FieldKey; values: Float64Array }[]
}

const timeField: Field = { key: 'time_ms', number: 7, order: 2, scale: 1, min: 0, max: limits.timeMs - 1 }
const kindByNumber = new Map<number, Kind>(kinds.map((kind) => [kindNumbers[kind], kind]))

/** The bytes of a Track. Throws MalformedError for whatever `readTrack` would refuse. */
export function writeTrack(track: Track): Uint8Array {
  checkCells(track)
  const writer = new BinaryWriter()
  writer.tag(1, WireType.LengthDelimited).bytes(idBytes(track.bikeId, 'bike_id_invalid'))
  writer.tag(2, WireType.LengthDelimited).bytes(idBytes(track.recorderId, 'recorder_id_invalid'))
  if (track.clock.bootId !== 0) writer.tag(3, WireType.Varint).uint32(track.clock.bootId)
  if (track.clock.clockEpoch !== 0) writer.tag(4, WireType.Varint).uint32(track.clock.clockEpoch)
  if (track.clock.monotonicStartMs !== undefined) {
    writer.tag(5, WireType.Varint).uint64(Math.round(track.clock.monotonicStartMs))
  }
  if (track.sequence !== undefined) writer.tag(6, WireType.Varint).uint64(track.sequence)
  writer
    .tag(timeField.number, WireType.LengthDelimited)
    .bytes(encodeDifferences(track.timesMs, timeField.order))
  writer.tag(kindNumbers[track.kind], WireType.LengthDelimited).fork()
  writeColumns(writer, track)
  writer.join()
  const bytes = writer.finish()
  readTrack(bytes)
  return bytes
}

function writeColumns(writer: BinaryWriter, track: Track): void {
  const gaps = new Map<string, { runs: number[]; columns: number[] }>()
  for (const field of fields[track.kind]) {
    const column = track.columns.find(({ key }) => key === field.key)
    if (column === undefined) continue
    writer.tag(field.number, WireType.LengthDelimited).bytes(encodeDifferences(column.values, field.order))
    const runs = gapRuns(column.values)
    if (runs === undefined) continue
    const shared = gaps.get(runs.join()) ?? { runs, columns: [] }
    shared.columns.push(field.number)
    gaps.set(runs.join(), shared)
  }
  for (const { runs, columns } of gaps.values()) {
    writer.tag(gapsNumber, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.LengthDelimited).bytes(packUint32s(columns))
    writer.tag(2, WireType.LengthDelimited).bytes(packUint32s(runs))
    writer.join()
  }
}

/**
 * Decodes and validates the bytes of a Track: every column, every cell.
 * Unknown fields pass. Throws MalformedError with a reason of `trackMalformations`, nothing else.
 */
export function readTrack(bytes: Uint8Array): DecodedTrack {
  try {
    return decodeTrack(bytes)
  } catch (error) {
    if (error instanceof MalformedError) throw error
    throw new MalformedError('track_undecodable', error instanceof Error ? error.message : String(error))
  }
}

function decodeTrack(bytes: Uint8Array): DecodedTrack {
  const reader = new BinaryReader(bytes)
  const timeChunks: Uint8Array[] = []
  const clock: TrackClock = { bootId: 0, clockEpoch: 0 }
  let bikeId: string | undefined
  let recorderId: string | undefined
  let sequence: number | undefined
  let body: { kind: Kind; bytes: Uint8Array } | undefined
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const kind = kindByNumber.get(number)
    if (kind !== undefined && wireType === WireType.LengthDelimited) {
      if (body) throw new MalformedError('field_repeated', 'a track has columns of one kind, once')
      body = { kind, bytes: reader.bytes() }
    } else if (number === 7 && isRepeatedVarint(wireType)) timeChunks.push(packedChunk(reader, wireType))
    else if (number === 1 && wireType === WireType.LengthDelimited)
      bikeId = idText(reader.bytes(), 'bike_id_invalid')
    else if (number === 2 && wireType === WireType.LengthDelimited)
      recorderId = idText(reader.bytes(), 'recorder_id_invalid')
    else if (number === 3 && wireType === WireType.Varint) clock.bootId = reader.uint32()
    else if (number === 4 && wireType === WireType.Varint) clock.clockEpoch = reader.uint32()
    else if (number === 5 && wireType === WireType.Varint) clock.monotonicStartMs = Number(reader.uint64())
    else if (number === 6 && wireType === WireType.Varint) sequence = Number(reader.uint64())
    else reader.skip(wireType, number)
  }
  if (bikeId === undefined) throw new MalformedError('bike_id_invalid', 'a track names its bike')
  if (recorderId === undefined) throw new MalformedError('recorder_id_invalid', 'a track names its recorder')
  if (!body) throw new MalformedError('kind_unknown', 'the track has no columns of a known kind')
  const timesMs = decodeTimes(concat(timeChunks))
  const columns = decodeColumns(body, timesMs.length)
  return {
    bikeId,
    recorderId,
    kind: body.kind,
    clock,
    ...(sequence !== undefined && { sequence }),
    timesMs,
    columns,
  }
}

function decodeTimes(bytes: Uint8Array): Float64Array {
  const buffer = new Float64Array(Math.min(bytes.length, limits.samplesPerTrack))
  const samples = decodeDifferences(bytes, timeField, buffer)
  if (samples === 0) throw new MalformedError('track_empty', 'a track has at least one sample')
  if (samples > limits.samplesPerTrack) {
    throw new MalformedError('too_many_samples', `${samples} samples, at most ${limits.samplesPerTrack}`)
  }
  const times = buffer.subarray(0, samples)
  for (let i = 1; i < samples; i++) {
    const step = (times[i] as number) - (times[i - 1] as number)
    if (step === 0) throw new MalformedError('time_duplicate', `samples ${i - 1} and ${i} have the same time`)
    if (step < 0) throw new MalformedError('times_unsorted', `sample ${i} lies before its predecessor`)
  }
  return times
}

function decodeColumns(body: { kind: Kind; bytes: Uint8Array }, samples: number): DecodedTrack['columns'] {
  const { chunks, gaps } = splitColumns(body.bytes, fields[body.kind])
  const columns: DecodedTrack['columns'] = []
  for (const [field, bytes] of chunks) {
    const cells = new Float64Array(samples)
    const count = decodeDifferences(bytes, field, cells)
    const runs = gaps.get(field.number)
    if (count > samples || (runs === undefined && count < samples)) {
      throw new MalformedError('column_ragged', `${field.key} has ${count} cells in a track of ${samples}`)
    }
    columns.push({ key: field.key, values: runs ? spread(cells.subarray(0, count), runs, samples) : cells })
  }
  if (body.kind === 'ride') checkCoordinates(columns, samples)
  return columns
}

type KeyedField = Field & { readonly key: FieldKey }

function splitColumns(bytes: Uint8Array, table: readonly KeyedField[]) {
  const chunks = new Map<KeyedField, Uint8Array>()
  const gaps = new Map<number, number[]>()
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const field = table[number - 1]
    if (field !== undefined && isRepeatedVarint(wireType)) {
      const chunk = packedChunk(reader, wireType)
      const before = chunks.get(field)
      chunks.set(field, before ? concat([before, chunk]) : chunk)
    } else if (number === gapsNumber && wireType === WireType.LengthDelimited) {
      const { columns, runs } = readGaps(reader.bytes())
      for (const column of columns) {
        if (gaps.has(column)) throw new MalformedError('field_repeated', `gaps of column ${column}`)
        gaps.set(column, runs)
      }
    } else reader.skip(wireType, number)
  }
  return { chunks, gaps }
}

function readGaps(bytes: Uint8Array): { columns: number[]; runs: number[] } {
  const reader = new BinaryReader(bytes)
  const columns: number[] = []
  const runs: number[] = []
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    if (number === 1 && isRepeatedVarint(wireType))
      columns.push(...readUint32s(packedChunk(reader, wireType)))
    else if (number === 2 && isRepeatedVarint(wireType))
      runs.push(...readUint32s(packedChunk(reader, wireType)))
    else reader.skip(wireType, number)
  }
  return { columns, runs }
}

/** A latitude without its longitude is no position. */
function checkCoordinates(columns: DecodedTrack['columns'], samples: number): void {
  const latitude = columns.find(({ key }) => key === 'latitude_deg')?.values
  const longitude = columns.find(({ key }) => key === 'longitude_deg')?.values
  if (latitude === undefined && longitude === undefined) return
  for (let i = 0; i < samples; i++) {
    const a = latitude?.[i] ?? Number.NaN
    const b = longitude?.[i] ?? Number.NaN
    if (Number.isNaN(a) !== Number.isNaN(b)) {
      throw new MalformedError('coordinates_unpaired', `sample ${i} has one of latitude and longitude`)
    }
  }
}

function checkCells({ timesMs, columns }: Track): void {
  for (let i = 0; i < timesMs.length; i++) {
    if (!Number.isInteger(timesMs[i]))
      throw new MalformedError('value_not_a_number', `time_ms[${i}]: ${timesMs[i]}`)
  }
  for (const { key, values } of columns) {
    if (values.length !== timesMs.length) {
      throw new MalformedError(
        'column_ragged',
        `${key} has ${values.length} cells in a track of ${timesMs.length}`,
      )
    }
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number
      if (!Number.isNaN(value) && !Number.isInteger(value)) {
        throw new MalformedError('value_not_a_number', `${key}[${i}] is no integer: ${value}`)
      }
    }
  }
}

function idText(bytes: Uint8Array, reason: TrackMalformation): string {
  if (bytes.length !== 16) throw new MalformedError(reason, `${bytes.length} bytes, a UUID has 16`)
  return uuidText(bytes)
}

function idBytes(text: string, reason: TrackMalformation): Uint8Array {
  try {
    return uuidBytes(text)
  } catch {
    throw new MalformedError(reason, text)
  }
}
