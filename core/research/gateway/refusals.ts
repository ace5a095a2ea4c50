// Why the gateway refuses, as Elasticsearch's clients understand it. Pure.

export const refusals = {
  not_a_researcher: 401,
  not_found: 404,
  index_unknown: 404,
  request_invalid: 400,
  body_too_long: 413,
  answer_too_long: 400,
  too_wide: 400,
  too_many_queries: 429,
  budget_spent: 429,
  caller_busy: 429,
  overloaded: 503,
  withdrawn_meanwhile: 503,
  store_unavailable: 503,
} as const
export type RefusalReason = keyof typeof refusals

export class RefusedError extends Error {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, detail: string) {
    super(detail)
    this.reason = reason
  }
}

/** `{error: {type: 'request_invalid', reason: 'query.script: …'}, status: 400}` */
export function refusalBody({ reason, message }: RefusedError) {
  return { error: { type: reason, reason: message }, status: refusals[reason] }
}
