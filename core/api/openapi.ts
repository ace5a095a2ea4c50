// The contract of the API (OpenAPI 3.1), served at /openapi.json.
import { kinds, limits } from '../../proto/index.ts'
import { maxPageSamples } from '../engines/elasticsearch/port.ts'
import { stages } from '../telemetry/contracts/outcomes.ts'
import { stateGroupNames } from '../telemetry/latest/state-groups.ts'
import { json, object, pathId, query, refusals, time, uuid } from './openapi-parts.ts'
import { problems } from './problem.ts'
import { defaultLimit } from './request.ts'
import { commandPaths } from './riders/openapi-commands.ts'
import { fieldErrorPaths } from './staff/openapi-field-errors.ts'
import { fleetPaths } from './staff/openapi-fleet.ts'
import { reviewPaths } from './staff/openapi-reviews.ts'

const samples = { type: 'integer', minimum: 0 }
const values = { type: 'object', additionalProperties: { type: 'number' } }

const stageBooks = {
  type: 'object',
  description: 'Samples by outcome; `reasons` where an outcome has some.',
  additionalProperties: { anyOf: [samples, { type: 'object', additionalProperties: samples }] },
}
const books = Object.fromEntries(stages.map((stage) => [stage, stageBooks]))

/** A point in time as callers may give it. */
const givenTime = {
  anyOf: [time, { type: 'string', format: 'date' }, { type: 'integer', minimum: 0, maximum: limits.timeMs }],
}

const reading = object({ eventAt: time, receivedAt: time, values })
const sample = {
  ...object({
    time,
    kind: { enum: kinds },
    recorderId: uuid,
    provenance: object({
      recordedAt: time,
      receivedAt: time,
      rule: { type: 'string' },
      offsetMs: { type: 'integer' },
    }),
  }),
  description: 'The values of the sample stand beside these, such as `speed_kmh`.',
  additionalProperties: { type: 'number' },
}

export const openapi = {
  openapi: '3.1.0',
  info: {
    title: 'Micro-mobility cloud: reading, commanding, and master data',
    version: '1',
    license: { name: 'Apache-2.0' },
  },
  security: [{ bearer: [] }],
  paths: {
    '/v1/bikes/{id}/latest': {
      get: {
        summary: 'The latest state of a bike, for its present owner and for service staff',
        parameters: [pathId],
        responses: {
          200: {
            description: 'Each group with the time of its newest sample.',
            ...json(
              object({
                bikeId: uuid,
                presence: {
                  description:
                    'Whether a module of the bike is connected, and since when that is so; null when none ever was.',
                  anyOf: [object({ online: { type: 'boolean' }, since: time }), { type: 'null' }],
                },
                groups: {
                  type: 'object',
                  properties: Object.fromEntries(stateGroupNames.map((name) => [name, reading])),
                },
              }),
            ),
          },
          ...refusals,
        },
      },
    },
    ...commandPaths,
    ...fleetPaths,
    ...reviewPaths,
    ...fieldErrorPaths,
    '/v1/bikes/{id}/telemetry': {
      get: {
        summary: 'The samples of a bike while the caller owned it, latest first',
        parameters: [
          pathId,
          query(
            'from',
            givenTime,
            'Inclusive; ISO 8601 with a zone, a date (midnight UTC) or Unix milliseconds.',
          ),
          query('to', givenTime, 'Exclusive; as `from`.'),
          query('kind', { enum: kinds }, 'Only samples of this kind.'),
          query(
            'limit',
            { type: 'integer', minimum: 1, maximum: maxPageSamples, default: defaultLimit },
            'Samples a page.',
          ),
          query('cursor', { type: 'string' }, '`next` of the page before, with the same other parameters.'),
        ],
        responses: {
          200: {
            description: '`next` is null on the last page.',
            ...json(
              object({ samples: { type: 'array', items: sample }, next: { type: ['string', 'null'] } }),
            ),
          },
          ...refusals,
        },
      },
    },
    '/v1/uploads/{id}': {
      get: {
        summary: 'What became of an upload, for its sender',
        description:
          'Tracks appear once normalize has seen them, a moment after the edge accepted them; compare their number with the 202.',
        parameters: [pathId],
        responses: {
          200: {
            description: '`settled` when every sample of the tracks listed is accounted for in every stage.',
            ...json(
              object({
                uploadId: uuid,
                settled: { type: 'boolean' },
                totals: object({ accepted: samples, ...books }),
                tracks: {
                  type: 'array',
                  items: object({
                    index: samples,
                    trackId: uuid,
                    bikeId: uuid,
                    receivedAt: time,
                    accepted: samples,
                    settled: { type: 'boolean' },
                    ...books,
                  }),
                },
              }),
            ),
          },
          ...refusals,
        },
      },
    },
  },
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    schemas: {
      Problem: object({
        type: { type: 'string' },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        reason: { enum: Object.keys(problems) },
        temporary: {
          type: 'boolean',
          description: 'The same request may pass later; after 401 with a new token.',
        },
      }),
    },
  },
} as const
