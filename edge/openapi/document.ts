// The OpenAPI 3.1 document of the upload API, made from the same table and limits that the code obeys.
import { maskReasons } from '../../proto/index.ts'
import { answers, type RequestReason, requestReasons, trackReasons } from '../answers.ts'
import type { EdgeLimits } from '../ports.ts'

/** The refusals an upload can meet, by status. */
export function refusalsByStatus(): Map<number, RequestReason[]> {
  const uploadReasons = requestReasons.filter((reason) => reason !== 'not_found')
  const byStatus = new Map<number, RequestReason[]>()
  for (const reason of uploadReasons.toSorted((a, b) => answers[a].status - answers[b].status)) {
    const { status } = answers[reason]
    byStatus.set(status, [...(byStatus.get(status) ?? []), reason])
  }
  return byStatus
}

export function describeApi(limits: EdgeLimits): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Telemetry upload',
      version: '1',
      description:
        'Takes the telemetry of e-bikes. What is answered with 202 is stored on all replicas of the log.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: {
      '/v1/telemetry': {
        post: {
          operationId: 'uploadTelemetry',
          summary: 'Upload tracks of samples',
          description: `At most ${limits.compressedBytes} bytes as sent, ${limits.decompressedBytes} decompressed. Sending an upload again is safe. ${orderOfChecks}`,
          security: [{ bearer: [] }],
          parameters: [contentEncoding],
          requestBody: {
            required: true,
            content: {
              'application/x-protobuf': {
                schema: { type: 'string', format: 'binary', description: 'mobility.telemetry.v1.Upload' },
              },
            },
          },
          responses: { 202: acceptance, ...refusals() },
        },
      },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: {
        Acceptance: acceptanceSchema,
        RejectedTrack: rejectedSchema,
        MaskedCells: maskedSchema,
        Problem: problemSchema,
      },
    },
  }
}

const orderOfChecks =
  'The first fault is answered: no token (401), content type and encoding (415), announced length (413), requests of the address (429), the token (401, 403), requests of the sender (429), room and broker (503), the body (408, 413, 400), its bikes (403).'

const contentEncoding = {
  name: 'content-encoding',
  in: 'header',
  description: 'In upper or lower case; empty is none.',
  schema: { type: 'string', enum: ['gzip', 'br', 'identity', 'x-gzip', ''], default: 'identity' },
}

const acceptance = {
  description: 'Kafka has acknowledged the accepted tracks; the rejected ones are listed.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Acceptance' } } },
}

function refusals(): Record<string, object> {
  const retryAfter = { 'retry-after': { description: 'Seconds to wait', schema: { type: 'integer' } } }
  const entries = [...refusalsByStatus()].map(([status, reasons]) => [
    String(status),
    {
      description: reasons.map((reason) => `\`${reason}\`: ${answers[reason].meaning}`).join('\n\n'),
      ...((status === 429 || status === 503) && { headers: retryAfter }),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ])
  return Object.fromEntries(entries)
}

const count = { type: 'integer', minimum: 0 }

const rejectedSchema = {
  type: 'object',
  required: ['index', 'reason', 'detail', 'temporary'],
  properties: {
    index: { ...count, description: 'Position of the track in the upload' },
    reason: { type: 'string', enum: trackReasons },
    detail: { type: 'string' },
    temporary: { type: 'boolean', description: 'Send this track again later' },
  },
}

const maskedSchema = {
  type: 'object',
  description: 'Cells of an accepted track that count as missing; their samples are in',
  required: ['index', 'key', 'reason', 'cells', 'first'],
  properties: {
    index: { ...count, description: 'Position of the track in the upload' },
    key: { type: 'string', description: 'The field, such as voltage_v' },
    reason: { type: 'string', enum: maskReasons },
    cells: { ...count, minimum: 1, description: 'How many' },
    first: { ...count, description: 'The first sample of which the cell is masked' },
  },
}

const acceptanceSchema = {
  type: 'object',
  required: ['uploadId', 'accepted', 'rejected', 'masked'],
  properties: {
    uploadId: { type: 'string', format: 'uuid' },
    accepted: {
      type: 'object',
      required: ['tracks', 'samples'],
      properties: { tracks: { ...count, minimum: 1 }, samples: { ...count, minimum: 1 } },
    },
    rejected: { type: 'array', items: { $ref: '#/components/schemas/RejectedTrack' } },
    masked: { type: 'array', items: { $ref: '#/components/schemas/MaskedCells' }, maxItems: 100 },
  },
}

const problemSchema = {
  type: 'object',
  description: 'RFC 9457 problem details',
  required: ['type', 'title', 'status', 'detail', 'reason', 'temporary'],
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    reason: { type: 'string', enum: requestReasons },
    temporary: { type: 'boolean', description: 'The same upload may be accepted later' },
    limit: { type: 'number', description: 'The limit that was exceeded' },
    uploadId: { type: 'string', format: 'uuid' },
    rejected: { type: 'array', items: { $ref: '#/components/schemas/RejectedTrack' } },
  },
}
