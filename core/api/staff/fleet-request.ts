// Reads what service staff ask of the master data; every fault is named.
import type { JsonValue } from '@bufbuild/protobuf'
import { z } from 'zod'
import type { FieldErrorQuestion } from '../../fleet/field-errors/port.ts'
import { fieldErrorFields, fieldErrorQuestion } from '../../fleet/field-errors/request.ts'
import { type StatementReason, statementReasons } from '../../fleet/judging/findings.ts'
import { type Verdict, verdicts } from '../../fleet/judging/port.ts'
import type { ReviewFilter } from '../../fleet/review/port.ts'
import type { Problem } from '../problem.ts'
import { invalid } from '../request.ts'
import type { Page } from './fleet-port.ts'

export const maxListed = 200
export const defaultListed = 50
export const shortestSearch = 2

/** No database takes a NUL in a text. */
const line = z.string().regex(/^[^\0]*$/, 'has a NUL')
const text = line.trim().min(1).max(256)
const page = {
  limit: z.coerce.number().int().min(1).max(maxListed).default(defaultListed),
  cursor: z.string().min(1).max(1_024).optional(),
}
const reasons = Object.keys(statementReasons) as [StatementReason, ...StatementReason[]]

const pageRequest = z.strictObject(page)
const searchRequest = z.strictObject({ q: line.trim().min(shortestSearch).max(64), ...page })
const reviewRequest = z.strictObject({
  state: z.enum(['held', 'refused']).default('held'),
  reason: z.enum(reasons).optional(),
  source: text.optional(),
  subject: text.optional(),
  ...page,
})
const fieldErrorRequest = z.strictObject(fieldErrorFields)

export const decisionRequest = z
  .strictObject({
    verdict: z.enum(verdicts),
    reason: line.trim().min(1).max(2_000),
    correction: z.record(z.string(), z.json()).optional(),
    mergeInto: z.uuid().toLowerCase().optional(),
  })
  .refine(({ verdict, correction }) => (verdict === 'correct') === (correction !== undefined), {
    path: ['correction'],
    error: 'goes with the verdict `correct`, and with no other',
  })
  .refine(({ verdict, mergeInto }) => (verdict === 'merge') === (mergeInto !== undefined), {
    path: ['mergeInto'],
    error: 'goes with the verdict `merge`, and with no other',
  })

type Query = Readonly<Record<string, string>>

export function parsePage(query: Query): Page | Problem {
  return parsed(pageRequest, query)
}

export function parseSearch(query: Query): { words: string; page: Page } | Problem {
  const result = searchRequest.safeParse(query)
  if (!result.success) return invalid(result.error)
  const { q, ...rest } = result.data
  return { words: q, page: rest }
}

export function parseReviewFilter(query: Query): { filter: ReviewFilter; page: Page } | Problem {
  const result = reviewRequest.safeParse(query)
  if (!result.success) return invalid(result.error)
  const { limit, cursor, ...filter } = result.data
  return { filter, page: { limit, cursor } }
}

export interface GivenDecision {
  readonly verdict: Verdict
  readonly reason: string
  readonly correction?: JsonValue | undefined
  readonly mergeInto?: string | undefined
}

export function parseDecision(body: unknown): { decision: GivenDecision } | Problem {
  const result = decisionRequest.safeParse(body)
  return result.success ? { decision: result.data } : invalid(result.error)
}

export function parseFieldErrorQuestion(query: Query, nowMs: number): FieldErrorQuestion | Problem {
  const given = fieldErrorRequest.safeParse(query)
  if (!given.success) return invalid(given.error)
  const question = fieldErrorQuestion(given.data, nowMs)
  return typeof question === 'string' ? { reason: 'request_invalid', detail: question } : question
}

function parsed<T extends object>(schema: z.ZodType<T>, query: Query): T | Problem {
  const result = schema.safeParse(query)
  return result.success ? result.data : invalid(result.error)
}
