// Reads the arguments of `npm run fleet`.
import { z } from 'zod'
import { readRequest } from '../../runtime/command-line/read-request.ts'
import { lookFields } from '../../staff/access-log/look.ts'
import { type StatementReason, statementReasons } from '../judging/findings.ts'
import { readSubject } from '../statements/subjects.ts'
import { mostStatements } from './decide-all.ts'

const reason = z.enum(Object.keys(statementReasons) as [StatementReason, ...StatementReason[]])
const page = {
  limit: z.coerce.number().int().positive().max(1_000).default(50),
  cursor: z.string().optional(),
}
const decision = {
  id: z.uuid().toLowerCase(),
  author: z.string().min(1).max(256),
  reason: z.string().min(1).max(4_096),
  /** Number of the last judgement that the author saw. */
  seen: z.coerce.number().int().positive(),
  decision: z.uuid().toLowerCase().optional(),
}
const many = {
  of: reason,
  source: z.string().min(1),
  statements: z.coerce.number().int().positive().max(mostStatements),
  ...{ author: decision.author, reason: decision.reason },
}
const patch = z.string().transform((text, context) => {
  try {
    return z.json().parse(JSON.parse(text))
  } catch {
    context.addIssue({ code: 'custom', message: 'no JSON' })
    return z.NEVER
  }
})
const text = { type: 'string' } as const
const form = {
  options: {
    ...{ limit: text, cursor: text, reason: text, source: text, subject: text, state: text, author: text },
    ...{ decision: text, seen: text, patch: text, into: text, bike: text, of: text, statements: text },
    name: text,
    json: { type: 'boolean' },
    history: { type: 'boolean' },
  },
  positionals: ['verb', 'id'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('find'), id: z.string().min(1), ...page }),
    z.strictObject({
      verb: z.literal('show'),
      id: z.uuid().toLowerCase(),
      history: z.boolean().default(false),
      ...lookFields,
    }),
    z.strictObject({
      verb: z.literal('review list'),
      reason: reason.optional(),
      source: z.string().optional(),
      subject: z.string().overwrite(readSubject).optional(),
      state: z.enum(['held', 'refused']).default('held'),
      json: z.boolean().default(false),
      ...page,
    }),
    z.strictObject({
      ...{ verb: z.literal('review show'), id: decision.id, json: z.boolean().default(false), ...lookFields },
    }),
    z.strictObject({ verb: z.literal('review accept'), ...decision }),
    z.strictObject({ verb: z.literal('review correct'), ...decision, patch }),
    z.strictObject({ verb: z.literal('review merge'), ...decision, into: z.uuid().toLowerCase() }),
    z.strictObject({ verb: z.literal('review reject'), ...decision }),
    z.strictObject({ verb: z.literal('review accept-all'), ...many }),
    z.strictObject({ verb: z.literal('review reject-all'), ...many }),
    z.strictObject({ verb: z.literal('retract'), id: decision.id, reason: decision.reason }),
    z.strictObject({ verb: z.literal('republish'), bike: z.uuid().toLowerCase().optional() }),
  ]),
} as const
export type Request = z.output<typeof form.request>
export type Asked<Verb extends Request['verb']> = Extract<Request, { verb: Verb }>

/** `review list` is one verb. Throws one Error that lists every fault. */
export function readFleetRequest([first = '', second = '', ...rest]: string[]): Request {
  const args = first === 'review' ? [`${first} ${second}`, ...rest] : [first, second, ...rest]
  return readRequest(
    form,
    args.filter((arg) => arg !== ''),
  )
}
