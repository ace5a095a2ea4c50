// Reads requests for commands from untrusted JSON: `{kind, …parameters, ttlS?}`; every fault is named.
import { z } from 'zod'
import type { CommandAction } from './action.ts'

/** Not longer than a broker keeps a sleeping bike's session. */
export const maxTtlS = 86_400
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

export type ParsedCommand =
  | { readonly ok: true; readonly action: CommandAction; readonly ttlS: number }
  | { readonly ok: false; readonly fault: string }

export function parseCommandRequest(body: unknown): ParsedCommand {
  const result = commandRequest.safeParse(body)
  if (result.success) {
    const { ttlS, ...action } = result.data
    return { ok: true, action, ttlS }
  }
  const faults = result.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  )
  return { ok: false, fault: faults.join('; ') }
}
