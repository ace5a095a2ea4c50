// Taking back what was said takes two members of staff: what the first one proposes, who loses what by it, and what happens
// once the second one has approved.
import { z } from 'zod'
import type { Approvals, Effect, Executor, NewProposal, Proposal } from '../../staff/approvals/port.ts'
import {
  mostConnected,
  type Retraction,
  type RetractionOutcome,
  type RetractionTarget,
  type StateChange,
} from './port.ts'

const payload = z.union([
  z
    .strictObject({ eventId: z.uuid() })
    .transform(({ eventId }): RetractionTarget => ({ cause: 'retract', eventId })),
  z
    .strictObject({ keyId: z.string(), from: z.iso.datetime() })
    .transform(
      ({ keyId, from }): RetractionTarget => ({ cause: 'distrust_key', keyId, fromMs: Date.parse(from) }),
    ),
])

/** More are counted, not named. */
const mostShown = 50

type Retracted = Extract<RetractionOutcome, { outcome: 'retracted' }>
export type NotRetracted = Exclude<RetractionOutcome, Retracted>
type Proposed = Pick<NewProposal, 'proposalId' | 'reason' | 'proposedBy'>

export interface ProposingDeps {
  readonly retraction: Pick<Retraction, 'preview'>
  readonly approvals: Pick<Approvals, 'propose'>
}

/** Nothing is taken back yet. Where nothing could be, nothing is proposed. */
export async function proposeRetraction(
  target: RetractionTarget,
  proposed: Proposed,
  { retraction, approvals }: ProposingDeps,
): Promise<{ readonly proposal: Proposal } | { readonly refused: NotRetracted }> {
  const preview = await retraction.preview(target)
  if (preview.outcome !== 'retracted') return { refused: preview }
  return { proposal: await approvals.propose(retractionProposal(target, preview, proposed)) }
}

/** `preview` says what would follow: both persons see whose words count no more, before they decide. */
export function retractionProposal(
  target: RetractionTarget,
  { changed, judgedAgain }: Retracted,
  proposed: Proposed,
): NewProposal {
  const shown = changed.slice(0, mostShown).map(effectOf)
  const more = changed.length - shown.length
  const rest: Effect[] = [
    ...(more > 0 ? [loses(`${more} more statements`, 'their state')] : []),
    loses(`${judgedAgain} connected statements`, 'this ground: all are judged again'),
  ]
  if (target.cause === 'retract') {
    const { cause, eventId } = target
    return { ...proposed, kind: cause, subject: eventId, payload: { eventId }, effects: [...shown, ...rest] }
  }
  const { cause, keyId } = target
  const from = new Date(target.fromMs).toISOString()
  const belief = loses(`key ${keyId}`, `belief, in all that comes and came from ${from} on`)
  return {
    ...{ ...proposed, kind: cause, subject: keyId, payload: { keyId, from } },
    effects: [belief, ...shown, ...rest],
  }
}

const loses = (who: string, what: string): Effect => ({ who, change: 'loses', what })

/** A statement that counted and would not any more loses; one that would count then gains. */
function effectOf({ eventId, kind, source, before, after }: StateChange): Effect {
  const code = kind === 'bikeSold' && before === 'applied' ? ', and its code unless it was used' : ''
  return {
    who: `statement ${eventId} (${kind} by ${source})`,
    change: after === 'applied' ? 'gains' : 'loses',
    what: `${before} → ${after}${code}`,
  }
}

/** `proposed: 0193…`, and a line for each who gains or loses. */
export const proposedText = ({ proposalId, effects }: Proposal) =>
  [`proposed: ${proposalId}`, ...effects.map(({ who, change, what }) => `  ${who} ${change} ${what}`)].join(
    '\n',
  )

/** Why nothing was taken back, for people. */
export function retractionFault(outcome: NotRetracted): string {
  switch (outcome.outcome) {
    case 'repeated':
      return 'that was done before'
    case 'statement_unknown':
      return `no statement ${outcome.eventId}`
    case 'key_unknown':
      return `no key ${outcome.keyId}`
    case 'not_applied':
      return `the statement is ${outcome.state}: only what is applied can be taken back`
    case 'too_many':
      return `more than ${mostConnected} statements would be taken back, or are connected with those: nothing was changed. Of a key, begin with a later time`
  }
}

/** For both kinds of proposals. Carrying one out again changes nothing. */
export function createRetractionExecutor(retraction: Pick<Retraction, 'retract'>): Executor {
  return async ({ proposalId, kind, payload: asked, reason, proposedBy, decision }) => {
    const read = payload.safeParse(asked)
    if (!read.success || read.data.cause !== kind) {
      return { done: false, detail: 'its content is none of a retraction' }
    }
    const approvedBy = decision?.by ?? ''
    const outcome = await retraction.retract({
      target: read.data,
      proposalId,
      reason,
      proposedBy,
      approvedBy,
    })
    if (outcome.outcome !== 'retracted')
      return { done: outcome.outcome === 'repeated', detail: retractionFault(outcome) }
    const taken = outcome.changed.filter(({ after }) => after === 'retracted').length
    return { done: true, detail: `${taken} taken back; ${outcome.judgedAgain} others were judged again` }
  }
}
