// An Upload message, read without touching the bytes of its tracks: they are forwarded as they came.
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { limits } from './fields.ts'
import { uuidBytes, uuidText } from './ids.ts'
import { MalformedError } from './malformation.ts'
import { type CountField, createFieldCount } from './numbers.ts'

/** The sender's clocks at the moment of an attempt. */
export interface AttemptClock {
  /** Wall clock, Unix milliseconds. */
  sentAtMs: number
  bootId: number
  /** Milliseconds since that boot. */
  monotonicMs: number
  clockEpoch: number
}

export interface Upload {
  /** UUIDv7, kept across retries. */
  uploadId: string
  attempt: AttemptClock
  /** Each the bytes of a Track (`writeTrack`, `readTrack`). */
  tracks: readonly Uint8Array[]
}

/** The bytes of an Upload. Throws RangeError when the id is no UUID. */
export function writeUpload({ uploadId, attempt, tracks }: Upload): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(1, WireType.LengthDelimited).bytes(uuidBytes(uploadId))
  writer.tag(2, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.Varint).int64(Math.round(attempt.sentAtMs))
  if (attempt.bootId !== 0) writer.tag(2, WireType.Varint).uint32(attempt.bootId)
  writer.tag(3, WireType.Varint).uint64(Math.round(attempt.monotonicMs))
  if (attempt.clockEpoch !== 0) writer.tag(4, WireType.Varint).uint32(attempt.clockEpoch)
  writer.join()
  for (const track of tracks) writer.tag(3, WireType.LengthDelimited).bytes(track)
  return writer.finish()
}

/**
 * Splits an upload into its facts and the unread bytes of its tracks (views into `bytes`). Unknown fields pass.
 * Throws MalformedError with a reason of `uploadMalformations`, nothing else.
 */
export function readUpload(bytes: Uint8Array): Upload {
  try {
    return decodeUpload(bytes)
  } catch (error) {
    if (error instanceof MalformedError) throw error
    throw new MalformedError('upload_undecodable', error instanceof Error ? error.message : String(error))
  }
}

function decodeUpload(bytes: Uint8Array): Upload {
  const reader = new BinaryReader(bytes)
  const tracks: Uint8Array[] = []
  const countField = createFieldCount('upload_undecodable')
  let uploadId: string | undefined
  let attempt: AttemptClock | undefined
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    if (number !== 3 || wireType !== WireType.LengthDelimited) countField()
    if (wireType !== WireType.LengthDelimited) reader.skip(wireType, number)
    else if (number === 3) tracks.push(reader.bytes())
    else if (number === 2) attempt = decodeAttempt(reader.bytes(), { before: attempt, countField })
    else if (number === 1) uploadId = decodeUploadId(reader.bytes())
    else reader.skip(wireType, number)
    if (tracks.length > limits.tracksPerUpload) {
      throw new MalformedError('too_many_tracks', `at most ${limits.tracksPerUpload} tracks`)
    }
  }
  if (uploadId === undefined) throw new MalformedError('upload_id_invalid', 'an upload has an id')
  if (!attempt) throw new MalformedError('attempt_clock_invalid', 'an upload carries its attempt clock')
  checkAttempt(attempt)
  if (tracks.length === 0) throw new MalformedError('upload_empty', 'an upload has at least one track')
  return { uploadId, attempt, tracks }
}

function decodeUploadId(bytes: Uint8Array): string {
  if (bytes.length !== 16 || ((bytes[6] as number) & 0xf0) !== 0x70) {
    throw new MalformedError('upload_id_invalid', 'an upload id is the 16 bytes of a UUIDv7')
  }
  return uuidText(bytes)
}

/** A second occurrence is merged into the first, as protobuf has it for messages. */
function decodeAttempt(
  bytes: Uint8Array,
  { before, countField }: { before: AttemptClock | undefined; countField: CountField },
): AttemptClock {
  const reader = new BinaryReader(bytes)
  const attempt = before ?? { sentAtMs: 0, bootId: 0, monotonicMs: 0, clockEpoch: 0 }
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    countField()
    if (number === 1 && wireType === WireType.Varint) attempt.sentAtMs = Number(reader.int64())
    else if (number === 2 && wireType === WireType.Varint) attempt.bootId = reader.uint32()
    else if (number === 3 && wireType === WireType.Varint) attempt.monotonicMs = Number(reader.uint64())
    else if (number === 4 && wireType === WireType.Varint) attempt.clockEpoch = reader.uint32()
    else reader.skip(wireType, number)
  }
  return attempt
}

function checkAttempt({ sentAtMs, monotonicMs }: AttemptClock): void {
  if (!(sentAtMs > 0 && sentAtMs < limits.timeMs)) {
    throw new MalformedError('attempt_clock_invalid', `sent_at_ms is no Unix time: ${sentAtMs}`)
  }
  if (monotonicMs > Number.MAX_SAFE_INTEGER) {
    throw new MalformedError('attempt_clock_invalid', `monotonic_ms is beyond 2^53: ${monotonicMs}`)
  }
}
