// Requests for commands, from untrusted JSON: `{kind, …parameters, ttlS?}`.
import { z } from 'zod'

/** Not longer than a broker keeps a sleeping bike's session. */
const maxTtlS = 86_400
const defaultTtlS = 300

const ttlS = z.int().min(1).max(maxTtlS).default(defaultTtlS)

export const commandRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('lock'), ttlS }),
  z.strictObject({ kind: z.literal('unlock'), ttlS }),
  z.strictObject({ kind: z.literal('light'), on: z.boolean(), ttlS }),
  z.strictObject({ kind: z.literal('locate'), durationS: z.int().min(1).max(300).default(10), ttlS }),
  z.strictObject({ kind: z.literal('assist_limit'), level: z.int().min(0).max(20), ttlS }),
  z.strictObject({ kind: z.literal('report_state'), ttlS }),
])
