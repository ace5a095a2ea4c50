// Commands to bikes: requested once, then read or followed until their end.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { parseCommandRequest } from '../../devices/commands/request.ts'
import type { ApiStores, Caller, Variables } from '../port.ts'
import { isProblem, type Problem, problemResponse } from '../problem.ts'
import { parseId, parseIdempotencyKey, parseLastEventId, parseListLimit } from '../request.ts'
import { accessTo } from './access.ts'
import { commandAnswer } from './answers.ts'
import { followCommand } from './command-events.ts'
import { createStreamSlots } from './stream-slots.ts'

export interface CommandRoutesDeps {
  readonly stores: ApiStores
  /** Ends the open streams. */
  readonly stopping: AbortSignal
}

const noCommand: Problem = { reason: 'not_found', detail: 'the bike has no such command' }
const noModule: Problem = { reason: 'module_missing', detail: 'the bike has no module that could obey' }
const keyReused: Problem = {
  reason: 'idempotency_key_reused',
  detail: 'another command to this bike was requested with this Idempotency-Key',
}
const tooMany: Problem = { reason: 'too_many_commands', detail: 'wait for earlier commands to end' }
const tooManyStreams: Problem = { reason: 'too_many_streams', detail: 'close other streams, or try again' }
const bodyTooLarge: Problem = { reason: 'body_too_large', detail: 'a command takes at most 4,096 bytes' }

export function commandRoutes({ stores, stopping }: CommandRoutesDeps): Hono<{ Variables: Variables }> {
  const routes = new Hono<{ Variables: Variables }>()
  const slots = createStreamSlots({ total: 1_000, perCaller: 10 })
  const maxBytes = bodyLimit({ maxSize: 4_096, onError: () => problemResponse(bodyTooLarge) })

  routes.post('/:id/commands', maxBytes, async (c) => {
    const bike = await bikeOf(c, stores)
    if (isProblem(bike)) return problemResponse(bike)
    const idempotencyKey = parseIdempotencyKey(c.req.header('idempotency-key'))
    if (isProblem(idempotencyKey)) return problemResponse(idempotencyKey)
    const parsed = parseCommandRequest(await c.req.json().catch(() => undefined))
    if (!parsed.ok) return problemResponse({ reason: 'request_invalid', detail: parsed.fault })
    if (!(await stores.hasModule(bike.id))) return problemResponse(noModule)
    const result = await stores.commands.request({
      bikeId: bike.id,
      requestedBy: requesterOf(c.var.caller),
      idempotencyKey: idempotencyKey.key,
      action: parsed.action,
      ttlS: parsed.ttlS,
    })
    if (result.outcome === 'key_reused') return problemResponse(keyReused)
    if (result.outcome === 'too_many') return problemResponse(tooMany)
    c.header('location', `/v1/bikes/${bike.id}/commands/${result.command.commandId}`)
    return c.json(commandAnswer(result.command), result.outcome === 'queued' ? 202 : 200)
  })

  routes.get('/:id/commands', async (c) => {
    const bike = await bikeOf(c, stores)
    if (isProblem(bike)) return problemResponse(bike)
    const limit = parseListLimit(c.req.query())
    if (isProblem(limit)) return problemResponse(limit)
    const commands = await stores.commands.list(bike.id, limit.limit)
    return c.json({
      commands: commands.filter(({ createdAtMs }) => bike.sees(createdAtMs)).map(commandAnswer),
    })
  })

  routes.get('/:id/commands/:commandId', async (c) => {
    const command = await commandOf(c, stores)
    return isProblem(command) ? problemResponse(command) : c.json(commandAnswer(command))
  })

  routes.get('/:id/commands/:commandId/events', async (c) => {
    const command = await commandOf(c, stores)
    if (isProblem(command)) return problemResponse(command)
    const seen = parseLastEventId(c.req.header('last-event-id'))
    const leave = slots.enter(c.var.caller.riderId)
    if (leave === undefined) return problemResponse(tooManyStreams)
    return followCommand(c, { command, seen, stores, stopping, leave })
  })

  return routes
}

function requesterOf({ isService, riderId }: Caller): string {
  return `${isService ? 'service' : 'rider'}:${riderId}`
}

async function bikeOf(c: Context<{ Variables: Variables }>, stores: ApiStores) {
  const bike = parseId(c.req.param('id') ?? '')
  if (isProblem(bike)) return bike
  const access = await accessTo(bike.id, c.var.caller, stores)
  return isProblem(access) ? access : { ...bike, ...access }
}

async function commandOf(c: Context<{ Variables: Variables }>, stores: ApiStores) {
  const asked = parseId(c.req.param('commandId') ?? '')
  if (isProblem(asked)) return asked
  const bike = await bikeOf(c, stores)
  if (isProblem(bike)) return bike
  const command = await stores.commands.find(bike.id, asked.id)
  return command !== undefined && bike.sees(command.createdAtMs) ? command : noCommand
}
