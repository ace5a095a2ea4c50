// The id of a statement that came without one follows from what it says: the same row again is the same statement.
import { createHash } from 'node:crypto'
import { type ManufacturingEvent, uuidText } from '../../../proto/index.ts'
import { statementContent } from '../statements/content.ts'

/** UUIDv8 (RFC 9562) of the SHA-256 of source and content. With another mapping a row says something else, and is another. */
export function withEventId(statement: ManufacturingEvent): ManufacturingEvent {
  const content = statementContent({ ...statement, eventId: '' })
  const bytes = Uint8Array.from(createHash('sha256').update(content).digest().subarray(0, 16))
  bytes[6] = 0x80 | ((bytes[6] as number) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f)
  return { ...statement, eventId: uuidText(bytes) }
}
