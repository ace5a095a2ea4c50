// Lets a request pass that has the role which its route's definition asks for, and logs each read of personal data by staff
// before its answer leaves.
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import type { AccessLog } from '../staff/access-log/port.ts'
import type { ApiEnv } from './port.ts'
import { problemResponse } from './problem.ts'
import { type Right, rightOf } from './roles.ts'

const reasonHeader = 'access-reason'
/** A header takes no other characters in every client and proxy; others are percent-encoded. */
const reasonForm = /^(?=.*[^ ].*[^ ].*[^ ])[\x20-\x7e]{3,500}$/

interface GuardDeps {
  readonly api: OpenAPIHono<ApiEnv>
  readonly accesses: Pick<AccessLog, 'record'>
}

export function createGuard({ api, accesses }: GuardDeps) {
  let rights: ReadonlyMap<string, Right> | undefined

  return createMiddleware<ApiEnv>(async (c, next) => {
    rights ??= rightsByRoute(api)
    const route = matchedRoutes(c).findLast(({ method }) => method !== 'ALL')
    const right = route && rights.get(`${route.method} ${route.path}`)
    if (right?.required !== undefined && !c.var.caller.roles.has(right.required)) {
      return problemResponse(roleMissing(right.required))
    }
    if (right?.role === undefined || !right.isPersonal || !c.var.caller.roles.has(right.role)) return next()
    const reason = c.req.header(reasonHeader)?.trim() ?? ''
    if (c.req.method !== 'POST' && !reasonForm.test(reason)) {
      if (right.required !== undefined) return problemResponse(reasonMissing)
      return asRider(c, next)
    }
    await next()
    if (!c.res.ok && c.res.status !== 304) return
    await record(c, { operation: right.operation, reason }).catch(async (error: unknown) => {
      // Nobody will read this answer: what it holds is freed.
      await c.res.body?.cancel()
      throw error
    })
  })

  /** A rejection, and so 503, where nothing was logged: then nothing is shown. */
  async function record(c: Context<ApiEnv>, { operation, reason }: { operation: string; reason: string }) {
    const { caller, shown } = c.var
    if (shown === undefined) throw new Error(`${operation} does not tell whose data it shows`)
    const { reason: given = reason, ...whose } = shown
    await accesses.record({ who: `staff:${caller.subject}`, operation, reason: given, ...whose })
  }
}

/** Of his own bikes, a member of staff is a rider like others, and owes nobody a reason. */
async function asRider(c: Context<ApiEnv>, next: () => Promise<void>): Promise<void> {
  c.set('caller', { ...c.var.caller, roles: new Set() })
  await next()
  if (c.res.status !== 404) return
  c.res = undefined
  c.res = problemResponse(reasonMissing)
}

/** `{'GET /v1/fleet/bikes/:id' → {operation: 'readBike', role: 'read', required: 'read', isPersonal: true}}` */
function rightsByRoute(api: OpenAPIHono<ApiEnv>): Map<string, Right> {
  const routes = api.openAPIRegistry.definitions.flatMap((each) =>
    each.type === 'route' ? [each.route] : [],
  )
  return new Map(
    routes.map((route) => [
      `${route.method.toUpperCase()} ${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      rightOf(route),
    ]),
  )
}

const roleMissing = (role: string) =>
  ({
    reason: 'role_missing',
    detail: `your token does not have the role \`${role}\` in its claim \`roles\`, an array such as ["${role}"]; a claim \`role\`, a text instead of an array and other words are not looked at`,
  }) as const

const reasonMissing = {
  reason: 'reason_missing',
  detail:
    'say in the header `Access-Reason` why you look at a rider’s data (3 to 500 printable ASCII characters, others percent-encoded): the rider can ask for it',
} as const

interface Described {
  readonly paths?: object
}

/** Says in the contract which operations take the header. */
export function describeReasons<Contract extends Described>(contract: Contract): Contract {
  const operations = Object.values(contract.paths ?? {}).flatMap((methods) =>
    Object.entries(methods as object),
  )
  for (const [method, operation] of operations) {
    if (operation['x-personal-data'] !== true || method !== 'get') continue
    operation.parameters = [...(operation.parameters ?? []), reasonParameter]
  }
  return contract
}

const reasonParameter = {
  ...{ name: 'Access-Reason', in: 'header', required: false },
  description: 'Required of staff: why. It is logged, and the rider can ask for it. Owners need none.',
  schema: { type: 'string', minLength: 3, maxLength: 500 },
}
