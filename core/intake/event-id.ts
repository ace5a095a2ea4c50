// The id of a statement that came without one follows from what it says: the same row again is the same statement.
import { createHash } from 'node:crypto'
import { clone, toBinary } from '@bufbuild/protobuf'
import { type ManufacturingEvent, ManufacturingEventSchema, uuidText } from '../../proto/index.ts'

/**
 * UUIDv8 (RFC 9562) of the SHA-256 of source and content. With another mapping a row says something else, and is another
 * statement. Of an unreadable row neither the file's name nor the line count, so that a file may grow and be renamed.
 */
export function withEventId(statement: ManufacturingEvent): ManufacturingEvent {
  const content = clone(ManufacturingEventSchema, statement)
  content.eventId = ''
  if (content.event.case === 'unreadableRow') {
    content.event.value.file = ''
    content.event.value.line = 0
  }
  const digest = createHash('sha256').update(toBinary(ManufacturingEventSchema, content)).digest()
  const bytes = Uint8Array.from(digest.subarray(0, 16))
  bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f)
  return { ...statement, eventId: uuidText(bytes) }
}
