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

const entityTag = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`

/** The form of RFC 9110, section 13.1.1: `*`, or a list of entity tags, weak ones among them. */
export const ifMatch = z
  .string({ error: 'the header is required' })
  .regex(
    new RegExp(`^[ \\t,]*(?:\\*|${entityTag}(?:[ \\t]*,[ \\t,]*${entityTag})*)[ \\t,]*$`),
    'the header takes the `ETag` of the answer that you saw, a list of such, or `*`',
  )

/** `"a, b", W/"c"` → `['"a, b"', 'W/"c"']`: a comma may stand in a tag. */
function tagsIn(header: string): string[] {
  return header.match(new RegExp(entityTag, 'g')) ?? []
}

/** For If-Match (section 13.1.1): a weak tag is never the same as another, and `*` is anything there is. */
export function isSame(header: string, etag: string): boolean {
  return header.trim() === '*' || tagsIn(header).includes(etag)
}

/** For If-None-Match (section 13.1.2): weak and strong tags of the same text are the same. */
function matches(header: string | undefined, etag: string): boolean {
  return header?.trim() === '*' || tagsIn(header ?? '').some((tag) => tag.replace(/^W\//, '') === etag)
}
