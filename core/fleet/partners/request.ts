// The arguments of `npm run partner`. Pure.
import { z } from 'zod'
import { statementKinds } from '../statements/said.ts'
import { foldLookAlikes } from '../statements/serial-number.ts'
import { doors, partnerRoles } from './port.ts'

const partnerId = z
  .string()
  .regex(/^(plant|oem|dealer|service):[\w.-]{1,64}$/, 'is neither plant:…, oem:…, dealer:… nor service:…')
/** Whose key it is: a partner's, or the platform's own. */
const keyOwner = z.union([z.literal('platform'), partnerId])
const keyId = z.string().regex(/^[\w-]{43}$/, 'is no thumbprint of a key')
const moment = z.iso.datetime({ offset: true, error: 'is no time with a zone' }).transform(Date.parse)
/** As statements are read, which are compared with it. */
const part = z.string().overwrite(foldLookAlikes).min(1).max(128).default('*')
const kinds = z
  .string()
  .transform((list) => list.split(','))
  .pipe(z.array(z.enum(statementKinds, 'is no list of kinds of statements, separated by commas')))
const grant = { partner: partnerId, kinds, door: z.enum(doors).default('key'), brand: part, plant: part }

export const form = {
  options: {
    role: { type: 'string' },
    kinds: { type: 'string' },
    door: { type: 'string' },
    brand: { type: 'string' },
    plant: { type: 'string' },
    key: { type: 'string' },
    from: { type: 'string' },
    until: { type: 'string' },
    reason: { type: 'string' },
    json: { type: 'boolean' },
  },
  positionals: ['verb', 'partner'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('register'), partner: partnerId, role: z.enum(partnerRoles) }),
    z.strictObject({ verb: z.literal('grant'), ...grant }),
    z.strictObject({ verb: z.literal('withdraw'), ...grant }),
    z.strictObject({ verb: z.literal('new-key'), key: z.string().min(1) }),
    z.strictObject({
      ...{ verb: z.literal('add-key'), partner: keyOwner, key: z.string().min(1) },
      from: moment.optional(),
      until: moment.optional(),
    }),
    z.strictObject({ verb: z.literal('end-key'), key: keyId, until: moment.optional() }),
    z.strictObject({
      ...{ verb: z.literal('distrust-key'), key: keyId, from: moment },
      reason: z.string().trim().min(3).max(2_000),
    }),
    z.strictObject({ verb: z.literal('list'), json: z.boolean().default(false) }),
    z.strictObject({ verb: z.literal('waiting'), json: z.boolean().default(false) }),
  ]),
} as const

export type PartnerRequest = z.output<typeof form.request>
