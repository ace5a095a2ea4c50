// Ids, times, texts, pages and keys, of which requests and answers of several routes are made.
import { z } from 'zod'

export const uuid = z.uuid({ error: 'no UUID' }).toLowerCase()
export const idParams = z.object({ id: uuid })

export const time = z.iso.datetime()
/** A time of a request, in Unix milliseconds. */
export const moment = z.iso.datetime({ offset: true }).transform((at) => Date.parse(at))
/** Times of answers: `0` → `1970-01-01T00:00:00.000Z`. */
export const iso = (ms: number): string => new Date(ms).toISOString()
/** Null where there is no such time: it is not known, or without end. */
export const isoOrNull = (ms: number | null | undefined): string | null =>
  typeof ms === 'number' && Number.isFinite(ms) ? iso(ms) : null
export const count = z.int().min(0)
export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly()
export const anyObject = z.custom<unknown>().meta({ type: 'object' })

export const json = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { 'application/json': { schema } },
})

/** A text with so many characters at least that are no space, read without the spaces around it. No database takes a NUL. */
export const text = ({ visible = 1, max }: { visible?: number; max: number }) =>
  z
    .string()
    .regex(
      new RegExp(`^([^\\x00]*[^\\s\\x00]){${visible}}[^\\x00]*$`),
      `takes at least ${visible} visible characters, and no NUL`,
    )
    .trim()
    .min(visible)
    .max(max)

const maxListed = 200
export const defaultListed = 50

export const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(maxListed)
  .default(defaultListed)
  .describe('How many a page.')
export const cursor = z
  .string()
  .min(1)
  .max(1_024)
  .optional()
  .describe('`next` of the page before, with the same other parameters.')
export const page = { limit, cursor }

export const idempotencyKey = z
  .string({ error: 'the header is required' })
  .regex(/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/, 'the header takes 1 to 255 printable characters')
  .describe('The same key with the same request is the same request.')
