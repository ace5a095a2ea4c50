// Reads what callers ask for: ids, times, limits, keys; every fault is named.
import { z } from 'zod'
import { kinds, limits } from '../../proto/index.ts'
import { maxPageSamples, type SampleQuery } from '../engines/elasticsearch/port.ts'
import type { Problem } from './problem.ts'

export const defaultLimit = 500

const id = z.uuid({ error: 'no UUID' }).toLowerCase()

const timeMs = z
  .union([z.iso.date(), z.iso.datetime({ offset: true }), z.string().regex(/^\d{1,15}$/)], {
    error: 'neither ISO 8601 with a zone nor Unix milliseconds',
  })
  .transform((text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text)))
  .pipe(z.number().min(0).max(limits.timeMs))

const telemetryRequest = z
  .strictObject({
    from: timeMs.default(0),
    to: timeMs.default(limits.timeMs),
    kind: z.enum(kinds).optional(),
    limit: z.coerce.number().int().min(1).max(maxPageSamples).default(defaultLimit),
    cursor: z.string().min(1).max(1_024).optional(),
  })
  .refine(({ from, to }) => from < to, { path: ['from'], error: 'not before `to`' })

export function parseId(text: string): { id: string } | Problem {
  const result = id.safeParse(text)
  return result.success ? { id: result.data } : invalid(result.error)
}

export type TelemetryRequest = Omit<SampleQuery, 'bikeId' | 'windows'>

export function parseTelemetryRequest(query: Record<string, string>): TelemetryRequest | Problem {
  const result = telemetryRequest.safeParse(query)
  if (!result.success) return invalid(result.error)
  const { from, to, kind, limit, cursor } = result.data
  return {
    fromMs: from,
    toMs: to,
    limit,
    ...(kind !== undefined && { kind }),
    ...(cursor !== undefined && { cursor }),
  }
}

const idempotencyKey = z
  .string({ error: 'the header is required' })
  .regex(/^[\x20-\x7e]{1,255}$/, 'the header takes 1 to 255 printable characters')

export function parseIdempotencyKey(header: string | undefined): { key: string } | Problem {
  const result = z.object({ 'idempotency-key': idempotencyKey }).safeParse({ 'idempotency-key': header })
  return result.success ? { key: result.data['idempotency-key'] } : invalid(result.error)
}

const strongEtag = z
  .string({ error: 'the header is required' })
  .regex(/^"[^"]*"$/, 'the header takes the `ETag` of the answer that you saw')

export function parseIfMatch(header: string | undefined): { etag: string } | Problem {
  const result = z.object({ 'if-match': strongEtag }).safeParse({ 'if-match': header })
  return result.success ? { etag: result.data['if-match'] } : invalid(result.error)
}

export const maxListedCommands = 200
export const defaultListed = 50

const listRequest = z.strictObject({
  limit: z.coerce.number().int().min(1).max(maxListedCommands).default(defaultListed),
})

export function parseListLimit(query: Record<string, string>): { limit: number } | Problem {
  const result = listRequest.safeParse(query)
  return result.success ? result.data : invalid(result.error)
}

/** The number of the last event that the reader has; what is none counts as none seen. */
export function parseLastEventId(header: string | undefined): number {
  return /^\d{1,9}$/.test(header ?? '') ? Number(header) : 0
}

export function invalid(error: z.ZodError): Problem {
  const faults = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  return { reason: 'request_invalid', detail: faults.join('; ') }
}
