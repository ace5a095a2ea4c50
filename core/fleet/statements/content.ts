// What makes two statements the same.
import { clone, toBinary } from '@bufbuild/protobuf'
import { type ManufacturingEvent, ManufacturingEventSchema } from '../../../proto/index.ts'

/** All that is said; of a row that nobody can read its text, but not where it stood: files grow, and come again. */
export function statementContent(statement: ManufacturingEvent): Uint8Array {
  if (statement.event.case !== 'unreadableRow') return toBinary(ManufacturingEventSchema, statement)
  const content = clone(ManufacturingEventSchema, statement)
  Object.assign(content.event.value ?? {}, { file: '', line: 0 })
  return toBinary(ManufacturingEventSchema, content)
}
