// How commands of the operator's console ask why he looks at data of riders.
import { z } from 'zod'

const text = { type: 'string' } as const

/** Options of commands that show data of riders: `--reason WHY [--name WHO]`. */
export const lookOptions = { reason: text, name: text }
/** The same in the request of a verb: without a reason it is refused. */
export const lookFields = {
  reason: z.string().trim().min(3).max(2_000),
  name: z.string().trim().min(1).max(100).optional(),
}
