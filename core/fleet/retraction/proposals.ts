// Taking back a statement takes two members of staff: what the first one proposes, who loses what by it, and what happens once
// the second one has approved.
import { z } from 'zod'
import type { Effect, Executor, NewProposal } from '../../staff/approvals/port.ts'
import { mostConnected, type Retraction, type RetractionOutcome, type StateChange } from './port.ts'

const payload = z.strictObject({ eventId: z.uuid() })

/** More are counted, not named. */
const mostShown = 50

export type Retracted = Extract<RetractionOutcome, { outcome: 'retracted' }>
export type NotRetracted = Exclude<RetractionOutcome, Retracted>

/** `preview` says what would follow: both persons see whose words count no more, before they decide. */
export function retractionProposal(
  eventId: string,
  { changed, judgedAgain }: Retracted,
  proposed: Pick<NewProposal, 'proposalId' | 'reason' | 'proposedBy'>,
): NewProposal {
  const shown = changed.slice(0, mostShown).map(effectOf)
  const more = changed.length - shown.length
  const rest: Effect[] = [
    ...(more > 0 ? [{ who: `${more} more statements`, change: 'loses', what: 'their state' } as const] : []),
    {
      who: `${judgedAgain} connected statements`,
      change: 'loses',
      what: 'this ground: all are judged again',
    },
  ]
  return {
    ...proposed,
    kind: 'retract',
    subject: eventId,
    payload: { eventId },
    effects: [...shown, ...rest],
  }
}

/** A statement that counted and would not any more loses; one that would count then gains. */
const effectOf = ({ eventId, kind, before, after }: StateChange): Effect => ({
  who: `statement ${eventId} (${kind})`,
  change: after === 'applied' ? 'gains' : 'loses',
  what: `${before} → ${after}`,
})

/** Why nothing was taken back, for people. */
export function retractionFault(outcome: NotRetracted): string {
  switch (outcome.outcome) {
    case 'repeated':
      return 'it was taken back before'
    case 'statement_unknown':
      return `no statement ${outcome.eventId}`
    case 'not_applied':
      return `the statement is ${outcome.state}: only what is applied can be taken back`
    case 'too_many':
      return `more than ${mostConnected} statements are connected with it: nothing was changed`
  }
}

/** Carrying it out again changes nothing. */
export function createRetractionExecutor(retraction: Pick<Retraction, 'retract'>): Executor {
  return async ({ proposalId, payload: asked, reason, proposedBy, decision }) => {
    const read = payload.safeParse(asked)
    if (!read.success) return { done: false, detail: 'its content is none of a retraction' }
    const outcome = await retraction.retract({
      ...{ eventIds: [read.data.eventId], proposalId, cause: 'retract', reason },
      ...{ proposedBy, approvedBy: decision?.by ?? '' },
    })
    if (outcome.outcome === 'retracted')
      return { done: true, detail: `taken back; ${outcome.judgedAgain} statements were judged again` }
    return { done: outcome.outcome === 'repeated', detail: retractionFault(outcome) }
  }
}
