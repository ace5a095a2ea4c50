// The contract of commands to bikes.
import { z } from 'zod'
import { commandKinds } from '../../devices/commands/action.ts'
import { commandStates } from '../../devices/commands/life-cycle.ts'
import { commandRequest } from '../../devices/commands/request.ts'
import { header, json, object, pathId, pathParameter, query, refusals, time, uuid } from '../openapi-parts.ts'
import { defaultListed, maxListedCommands } from '../request.ts'

const { $schema: _, ...requestSchema } = z.toJSONSchema(commandRequest, { io: 'input' })

const state = { enum: commandStates }
const command = {
  ...object({
    commandId: uuid,
    bikeId: uuid,
    kind: { enum: commandKinds },
    requestedBy: { enum: ['rider', 'service', 'platform'] },
    createdAt: time,
    expiresAt: time,
    state,
    changedAt: time,
  }),
  description: 'The parameters of its kind stand beside these, such as `on`.',
}
const historyEntry = {
  type: 'object',
  required: ['state', 'at'],
  properties: { state, at: time, detail: { type: 'string' } },
}
const commandWithHistory = {
  ...command,
  properties: { ...command.properties, history: { type: 'array', items: historyEntry } },
}

const commandPath = [pathId, pathParameter('commandId')]

export const commandPaths = {
  '/v1/bikes/{id}/commands': {
    post: {
      summary: 'Tell a bike to do something; for its present owner and for service staff',
      description:
        'Commands of a bike reach it in order. A sleeping bike gets them when it comes back, unless their time to live (`ttlS`) has passed.',
      parameters: [
        pathId,
        header('Idempotency-Key', { type: 'string', minLength: 1, maxLength: 255 }, { required: true }),
      ],
      requestBody: { required: true, ...json(requestSchema) },
      responses: {
        202: { description: 'Queued; `Location` is where it can be read.', ...json(command) },
        200: { description: 'The same request came before; this is its command.', ...json(command) },
        ...refusals,
      },
    },
    get: {
      summary: 'The newest commands to a bike, newest first',
      parameters: [
        pathId,
        query(
          'limit',
          { type: 'integer', minimum: 1, maximum: maxListedCommands, default: defaultListed },
          'How many.',
        ),
      ],
      responses: {
        200: {
          description: 'An owner sees those of the time as owner.',
          ...json(object({ commands: { type: 'array', items: command } })),
        },
        ...refusals,
      },
    },
  },
  '/v1/bikes/{id}/commands/{commandId}': {
    get: {
      summary: 'A command and its history',
      parameters: commandPath,
      responses: { 200: { description: 'As it stands.', ...json(commandWithHistory) }, ...refusals },
    },
  },
  '/v1/bikes/{id}/commands/{commandId}/events': {
    get: {
      summary: 'The history of a command as it happens, until its end',
      description:
        'Server-sent events `state`: `data` is `{commandId, state, at, detail?, final}`, `id` counts from 1. A stream ends after five minutes at the latest; come back with `Last-Event-ID`.',
      parameters: [...commandPath, header('Last-Event-ID', { type: 'integer', minimum: 0 }, {})],
      responses: {
        200: {
          description: 'All entries of the history after `Last-Event-ID`, then each new one.',
          content: { 'text/event-stream': { schema: { type: 'string' } } },
        },
        204: { description: 'The command has ended, and the reader has seen it.' },
        ...refusals,
      },
    },
  },
}
