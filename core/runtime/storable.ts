// Text from outside, as the database can keep it.

/** PostgreSQL's text has no NUL, and no half characters. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/** At most `longest` UTF-16 code units, without half a character at the end. */
export function cutText(text: string, longest: number): string {
  return text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')
}
