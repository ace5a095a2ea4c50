// The contract of master data for service staff: search, bikes, components.
import { statementStates } from '../../fleet/judging/port.ts'
import {
  etag,
  ifNoneMatch,
  json,
  list,
  nullable,
  object,
  paging,
  pathId,
  query,
  refusals,
  text,
  time,
  unchanged,
  uuid,
} from '../openapi-parts.ts'
import { shortestSearch } from './fleet-request.ts'

const count = { type: 'integer', minimum: 0 }
const anything = {}

const component = {
  componentId: uuid,
  type: text,
  serialNumber: text,
  hardwareRevision: text,
  firmwareRevision: text,
  batch: text,
  plant: text,
  producedAt: time,
}
const openFinding = object({
  findingId: uuid,
  reason: text,
  subject: text,
  detail: text,
  evidence: anything,
  openedAt: time,
})
const match = {
  oneOf: [
    object({ kind: { const: 'bike' }, bikeId: uuid, frameNumber: nullable(text), modelId: nullable(text) }),
    object({
      ...{ kind: { const: 'component' }, componentId: uuid, type: text, serialNumber: text },
      ...{ alias: nullable(text), bikeId: nullable(uuid) },
    }),
  ],
}
const bike = object({
  bikeId: uuid,
  version: count,
  frameNumber: nullable(text),
  model: nullable(object({ modelId: text, name: text })),
  plant: nullable(text),
  oem: nullable(text),
  producedAt: time,
  deliveredAt: nullable(time),
  registeredAt: time,
  owned: { type: 'boolean' },
  parts: list(object({ ...component, slot: text, installedAt: time })),
  reportedParts: list(object({ slot: text, serialNumber: text, toldAt: time })),
  findings: list(openFinding),
  latest: { type: 'object', description: '`presence` and `groups`, as at `/v1/bikes/{id}/latest`.' },
})
const historyItem = {
  oneOf: [
    object({
      ...{ kind: { const: 'statement' }, at: time, eventId: uuid, source: text, says: text },
      ...{ state: { enum: statementStates }, occurredAt: nullable(time), statement: { type: 'object' } },
    }),
    object({ kind: { const: 'superseded' }, at: time, table: text, row: { type: 'object' } }),
  ],
}
const installation = object({
  ...{ bikeId: uuid, frameNumber: nullable(text), slot: text, installedAt: time, removedAt: nullable(time) },
  ...{ installedBy: uuid, removedBy: nullable(uuid) },
})
const life = object({
  ...component,
  recycledAt: nullable(time),
  aliases: list(text),
  installations: list(installation),
  serviceEvents: list(object({ eventId: uuid, kind: text, at: time, bikeId: nullable(uuid) })),
  findings: list(openFinding),
})

export const fleetPaths = {
  '/v1/fleet/search': {
    get: {
      summary:
        'Bikes and components by how a frame or serial number begins, or by id; for service staff, as all below',
      parameters: [
        query(
          'q',
          { type: 'string', minLength: shortestSearch, maxLength: 64 },
          'Case and spaces do not matter.',
        ),
        ...paging,
      ],
      responses: {
        200: {
          description: 'In the order of numbers.',
          ...json(object({ matches: list(match), next: nullable(text) })),
        },
        ...refusals,
      },
    },
  },
  '/v1/fleet/bikes/{id}': {
    get: {
      summary: 'A bike with its parts, what is doubtful about it, and its latest state',
      parameters: [pathId, ifNoneMatch],
      responses: {
        200: { description: 'As it is now.', headers: etag, ...json(bike) },
        ...unchanged,
        ...refusals,
      },
    },
  },
  '/v1/fleet/bikes/{id}/history': {
    get: {
      summary: 'What was said about a bike, and what its records said before they were changed',
      parameters: [pathId, ...paging],
      responses: {
        200: {
          description: 'Newest first. Nothing names an owner.',
          ...json(object({ items: list(historyItem), next: nullable(text) })),
        },
        ...refusals,
      },
    },
  },
  '/v1/fleet/components/{id}': {
    get: {
      summary: "A component's life through bikes",
      parameters: [pathId, ifNoneMatch],
      responses: {
        200: { description: 'Oldest first.', headers: etag, ...json(life) },
        ...unchanged,
        ...refusals,
      },
    },
  },
}
