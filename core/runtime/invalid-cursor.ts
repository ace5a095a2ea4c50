// A page was asked for by a cursor that nobody gave out.

export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError'
}
