// Cursors of pages: the key of the last row, as opaque text.
import type { z } from 'zod'
import { InvalidCursorError } from '../../../runtime/invalid-cursor.ts'

export function writeCursor(key: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** Throws InvalidCursorError on what `writeCursor` did not write for such a key. */
export function readCursor<Key>(cursor: string, key: z.ZodType<Key>): Key {
  const fault = new InvalidCursorError('not one of this list')
  let given: unknown
  try {
    given = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw fault
  }
  const result = key.safeParse(given)
  if (!result.success || hasNul(result.data)) throw fault
  return result.data
}

/** No text of a row has one, and the database takes none. */
const hasNul = (key: unknown) => Array.isArray(key) && key.some((each) => String(each).includes('\0'))

/** Of `limit + 1` rows the page, and the cursor of the next one if there is one. */
export function pageOf<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => readonly unknown[]) {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    rows: page,
    next: rows.length > limit && last !== undefined ? writeCursor(keyOf(last)) : undefined,
  }
}
