// Track → bytes. Grammar in upload.proto.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { writeParts } from './carried-part.ts'
import { encodeDifferences, gapRuns, largestCell } from './column.ts'
import { fields, gapsNumber, kindNumbers, timeField } from './fields.ts'
import { uuidBytes } from './ids.ts'
import { MalformedError, type TrackMalformation } from './malformation.ts'
import { packUint32s } from './numbers.ts'
import { checkTrack } from './read-track.ts'
import type { Track } from './track.ts'

/** The bytes of a Track. Throws MalformedError for whatever `readTrack` would refuse, and for cells that are no integers; cells that it would mask are written. */
export function writeTrack(track: Track): Uint8Array {
  const { clock } = track
  checkCells(track)
  const writer = new BinaryWriter()
  writer.tag(1, WireType.LengthDelimited).bytes(idBytes(track.bikeId, 'bike_id_invalid'))
  writer.tag(2, WireType.LengthDelimited).bytes(idBytes(track.recorderId, 'recorder_id_invalid'))
  if (clock.bootId !== 0) writer.tag(3, WireType.Varint).uint32(count('boot_id', clock.bootId, 0xffffffff))
  if (clock.clockEpoch !== 0) {
    writer.tag(4, WireType.Varint).uint32(count('clock_epoch', clock.clockEpoch, 0xffffffff))
  }
  if (clock.monotonicStartMs !== undefined) {
    writer.tag(5, WireType.Varint).uint64(count('monotonic_start_ms', Math.round(clock.monotonicStartMs)))
  }
  if (track.sequence !== undefined) writer.tag(6, WireType.Varint).uint64(count('sequence', track.sequence))
  writeParts(writer, track.parts ?? [])
  if (track.recordingId !== undefined) {
    writer.tag(8, WireType.Varint).uint64(count('recording_id', track.recordingId))
  }
  writer.tag(kindNumbers[track.kind], WireType.LengthDelimited).fork()
  writeColumns(writer, track)
  writer.join()
  const times = encodeDifferences(track.timesMs, timeField.order)
  writer.tag(timeField.number, WireType.LengthDelimited).bytes(times)
  const bytes = writer.finish()
  checkTrack(bytes)
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

function checkCells({ timesMs, columns }: Track): void {
  const samples = timesMs.length
  for (let i = 0; i < samples; i++) checkCell('time_ms', i, timesMs[i] as number)
  for (const { key, values } of columns) {
    if (values.length !== samples) {
      throw new MalformedError('column_ragged', `${key} has ${values.length} cells in a track of ${samples}`)
    }
    for (let i = 0; i < samples; i++) {
      const value = values[i] as number
      if (!Number.isNaN(value)) checkCell(key, i, value)
    }
  }
}

function checkCell(key: string, i: number, value: number): void {
  if (!Number.isInteger(value)) {
    throw new MalformedError('value_not_a_number', `${key}[${i}] is no integer: ${value}`)
  }
  if (Math.abs(value) > largestCell) throw new MalformedError('value_overflow', `${key}[${i}]: ${value}`)
}

function count(key: string, value: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value
  throw new MalformedError('value_overflow', `${key} is no integer from 0 to ${max}: ${value}`)
}

function idBytes(text: string, reason: TrackMalformation): Uint8Array {
  try {
    return uuidBytes(text)
  } catch {
    throw new MalformedError(reason, text)
  }
}
