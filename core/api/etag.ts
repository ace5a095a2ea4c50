// Answers that a reader may keep and ask for again: 304 where nothing has changed.

import type { Context } from 'hono'
import { z } from 'zod'
import { createHash } from '../runtime/digest.ts'

export const etagHeaders = z.object({ ETag: z.string().describe('Changes with whatever is in the answer.') })
export const ifNoneMatch = z.object({
  'if-none-match': z.string().optional().describe('The `ETag` of an earlier answer.'),
})
export const unchanged = {
  304: { description: 'Nothing has changed since the answer with that `ETag`.', headers: etagHeaders },
}

export function jsonWithEtag<Body extends object>(c: Context, body: Body) {
  const text = JSON.stringify(body)
  const etag = etagOf(text)
  const headers = { etag, 'cache-control': 'private, no-cache' }
  if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers)
  return c.body(text, 200, { ...headers, 'content-type': 'application/json' })
}

/** A strong tag of the bytes: whatever is in the answer, a change of it changes the tag. */
export function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`
}

/** RFC 9110, section 13.1.2: weak comparison, `*` for anything there is. */
function matches(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag)
}
