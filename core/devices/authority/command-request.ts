// What may be asked of `npm run authority`.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { certified } from './folder.ts'

export const usage = `Usage:
  npm run authority -- init --host HOST [--host HOST …] [--dir DIR]
      makes the keys and certificates of the authority and of the broker at these hosts, as far as they are missing
  npm run authority -- intermediate devices|servers|commands [--anew] [--dir DIR]
      the ceremony, where the root's key is: certifies the authority for modules' or for the broker's certificates, or
      the key that signs commands; --anew makes a new key for it
  npm run authority -- server --host HOST [--host HOST …] [--dir DIR]
      makes the broker's certificate anew when it lacks a host or ends within 30 days; needs no key of the root
  npm run authority -- status [--dir DIR]
      what is in the folder, and until when it holds
  npm run authority -- enrol --bike UUID [--request FILE] [--device UUID] [--days N] [--verifies-commands] [--dir DIR]
      certifies a new module of a bike and prints its certificate; the device id is new, unless given; firmware that
      obeys only signed commands is enrolled with --verifies-commands
  npm run authority -- enrol --bike UUID --replaces UUID --reason TEXT …
      … and revokes the module whose place it takes
  npm run authority -- enrol --bike UUID --second --reason TEXT …
      proposes a second module of a bike, and prints the proposal's id; another member of staff approves or rejects it
  npm run authority -- enrol-approved PROPOSAL [--dir DIR]
      certifies the second module that was approved, and prints its certificate
  npm run authority -- renew --device UUID [--request FILE] [--days N] [--dir DIR]
      prints a further certificate, for a new key, of a module in service
  npm run authority -- revoke --device UUID --reason TEXT
      shuts a module out, for good
  npm run authority -- revoke-certificate SERIAL --reason TEXT
      shuts out whoever shows this certificate, for good; the module goes on with its others
  npm run authority -- backdate UUID --to TIME --reason TEXT
      believes a module's samples from an earlier time on than its enrolment; those that wait are decided about anew
  npm run authority -- expiring --within DAYS [--json]
      modules in service whose last certificate ends within these days or has ended

A request is PKCS#10 in PEM, read from stdin without FILE. A certificate holds for 30 days unless stated, and is printed
with its chain. DIR is DEVICE_AUTHORITY_DIR unless given. Passphrases of keys are read from the files that
DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE, DEVICE_AUTHORITY_PASSPHRASE_FILE and COMMAND_SIGNING_PASSPHRASE_FILE name.`

const id = z.uuid().toLowerCase()
const reason = z.string().trim().min(1).max(200)
const days = z.coerce.number().int().min(1).max(397)
const dir = z.string().min(1).optional()
const signing = { request: z.string().optional(), days: days.default(30), dir }
const host = z.string().regex(/^[a-zA-Z0-9.:-]+$/)
export const form = {
  options: {
    host: { type: 'string', multiple: true },
    dir: { type: 'string' },
    bike: { type: 'string' },
    device: { type: 'string' },
    request: { type: 'string' },
    days: { type: 'string' },
    reason: { type: 'string' },
    within: { type: 'string' },
    json: { type: 'boolean' },
    anew: { type: 'boolean' },
    to: { type: 'string' },
    second: { type: 'boolean' },
    'verifies-commands': { type: 'boolean' },
    replaces: { type: 'string' },
  },
  positionals: ['verb', 'subject'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('init'), host: z.tuple([host], host), dir }),
    z.strictObject({
      verb: z.literal('intermediate'),
      subject: z.enum(certified),
      anew: z.boolean().default(false),
      dir,
    }),
    z.strictObject({ verb: z.literal('server'), host: z.tuple([host], host), dir }),
    z.strictObject({ verb: z.literal('status'), dir }),
    z
      .strictObject({
        ...{ verb: z.literal('enrol'), bike: id, device: id.default(randomUUID), ...signing },
        'verifies-commands': z.boolean().default(false),
        ...{ second: z.boolean().default(false), replaces: id.optional(), reason: reason.optional() },
      })
      .refine(({ second, replaces }) => !(second && replaces), {
        ...{ path: ['replaces'], message: 'a second module replaces none' },
      })
      .refine(
        ({ second, replaces, reason: why }) => (second || replaces !== undefined) === (why !== undefined),
        {
          ...{ path: ['reason'], message: 'is needed with --second or --replaces, and only then' },
        },
      ),
    z.strictObject({ verb: z.literal('enrol-approved'), subject: id, dir }),
    z.strictObject({ verb: z.literal('renew'), device: id, ...signing }),
    z.strictObject({ verb: z.literal('revoke'), device: id, reason }),
    z.strictObject({
      verb: z.literal('revoke-certificate'),
      subject: z
        .string()
        .regex(/^[0-9a-fA-F]{2,40}$/, 'no serial number in hexadecimal')
        .toLowerCase(),
      reason,
    }),
    z.strictObject({
      verb: z.literal('backdate'),
      subject: id,
      to: z.iso.datetime({ offset: true }).or(z.iso.date()).pipe(z.coerce.date()),
      reason,
    }),
    z.strictObject({
      verb: z.literal('expiring'),
      within: z.coerce.number().int().min(0).max(3_650),
      json: z.boolean().default(false),
    }),
  ]),
} as const
export type Request = z.output<typeof form.request>

export type Asked<Verb extends Request['verb']> = Extract<Request, { verb: Verb }>
