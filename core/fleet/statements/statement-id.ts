// Ids of statements, and what they follow from: the same statement has the same id wherever it comes from.
import { clone, toBinary } from '@bufbuild/protobuf'
import { uuidText } from '../../../proto/codec/ids.ts'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { createHash } from '../../runtime/digest.ts'

/**
 * The id of a sealed statement: partners choose ids of their own, and none takes another's.
 *
 *     plant:zwickau, 01936f00-…-0001 → 5f2b41d8-…-8…
 */
export function statementId(partnerId: string, saidEventId: string): string {
  return idOf(Buffer.from(`${partnerId}\n${saidEventId}`))
}

/**
 * The id of a statement that nobody sealed: it follows from all that it says, so it takes neither the id that it claims nor one
 * of a partner's. `contentSha256` is of the statement as it came, in hexadecimal.
 */
export const unsealedId = (contentSha256: string): string => idOf(Buffer.from(`unsealed\n${contentSha256}`))

/** A UUIDv8 (RFC 9562) of the SHA-256 of the bytes: what has no id of its own has one that follows from what it says. */
export function idOf(bytes: Uint8Array): string {
  const id = createHash('sha256').update(bytes).digest().subarray(0, 16)
  id[6] = 0x80 | ((id[6] as number) & 0x0f)
  id[8] = 0x80 | ((id[8] as number) & 0x3f)
  return uuidText(id)
}

/** In hexadecimal. */
export function contentSha256(event: ManufacturingEvent): string {
  return createHash('sha256').update(statementContent(event)).digest('hex')
}

/** Equal content makes statements the same. Where a row stands is not of its content: files grow and come again. */
export function statementContent(statement: ManufacturingEvent): Uint8Array {
  const placeless = { ...statement, origin: undefined }
  if (statement.event.case !== 'unreadableRow') return toBinary(ManufacturingEventSchema, placeless)
  const content = clone(ManufacturingEventSchema, placeless)
  Object.assign(content.event.value ?? {}, { file: '', line: 0 })
  return toBinary(ManufacturingEventSchema, content)
}
