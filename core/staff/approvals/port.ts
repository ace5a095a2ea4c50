// Acts that take two members of staff: one proposes, another one approves, and then it is carried out.
import type { JsonValue } from '@bufbuild/protobuf'

export const proposalKinds = [
  /** A bike is another rider's than the records say. */
  'ownership_case',
  /** A decision about a statement that touches ownership. */
  'review_decision',
  /** A statement that was applied is taken back. */
  'retract',
  /** A partner's key is distrusted from a time on. */
  'distrust_key',
  /** A bike gets a second module. */
  'second_module',
  /** All data about a rider are deleted. */
  'erasure',
  /** The data of a rider are kept until a time, though they are to be erased. */
  'legal_hold',
] as const
type ProposalKind = (typeof proposalKinds)[number]

/** For people: both persons see it before they decide. */
export interface Effect {
  /** A rider, a partner, a bike. */
  readonly who: string
  readonly change: 'gains' | 'loses'
  readonly what: string
}

export interface NewProposal {
  /** UUID; the same proposal again changes nothing. */
  readonly proposalId: string
  readonly kind: ProposalKind
  /** Its subject: a bike id, an event id, a key id. */
  readonly subject: string
  /** As the executor of its kind takes it. */
  readonly payload: JsonValue
  readonly effects: readonly Effect[]
  readonly reason: string
  /** `staff:{subject of the token}` or `console:{user}`. */
  readonly proposedBy: string
}

export const proposalStates = ['open', 'approved', 'rejected', 'expired'] as const
export type ProposalState = (typeof proposalStates)[number]

export interface Decision {
  readonly verdict: 'approved' | 'rejected'
  readonly by: string
  readonly reason: string
}

export interface Proposal extends NewProposal {
  readonly proposedAtMs: number
  /** Nobody can approve it from then on. */
  readonly expiresAtMs: number
  readonly decision: (Decision & { readonly atMs: number }) | undefined
  /** Undefined until an approved proposal was carried out. */
  readonly outcome: Outcome | undefined
}

/** `done: false` where it cannot be carried out any more; `detail` says why, for people. */
export interface Outcome {
  readonly done: boolean
  readonly detail: string
}

/** Carries out an approved proposal. It may be called again after a crash, so what it does twice counts once. */
export type Executor = (proposal: Proposal) => Promise<Outcome>
export type Executors = { readonly [K in ProposalKind]?: Executor }

export interface ProposalPage {
  /** Oldest first. */
  readonly proposals: readonly Proposal[]
  readonly nextCursor: string | undefined
}

/** Asked under the lock of the proposal; a refusal leaves it as it is. */
export type Decide<R> = (proposal: Proposal, nowMs: number) => R | undefined

export interface ProposalStore {
  /** Returns the stored one: that of before where the id is known. */
  add(proposal: NewProposal, validMs: number): Promise<Proposal>
  find(proposalId: string): Promise<Proposal | undefined>
  /** `isOpen`: neither decided nor expired; else all. */
  list(filter: { readonly isOpen: boolean }, page: { cursor?: string; limit: number }): Promise<ProposalPage>
  /** Writes the decision unless `refuse` says why not. Undefined where there is no such proposal. */
  decide<R>(
    proposalId: string,
    decision: Decision,
    refuse: Decide<R>,
  ): Promise<{ readonly proposal: Proposal } | { readonly refused: R } | undefined>
  carriedOut(proposalId: string, outcome: Outcome): Promise<void>
  /** Approved before so long and not carried out, oldest approval first. */
  unfinished(sinceMs: number, limit: number): Promise<readonly Proposal[]>
  counts(): Promise<ProposalCounts>
}

/** Open proposals by age, and approved ones that were not carried out yet. */
export const proposalAges = ['under_a_day', 'under_a_week', 'older', 'approved'] as const
export type ProposalCounts = Readonly<Record<(typeof proposalAges)[number], number>>

const approvalRefusals = [
  /** Whoever proposed it cannot approve it. */
  'second_person_needed',
  /** It was decided before, or its time is over. */
  'proposal_closed',
  /** The operator's console may approve only where a setting says so. */
  'console_may_not_approve',
] as const
export type ApprovalRefusal = (typeof approvalRefusals)[number]

type Decided =
  | { readonly proposal: Proposal }
  | { readonly refused: ApprovalRefusal }
  | { readonly unknown: true }

export interface Approvals {
  /** Returns the stored proposal: the same id again changes nothing. */
  propose(proposal: NewProposal): Promise<Proposal>
  find(proposalId: string): Promise<Proposal | undefined>
  list: ProposalStore['list']
  /** An approved proposal is carried out at once. Where that was cut off, the same approval again goes on with it. */
  decide(proposalId: string, decision: Decision): Promise<Decided>
  /**
   * Carries out what was approved before the process of the approver ended; returns how many. One that fails is left for the next
   * time and does not keep others from it; then it rejects with the first fault.
   */
  resume(): Promise<number>
}
