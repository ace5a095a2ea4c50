// The parts that a bike carries, as a track may name them (upload.proto).
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { limits } from './fields.ts'
import { MalformedError } from './malformation.ts'
import { type CountField, createFieldCount } from './numbers.ts'

/** Field number of `Track.parts`. */
export const partsNumber = 7

/** A part that tells its serial number to the bike. Both texts have 1 to 64 bytes and no control characters. */
export interface CarriedPart {
  /** "battery", "motor", …: the slot in the bike's model. */
  readonly slot: string
  /** As the part tells it. */
  readonly serialNumber: string
}

/** Adds the part that `bytes` are to `parts`. Throws `too_many_parts`, `part_invalid`, and `field_repeated` for a slot named twice. */
export function addPart(parts: CarriedPart[], bytes: Uint8Array, countField: CountField): void {
  if (parts.length === limits.partsPerTrack) {
    throw new MalformedError('too_many_parts', `more than ${limits.partsPerTrack} parts`)
  }
  const part = readPart(bytes, countField)
  if (parts.some(({ slot }) => slot === part.slot)) {
    throw new MalformedError('field_repeated', `two parts in slot ${part.slot}`)
  }
  parts.push(part)
}

function readPart(bytes: Uint8Array, countField: CountField): CarriedPart {
  const reader = new BinaryReader(bytes)
  let slot: string | undefined
  let serialNumber: string | undefined
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    countField()
    if (number === 1 && wireType === WireType.LengthDelimited) slot = partText('slot', reader.bytes())
    else if (number === 2 && wireType === WireType.LengthDelimited)
      serialNumber = partText('serial number', reader.bytes())
    else reader.skip(wireType, number)
  }
  if (slot === undefined || serialNumber === undefined) {
    throw new MalformedError('part_invalid', 'a part has a slot and a serial number')
  }
  return { slot, serialNumber }
}

// A leading U+FEFF is part of the text.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function partText(what: string, bytes: Uint8Array): string {
  if (bytes.length < 1 || bytes.length > limits.partTextBytes) {
    throw new MalformedError('part_invalid', `a ${what} has 1 to ${limits.partTextBytes} bytes`)
  }
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new MalformedError('part_invalid', `a ${what} is no UTF-8`)
  }
  if (/\p{Cc}/u.test(text)) throw new MalformedError('part_invalid', `a ${what} has control characters`)
  return text
}

/** The parts of a track that was validated before, for who needs nothing else: its columns stay unread. */
export function readParts(track: Uint8Array): readonly CarriedPart[] {
  const reader = new BinaryReader(track)
  const parts: CarriedPart[] = []
  const countField = createFieldCount('track_undecodable')
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    if (number === partsNumber && wireType === WireType.LengthDelimited) {
      addPart(parts, reader.bytes(), countField)
    } else reader.skip(wireType, number)
  }
  return parts
}

/** Throws MalformedError for parts that a track cannot name. */
export function checkParts(parts: readonly CarriedPart[]): void {
  const read: CarriedPart[] = []
  for (const part of parts) {
    const bytes = writePart(new BinaryWriter(), part).finish()
    addPart(read, bytes, () => undefined)
  }
}

export function writeParts(writer: BinaryWriter, parts: readonly CarriedPart[]): void {
  for (const part of parts) {
    writePart(writer.tag(partsNumber, WireType.LengthDelimited).fork(), part).join()
  }
}

function writePart(writer: BinaryWriter, { slot, serialNumber }: CarriedPart): BinaryWriter {
  writer.tag(1, WireType.LengthDelimited).string(slot)
  return writer.tag(2, WireType.LengthDelimited).string(serialNumber)
}
