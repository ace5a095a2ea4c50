// Commands to bikes: requested once, then read or followed until their end.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { commandRequest } from '../../devices/commands/request.ts'
import type { ApiStores, Caller } from '../port.ts'
import { isProblem, type Problem, problemResponse, refusals } from '../problem.ts'
import { idempotencyKey, idParams, json, limit, list, uuid } from '../request.ts'
import { forOwnerOr } from '../roles.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { createSlots } from '../slots.ts'
import { type Access, accessTo, noBike } from './access.ts'
import { command, commandAnswer, contested } from './command-answers.ts'
import { followCommand } from './command-events.ts'
import { lastEventId, tooManyStreams } from './event-stream.ts'

const commandParams = idParams.extend({ commandId: uuid })

/** From an answer that shows a command to what can be asked about it. */
const linksAt = (pointer: string) => {
  const parameters = { id: '$request.path.id', commandId: `$response.body#${pointer}/commandId` }
  return {
    readCommand: { operationId: 'readCommand', parameters },
    followCommand: { operationId: 'followCommand', parameters },
  }
}

const requestCommand = createRoute({
  method: 'post',
  path: '/v1/bikes/{id}/commands',
  operationId: 'requestCommand',
  ...forOwnerOr('command', { noPerson: 'the caller’s own command, which the owner sees' }),
  summary: 'Tell a bike to do something; for its present owner and for staff with the role `command`',
  description:
    'Commands of a bike reach it in order. A sleeping bike gets them when it comes back, unless their time to live (`ttlS`) has passed or the bike has changed its owner.',
  middleware: jsonBody(4_096, 'a command'),
  request: {
    params: idParams,
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: { required: true, ...json(commandRequest) },
  },
  responses: {
    202: {
      description: 'Queued.',
      headers: z.object({ Location: z.string().describe('Where it can be read.') }),
      links: linksAt(''),
      ...json(command),
    },
    200: {
      description: 'The same request came before; this is its command.',
      links: linksAt(''),
      ...json(command),
    },
    ...refusals(
      'not_found',
      'body_too_large',
      'body_timeout',
      'module_missing',
      'contested',
      'idempotency_key_reused',
      'too_many_commands',
    ),
  },
})

export const commandsQuery = z.strictObject({ limit })

const listCommands = createRoute({
  method: 'get',
  path: '/v1/bikes/{id}/commands',
  operationId: 'listCommands',
  ...forOwnerOr('read', { personal: true }),
  summary: 'The newest commands to a bike, newest first',
  request: { params: idParams, query: commandsQuery },
  responses: {
    200: {
      description: 'An owner sees those of the time as owner.',
      links: linksAt('/commands/0'),
      ...json(z.object({ commands: list(command) })),
    },
    ...refusals('not_found'),
  },
})

const readCommand = createRoute({
  method: 'get',
  path: '/v1/bikes/{id}/commands/{commandId}',
  operationId: 'readCommand',
  ...forOwnerOr('read', { personal: true }),
  summary: 'A command and its history',
  request: { params: commandParams },
  responses: { 200: { description: 'As it stands.', ...json(command) }, ...refusals('not_found') },
})

const commandEvent = z.object({
  event: z.literal('state'),
  id: z.string().describe('Counts from 1.'),
  data: z.string().describe('JSON: `{commandId, state, at, detail?, final}`.'),
})

const followEvents = createRoute({
  method: 'get',
  path: '/v1/bikes/{id}/commands/{commandId}/events',
  operationId: 'followCommand',
  ...forOwnerOr('read', { personal: true }),
  summary: 'The history of a command as it happens, until its end',
  description:
    'Server-sent events. A stream ends after five minutes at the latest; come back with `Last-Event-ID`.',
  request: {
    params: commandParams,
    headers: lastEventId,
  },
  responses: {
    200: {
      description:
        'All entries of the history after `Last-Event-ID`, then each new one; an event is of this form.',
      content: { 'text/event-stream': { schema: commandEvent } },
    },
    204: { description: 'The command has ended, and the reader has seen it.' },
    ...refusals('not_found', 'too_many_streams'),
  },
})

const noCommand: Problem<'not_found'> = { reason: 'not_found', detail: 'the bike has no such command' }
const noModule: Problem<'module_missing'> = {
  reason: 'module_missing',
  detail: 'the bike has no module that could obey',
}
const keyReused: Problem<'idempotency_key_reused'> = {
  reason: 'idempotency_key_reused',
  detail: 'another command to this bike was requested with this Idempotency-Key',
}
const tooMany = {
  own: { reason: 'too_many_commands', detail: 'wait for your earlier commands to the bike to end' },
  staff_together: {
    reason: 'too_many_commands',
    detail: 'all of staff together have too many unfinished commands to the bike',
  },
} as const satisfies Record<string, Problem<'too_many_commands'>>
export interface CommandRoutesDeps {
  readonly stores: ApiStores
  /** Ends the open streams. */
  readonly stopping: AbortSignal
}

export function commandRoutes({ stores, stopping }: CommandRoutesDeps) {
  const routes = createRoutes()
  const slots = createSlots({ total: 1_000, perCaller: 10 })

  routes.openapi(requestCommand, async (c) => {
    const { id } = c.req.valid('param')
    const access = await accessTo(id, { caller: c.var.caller, role: 'command', stores })
    if (isProblem(access)) return problemResponse(access)
    if (!(await stores.hasModule(id))) return problemResponse(noModule)
    const { ttlS, ...action } = c.req.valid('json')
    const result = await stores.commands.request({
      bikeId: id,
      requestedBy: requesterOf(c.var.caller, access),
      idempotencyKey: c.req.valid('header')['idempotency-key'],
      action,
      ttlS,
    })
    switch (result.outcome) {
      case 'not_owner':
        return problemResponse(noBike)
      case 'contested':
        return problemResponse(contested)
      case 'key_reused':
        return problemResponse(keyReused)
      case 'too_many':
        return problemResponse(tooMany[result.limit])
    }
    c.header('location', `/v1/bikes/${id}/commands/${result.command.commandId}`)
    return c.json(commandAnswer(result.command), result.outcome === 'queued' ? 202 : 200)
  })

  routes.openapi(listCommands, async (c) => {
    const { id } = c.req.valid('param')
    const access = await accessTo(id, { caller: c.var.caller, role: 'read', stores })
    if (isProblem(access)) return problemResponse(access)
    const commands = await stores.commands.list(id, c.req.valid('query').limit)
    const seen = commands.filter(({ createdAtMs }) => access.sees(createdAtMs))
    const fromMs = Math.min(Date.now(), ...seen.map(({ createdAtMs }) => createdAtMs))
    c.set('shown', { bikes: [{ bikeId: id, fromMs }] })
    return c.json({ commands: seen.map(commandAnswer) }, 200)
  })

  routes.openapi(readCommand, async (c) => {
    const found = await commandOf(c.req.valid('param'), c.var.caller, stores)
    if (isProblem(found)) return problemResponse(found)
    c.set('shown', { bikes: [{ bikeId: found.bikeId, fromMs: found.createdAtMs }] })
    return c.json(commandAnswer(found), 200)
  })

  routes.openapi(followEvents, async (c) => {
    const found = await commandOf(c.req.valid('param'), c.var.caller, stores)
    if (isProblem(found)) return problemResponse(found)
    c.set('shown', { bikes: [{ bikeId: found.bikeId, fromMs: found.createdAtMs }] })
    const leave = slots.enter(c.var.caller.subject)
    if (leave === undefined) return problemResponse(tooManyStreams)
    const last = c.req.valid('header')['last-event-id'] ?? ''
    const seen = /^\d{1,9}$/.test(last) ? Number(last) : 0
    return followCommand(c, { command: found, seen, stores, stopping, leave })
  })

  return routes
}

function requesterOf({ subject }: Caller, { asStaff }: Access): string {
  return `${asStaff ? 'service' : 'rider'}:${subject}`
}

async function commandOf(
  { id, commandId }: z.infer<typeof commandParams>,
  caller: Caller,
  stores: ApiStores,
) {
  const access = await accessTo(id, { caller, role: 'read', stores })
  if (isProblem(access)) return access
  const found = await stores.commands.find(id, commandId)
  return found !== undefined && access.sees(found.createdAtMs) ? found : noCommand
}
