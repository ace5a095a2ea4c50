// Bytes → track: every column is validated, and a cell that cannot be is masked. Grammar in upload.proto.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { addPart, type CarriedPart, partsNumber } from './carried-part.ts'
import { decodeDifferences, spread } from './column.ts'
import { type FieldKey, fields, type Kind, kindNumbers, kinds, limits, timeField } from './fields.ts'
import { uuidText } from './ids.ts'
import {
  MalformedError,
  type MaskedCells,
  maskCells,
  maskCoordinates,
  type TrackMalformation,
} from './malformation.ts'
import { addChunk, type CountField, concat, createFieldCount, isRepeatedVarint } from './numbers.ts'
import { splitColumns } from './split-columns.ts'
import type { DecodedTrack, TrackClock } from './track.ts'

const kindByNumber = new Map<number, Kind>(kinds.map((kind) => [kindNumbers[kind], kind]))

/**
 * Decodes and validates the bytes of a Track. A cell that no sensor can have measured is missing, and among `masked`.
 * Unknown fields pass. Throws MalformedError with a reason of `trackMalformations`, nothing else.
 */
export function readTrack(bytes: Uint8Array): DecodedTrack {
  return decoded(bytes, (cells) => new Float64Array(cells))
}

/** What `checkTrack` tells of a track. */
export type TrackFacts = Pick<DecodedTrack, 'bikeId' | 'recorderId' | 'kind'> & {
  samples: number
  masked: readonly MaskedCells[]
}

/** Validates as `readTrack` does and throws the same, but keeps no cells and leaves no garbage: for who only forwards. */
export function checkTrack(bytes: Uint8Array): TrackFacts {
  const {
    bikeId,
    recorderId,
    kind,
    timesMs,
    masked = [],
  } = decoded(bytes, (cells) => scratch.subarray(0, cells))
  return { bikeId, recorderId, kind, samples: timesMs.length, masked }
}

/**
 * How many samples a Track announces, at the price of a look at its times: nothing is decoded or checked. For an unreadable track
 * as many as were seen.
 */
export function countSamples(bytes: Uint8Array): number {
  const chunks: Uint8Array[] = []
  try {
    const reader = new BinaryReader(bytes)
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag()
      if (number === timeField.number && isRepeatedVarint(wireType)) addChunk(chunks, reader, wireType)
      else reader.skip(wireType, number)
    }
  } catch {
    // Whoever decodes it says what is wrong.
  }
  let samples = 0
  // The last byte of each number is below 128.
  for (const chunk of chunks) for (const byte of chunk) if (byte < 0x80) samples++
  return samples
}

/** Where the cells of a whole track go: one allocation a track, because each costs as much as decoding a column. */
type Allocate = (cells: number) => Float64Array

const timesScratch = new Float64Array(limits.samplesPerTrack)
const mostColumns = Math.max(...kinds.map((kind) => fields[kind].length))
const scratch = new Float64Array(limits.samplesPerTrack * (1 + mostColumns))

function decoded(bytes: Uint8Array, allocate: Allocate): DecodedTrack {
  try {
    // A Buffer becomes a plain Uint8Array, so that the hot loops see one type only.
    return decodeTrack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), allocate)
  } catch (error) {
    if (error instanceof MalformedError) throw error
    throw new MalformedError('track_undecodable', error instanceof Error ? error.message : String(error))
  }
}

function decodeTrack(bytes: Uint8Array, allocate: Allocate): DecodedTrack {
  const reader = new BinaryReader(bytes)
  const timeChunks: Uint8Array[] = []
  const clock: TrackClock = { bootId: 0, clockEpoch: 0 }
  let bikeId: string | undefined
  let recorderId: string | undefined
  let sequence: number | undefined
  let recordingId: number | undefined
  const parts: CarriedPart[] = []
  let body: { kind: Kind; bytes: Uint8Array } | undefined
  const countField = createFieldCount('track_undecodable')
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    if (number === timeField.number && isRepeatedVarint(wireType)) {
      addChunk(timeChunks, reader, wireType)
      continue
    }
    countField()
    const kind = kindByNumber.get(number)
    if (kind !== undefined && wireType === WireType.LengthDelimited) {
      if (body) throw new MalformedError('field_repeated', 'a track has columns of one kind, once')
      body = { kind, bytes: reader.bytes() }
    } else if (number === 1 && wireType === WireType.LengthDelimited)
      bikeId = idText(reader.bytes(), 'bike_id_invalid')
    else if (number === 2 && wireType === WireType.LengthDelimited)
      recorderId = idText(reader.bytes(), 'recorder_id_invalid')
    else if (number === 3 && wireType === WireType.Varint) clock.bootId = reader.uint32()
    else if (number === 4 && wireType === WireType.Varint) clock.clockEpoch = reader.uint32()
    else if (number === 5 && wireType === WireType.Varint) clock.monotonicStartMs = safe(reader.uint64())
    else if (number === 6 && wireType === WireType.Varint) sequence = safe(reader.uint64())
    else if (number === 8 && wireType === WireType.Varint) recordingId = safe(reader.uint64())
    else if (number === partsNumber && wireType === WireType.LengthDelimited)
      addPart(parts, reader.bytes(), countField)
    else reader.skip(wireType, number)
  }
  if (bikeId === undefined) throw new MalformedError('bike_id_invalid', 'a track names its bike')
  if (recorderId === undefined) throw new MalformedError('recorder_id_invalid', 'a track names its recorder')
  if (!body) throw new MalformedError('kind_unknown', 'the track has no columns of a known kind')
  return {
    bikeId,
    recorderId,
    kind: body.kind,
    clock,
    ...(sequence !== undefined && { sequence }),
    ...(recordingId !== undefined && { recordingId }),
    ...(parts.length > 0 && { parts }),
    ...decodeCells(body, { timeBytes: concat(timeChunks), allocate, countField }),
  }
}

function decodeCells(
  body: { kind: Kind; bytes: Uint8Array },
  { timeBytes, allocate, countField }: { timeBytes: Uint8Array; allocate: Allocate; countField: CountField },
): Pick<DecodedTrack, 'timesMs' | 'columns' | 'masked'> {
  const samples = decodeTimes(timeBytes)
  const split = splitColumns(body.bytes, fields[body.kind], countField)
  const cells = allocate(samples * (1 + split.length))
  const timesMs = cells.subarray(0, samples)
  timesMs.set(timesScratch.subarray(0, samples))
  const columns: DecodedTrack['columns'] = []
  const masked: MaskedCells[] = []
  for (const { field, bytes, runs } of split) {
    const at = samples * (1 + columns.length)
    const present = cells.subarray(at, at + samples)
    const count = decodeDifferences(bytes, field, present)
    if (count > samples || (runs === undefined && count < samples)) {
      throw new MalformedError('column_ragged', `${field.key} has ${count} cells in a track of ${samples}`)
    }
    const values = runs ? spread(present, { count, runs }) : present
    maskCells(values, field, masked)
    columns.push({ key: field.key, values })
  }
  if (body.kind === 'ride') {
    const valuesOf = (wanted: FieldKey) => columns.find(({ key }) => key === wanted)?.values
    const coordinates = { latitude: valuesOf('latitude_deg'), longitude: valuesOf('longitude_deg') }
    maskCoordinates(coordinates, masked)
  }
  return { timesMs, columns, ...(masked.length > 0 && { masked }) }
}

/** Decodes the times into `timesScratch` and returns how many they are. */
function decodeTimes(bytes: Uint8Array): number {
  const samples = decodeDifferences(bytes, timeField, timesScratch)
  if (samples === 0) throw new MalformedError('track_empty', 'a track has at least one sample')
  if (samples > limits.samplesPerTrack) {
    throw new MalformedError('too_many_samples', `${samples} samples, at most ${limits.samplesPerTrack}`)
  }
  for (let i = 0; i < samples; i++) {
    const time = timesScratch[i] as number
    if (time < 0 || time >= limits.timeMs)
      throw new MalformedError('time_out_of_range', `time_ms[${i}]: ${time}`)
    if (i === 0) continue
    const step = time - (timesScratch[i - 1] as number)
    if (step === 0) throw new MalformedError('time_duplicate', `samples ${i - 1} and ${i} have the same time`)
    if (step < 0) throw new MalformedError('times_unsorted', `sample ${i} lies before its predecessor`)
  }
  return samples
}

function safe(value: bigint | string): number {
  const number = Number(value)
  if (number <= Number.MAX_SAFE_INTEGER) return number
  throw new MalformedError('value_overflow', `${value} is beyond 2^53`)
}

function idText(bytes: Uint8Array, reason: TrackMalformation): string {
  if (bytes.length !== 16) throw new MalformedError(reason, `${bytes.length} bytes, a UUID has 16`)
  return uuidText(bytes)
}
