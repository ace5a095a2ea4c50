// Text from outside, as the database can keep it.

/** PostgreSQL's text has no NUL. */
export function storable(text: string): string {
  return text.replaceAll('\0', '')
}
