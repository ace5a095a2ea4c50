// Reads registrations from untrusted text: the arguments of the command or lines of JSON.
import { z } from 'zod'
import type { BikeRegistration } from './port.ts'

const date = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((text) => new Date(text))

const registration = z
  .strictObject({
    bikeId: z.uuid().toLowerCase(),
    riderId: z.string().min(1).max(256),
    producedAt: date,
    ownedFrom: date.optional(),
  })
  .refine(({ producedAt, ownedFrom }) => ownedFrom === undefined || ownedFrom >= producedAt, {
    path: ['ownedFrom'],
    error: 'nobody owns a bike before it is produced',
  })

export type ParsedRegistration =
  | { readonly ok: true; readonly bike: BikeRegistration }
  | { readonly ok: false; readonly fault: string }

/** Checks `{bikeId, riderId, producedAt, ownedFrom?}`; dates are ISO 8601. */
export function parseRegistration(value: unknown): ParsedRegistration {
  const result = registration.safeParse(value)
  if (result.success) return { ok: true, bike: result.data }
  return { ok: false, fault: result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ') }
}

/** Checks one line of JSON. */
export function parseRegistrationLine(line: string): ParsedRegistration {
  try {
    return parseRegistration(JSON.parse(line))
  } catch {
    return { ok: false, fault: 'no JSON' }
  }
}
