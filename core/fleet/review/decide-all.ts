// One decision about all statements that one source has sent and one reason holds, such as those of a wrong mapping.
import type { StatementReason } from '../judging/findings.ts'
import type { ListedStatement, Review, ReviewReader } from './port.ts'

export interface ManyAsked {
  /** Statements that something else holds, too, are left alone. */
  readonly of: StatementReason
  readonly source: string
  /** How many the author saw; where there are more or fewer now, nothing is decided. */
  readonly statements: number
  readonly verdict: 'accept' | 'reject'
  readonly author: string
  readonly reason: string
}

export interface ManyDecided {
  readonly decided: number
  /** Statements that were judged anew in consequence and are applied now. */
  readonly released: number
  /** Those about which nothing is decided, each with why. */
  readonly left: readonly { readonly eventId: string; readonly why: string }[]
}

interface Deps {
  readonly reader: Pick<ReviewReader, 'list' | 'judgements'>
  readonly review: Pick<Review, 'decide'>
  readonly newDecisionId: () => string
  /** Told after each statement. */
  readonly onProgress: (decided: ManyDecided) => void
}

/** More would take hours, each with its consequences. */
export const mostStatements = 10_000
const pageSize = 500

/**
 * Each statement has a decision of its own, so an interruption leaves the rest as they were. Rejects before the first one where the
 * number is not what the author saw.
 */
export async function decideAll(asked: ManyAsked, deps: Deps): Promise<ManyDecided> {
  const found = await listAll(asked, deps)
  if (found.length !== asked.statements) {
    const now = found.length > asked.statements ? `more than ${asked.statements}` : String(found.length)
    throw new Error(
      `${now} statements wait for that reason, not ${asked.statements}: look at them again (review list)`,
    )
  }
  let done: ManyDecided = { decided: 0, released: 0, left: [] }
  for (const statement of found) {
    const after = await decideOne(statement, asked, deps)
    done =
      'why' in after
        ? { ...done, left: [...done.left, { eventId: statement.eventId, ...after }] }
        : { ...done, decided: done.decided + 1, released: done.released + after.released }
    deps.onProgress(done)
  }
  return done
}

/** One more than the author saw is enough to know that there are more. */
async function listAll({ of, source, statements }: ManyAsked, { reader }: Deps): Promise<ListedStatement[]> {
  const found: ListedStatement[] = []
  let cursor: string | undefined
  do {
    const page = await reader.list({ reason: of, source }, { cursor, limit: pageSize })
    found.push(...page.statements)
    cursor = page.nextCursor
  } while (cursor !== undefined && found.length <= statements)
  return found
}

/** What holds it is asked of the very judgement that is decided about: it may have got another one since it was listed. */
async function decideOne(
  { eventId }: ListedStatement,
  { of, verdict, author, reason }: ManyAsked,
  { reader, review, newDecisionId }: Deps,
): Promise<{ readonly released: number } | { readonly why: string }> {
  const { number: seen, findings } = (await reader.judgements(eventId)).at(-1) ?? { number: 0, findings: [] }
  const others = findings.filter((found) => found.severity === 'hold' && found.reason !== of)
  if (others.length > 0) return { why: `${others.map((found) => found.reason).join(', ')} holds it, too` }
  const outcome = await review.decide({ decisionId: newDecisionId(), eventId, verdict, author, reason, seen })
  switch (outcome.outcome) {
    case 'decided':
      return { released: outcome.released.length }
    case 'approval_needed':
      return { why: 'a second member of staff must approve it: decide about it alone' }
    case 'invalid':
      return { why: outcome.detail }
    default:
      return { why: outcome.outcome }
  }
}
