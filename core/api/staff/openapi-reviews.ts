// The contract of reviews: doubtful statements, and decisions about them.
import { z } from 'zod'
import { statementReasons } from '../../fleet/judging/findings.ts'
import { statementStates, verdicts } from '../../fleet/judging/port.ts'
import {
  etag,
  header,
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
import { decisionRequest } from './fleet-request.ts'

const finding = object({
  reason: { enum: Object.keys(statementReasons) },
  severity: { enum: ['flag', 'hold', 'refuse'] },
  subject: text,
  detail: text,
  evidence: { type: 'object', additionalProperties: text },
})

const listed = {
  ...{ eventId: uuid, source: text, says: text, subjects: list(text), state: { enum: statementStates } },
  ...{ occurredAt: nullable(time), receivedAt: time, decidedAt: time, findings: list(finding) },
}
const shown = { ...listed, statement: { type: 'object' }, record: text }
const suggestion = {
  type: 'object',
  required: ['verdict', 'score', 'because'],
  properties: {
    verdict: { enum: verdicts },
    score: { type: 'number', minimum: 0, maximum: 1 },
    because: text,
    correction: { type: 'object', description: 'As a decision takes it.' },
    mergeInto: uuid,
  },
}
const judgement = object({
  ...{ number: { type: 'integer', minimum: 1 }, state: { enum: statementStates }, findings: list(finding) },
  ...{ decisionId: nullable(uuid), judgedAt: time },
})
const decided = object({
  ...{ decisionId: uuid, verdict: { enum: verdicts }, author: text, reason: text },
  ...{ before: nullable({ type: 'object' }), mergedInto: nullable(uuid), decidedAt: time },
})
const reviewCase = object({
  ...shown,
  judgements: list(judgement),
  decisions: list(decided),
  others: list(object(shown)),
  suggestions: list(suggestion),
})
const outcome = object({
  decisionId: uuid,
  state: { enum: statementStates },
  findings: list(finding),
  released: list(uuid),
})
const { $schema: _, ...decision } = z.toJSONSchema(decisionRequest, { io: 'input' })

export const reviewPaths = {
  '/v1/fleet/reviews': {
    get: {
      summary: 'Statements that wait for a decision, or were refused',
      parameters: [
        query('state', { enum: ['held', 'refused'], default: 'held' }, 'Which of both.'),
        query('reason', { enum: Object.keys(statementReasons) }, 'Only with this finding.'),
        query('source', text, 'Only from there: `plant:dresden`.'),
        query('subject', text, 'Only about this: `frame:…`, `bike:…`, `battery:…`.'),
        ...paging,
      ],
      responses: {
        200: {
          description: 'Oldest first.',
          ...json(object({ statements: list(object(listed)), next: nullable(text) })),
        },
        ...refusals,
      },
    },
  },
  '/v1/fleet/reviews/{id}': {
    get: {
      summary: 'A statement beside others about the same things, with its findings and likely fixes',
      parameters: [pathId, ifNoneMatch],
      responses: {
        200: { description: 'Suggestions: likeliest first.', headers: etag, ...json(reviewCase) },
        ...unchanged,
        ...refusals,
      },
    },
  },
  '/v1/fleet/reviews/{id}/decisions': {
    post: {
      summary: 'Decide about a statement',
      description:
        'The statement, and whatever waited for it, is judged anew: `released` names what was applied in consequence. The author is the subject of the token.',
      parameters: [
        pathId,
        header('Idempotency-Key', { type: 'string', minLength: 1, maxLength: 255 }, { required: true }),
        header('If-Match', text, {
          required: true,
          description: 'The `ETag` of the statement as you read it: a decision is about that, or 412.',
        }),
      ],
      requestBody: { required: true, ...json(decision) },
      responses: {
        201: { description: 'Decided.', ...json(outcome) },
        200: { description: 'You decided so before; nothing has changed.', ...json(outcome) },
        ...refusals,
      },
    },
  },
}
