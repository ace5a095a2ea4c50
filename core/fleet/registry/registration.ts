// Reads registrations from untrusted text: what their fields may be, and lines of JSON.
import { z } from 'zod'
import { earliestPlausibleMs } from '../statements/said.ts'
import type { BikeRegistration } from './port.ts'

const date = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: 'neither a date nor a time with a zone' })
  .transform((text) => new Date(text))

/** A list of today may be of tomorrow where the plant is. */
const aheadMs = 86_400_000
const produced = date.refine(
  (at) => at.getTime() >= earliestPlausibleMs && at.getTime() <= Date.now() + aheadMs,
  'no e-bike was produced then: between 2010 and today',
)

export const registrationFields = {
  bikeId: z.uuid().toLowerCase(),
  riderId: z.string().min(1).max(256),
  producedAt: produced,
  ownedFrom: date.optional(),
}

export const isOwnedTooEarly = (producedAt: Date | undefined, ownedFrom: Date | undefined): boolean =>
  producedAt !== undefined && ownedFrom !== undefined && ownedFrom < producedAt
export const ownedTooEarly = 'nobody owns a bike before it is produced'

const registration = z
  .strictObject(registrationFields)
  .refine(({ producedAt, ownedFrom }) => !isOwnedTooEarly(producedAt, ownedFrom), {
    path: ['ownedFrom'],
    error: ownedTooEarly,
  })

export type ParsedRegistration =
  | { readonly ok: true; readonly bike: BikeRegistration }
  | { readonly ok: false; readonly fault: string }

function parseRegistration(value: unknown): ParsedRegistration {
  const result = registration.safeParse(value)
  if (result.success) return { ok: true, bike: result.data }
  return { ok: false, fault: result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ') }
}

/** Checks one line of JSON: `{bikeId, riderId, producedAt, ownedFrom?}`; dates are ISO 8601. */
export function parseRegistrationLine(line: string): ParsedRegistration {
  try {
    return parseRegistration(JSON.parse(line))
  } catch {
    return { ok: false, fault: 'no JSON' }
  }
}
