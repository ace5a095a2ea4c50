// A decision that touches ownership, as a proposal to a second member of staff, and what its approval does. Pure.
import { z } from 'zod'
import { createHash } from '../../runtime/digest.ts'
import type { Effect, Executor, NewProposal } from '../../staff/approvals/port.ts'
import { verdicts } from '../judging/port.ts'
import type { Review, ReviewRequest } from './port.ts'
import { outcomeText } from './text.ts'

const payload = z.strictObject({
  eventId: z.uuid(),
  verdict: z.enum(verdicts),
  author: z.string(),
  seen: z.int(),
  correction: z.json().optional(),
  mergeInto: z.uuid().optional(),
  /** Of the request: another one with the same id is another decision. */
  sha256: z.string(),
})

export interface ProposedDecision {
  readonly request: ReviewRequest
  readonly effects: readonly Effect[]
  readonly proposedBy: string
}

/** The proposal has the id of the decision. */
export function decisionProposal({ request, effects, proposedBy }: ProposedDecision): NewProposal {
  const { decisionId, eventId, verdict, author, reason, seen, correction, mergeInto } = request
  return {
    ...{ proposalId: decisionId, kind: 'review_decision', subject: eventId, effects, reason, proposedBy },
    payload: {
      ...{ eventId, verdict, author, seen, sha256: requestSha256(request) },
      ...(correction !== undefined && { correction }),
      ...(mergeInto !== undefined && { mergeInto }),
    },
  }
}

/** Whether the stored proposal is about this very request. */
export function isProposalOf(stored: NewProposal, request: ReviewRequest): boolean {
  const read = payload.safeParse(stored.payload)
  return stored.kind === 'review_decision' && read.success && read.data.sha256 === requestSha256(request)
}

/** Where the statement, or who gains and loses, is not what both persons saw, nothing is decided. */
export function createDecisionExecutor(review: Pick<Review, 'decide'>): Executor {
  return async ({ proposalId, payload: asked, reason, effects }) => {
    const read = payload.safeParse(asked)
    if (!read.success) return { done: false, detail: 'its content is none of a decision' }
    const { sha256, ...request } = read.data
    // The store keeps the keys of JSON in another order, so the hash is that of the request as it came.
    const approved = { effects, requestSha256: sha256 }
    const outcome = await review.decide({ ...request, reason, decisionId: proposalId, approved })
    return {
      done: outcome.outcome === 'decided' || outcome.outcome === 'repeated',
      detail: outcomeText(outcome),
    }
  }
}

/** The same for requests that ask for the same, whatever decision id, judgement seen and approval they name. In hexadecimal. */
export function requestSha256(request: ReviewRequest): string {
  const { eventId, verdict, author, reason, correction, mergeInto } = request
  const text = JSON.stringify([eventId, verdict, author, reason, correction ?? null, mergeInto ?? null])
  return createHash('sha256').update(text).digest('hex')
}
