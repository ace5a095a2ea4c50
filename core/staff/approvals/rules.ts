// Who may decide about a proposal. Pure.
import type { ApprovalRefusal, Decision, Proposal, ProposalState } from './port.ts'

/** A proposal waits this long for its second person. */
export const proposalValidMs = 14 * 24 * 60 * 60 * 1_000

/** `{decision: undefined, expiresAtMs: 10}` at 12 → `expired` */
export function stateOf({ decision, expiresAtMs }: Proposal, nowMs: number): ProposalState {
  if (decision !== undefined) return decision.verdict
  return nowMs < expiresAtMs ? 'open' : 'expired'
}

export interface ApprovalRules {
  /** A maker of one person lets the operator's console be the second. */
  readonly consoleApproves: boolean
}

/** Undefined where the decision stands. Whoever proposed may take it back himself by rejecting it. */
export function refusalOf(
  proposal: Proposal,
  { verdict, by }: Decision,
  { nowMs, consoleApproves }: ApprovalRules & { readonly nowMs: number },
): ApprovalRefusal | undefined {
  if (stateOf(proposal, nowMs) !== 'open') return 'proposal_closed'
  if (verdict === 'rejected') return undefined
  if (proposal.proposedBy === by) return 'second_person_needed'
  const isConsole = by.startsWith('console:')
  if (isConsole && !consoleApproves) return 'console_may_not_approve'
  // One console is one person, whatever its user is called.
  if (isConsole && proposal.proposedBy.startsWith('console:')) return 'second_person_needed'
  return undefined
}
