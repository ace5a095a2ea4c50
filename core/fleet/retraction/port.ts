// Taking back statements: what the store loads and writes for it, and what became of it.
import type { ReconcileParts } from '../installed-parts/port.ts'
import type { FleetWrites, KnownStatement, StatementState } from '../judging/port.ts'
import type { FleetSnapshot } from '../judging/working-facts.ts'
import type { PartnerFact } from '../partners/port.ts'
import type { SubjectLock, SubjectNames } from '../statements/subjects.ts'

/** One statement; or a key, with all that we received from a time on and that it says. */
export type RetractionTarget =
  | { readonly cause: 'retract'; readonly eventId: string }
  | { readonly cause: 'distrust_key'; readonly keyId: string; readonly fromMs: number }

/** Who takes back what, and why. */
export interface RetractionOrder {
  readonly target: RetractionTarget
  /** The proposal that two of staff agreed on. */
  readonly proposalId: string
  readonly reason: string
  readonly proposedBy: string
  readonly approvedBy: string
}

/** More statements than this are not taken back or judged again at once: nothing changes, and staff is told. */
export const mostConnected = 500

/** What is locked and loaded. */
export interface RetractionQuestion {
  readonly target: RetractionTarget
  /** Statements that name one of these subjects are loaded, unless they were refused or retracted. */
  readonly connecting: readonly string[]
  readonly locks: readonly SubjectLock[]
  readonly names: SubjectNames
}

export interface LoadedConnected {
  readonly nowMs: number
  /** Event ids that the target names; of a key those that are applied or held, at most one too many. */
  readonly asked: readonly string[]
  /** Of the target's key, infinite where it is believed; undefined where there is no such key. */
  readonly distrustedFromMs?: number | undefined
  /** Those asked for, whatever their state, and those that are connected; in order of receipt, at most one too many. */
  readonly statements: readonly KnownStatement[]
  readonly snapshot: FleetSnapshot
  readonly partners: readonly PartnerFact[]
  /** Of the loaded bikes, those that stay when nothing tells of them: registered by hand, published, or referred to. */
  readonly standing: readonly StandingBike[]
}

export interface StandingBike {
  readonly bikeId: string
  /** As whoever registered it by hand said; null where nobody did. */
  readonly registeredAsProducedAtMs: number | null
}

export interface RetractionWrites {
  /** Those that are taken back. */
  readonly eventIds: readonly string[]
  /** All that statements told of these is removed before the changes are written. */
  readonly cleared: {
    readonly bikeIds: readonly string[]
    readonly componentIds: readonly string[]
    readonly types: readonly string[]
    readonly modelIds: readonly string[]
  }
  /** Nothing tells of these bikes any more: removed after the changes were written. */
  readonly forgotten: readonly string[]
  /** Sales that are not applied any more: their codes are void, unless they were used. */
  readonly voided: readonly string[]
  readonly fleet: FleetWrites
}

export interface StateChange {
  readonly eventId: string
  readonly kind: string
  readonly source: string
  readonly before: StatementState
  readonly after: StatementState
}

export type RetractionOutcome =
  /** `judgedAgain`: how many statements. `changed`: those whose state is another one now. */
  | { readonly outcome: 'retracted'; readonly judgedAgain: number; readonly changed: readonly StateChange[] }
  /** All of it was done before. */
  | { readonly outcome: 'repeated' }
  | { readonly outcome: 'statement_unknown'; readonly eventId: string }
  | { readonly outcome: 'key_unknown'; readonly keyId: string }
  /** Nothing follows from it: what is held is rejected by a review. */
  | { readonly outcome: 'not_applied'; readonly eventId: string; readonly state: StatementState }
  /** Nothing was changed: more than `mostConnected` statements would have to be taken back, or judged again. */
  | { readonly outcome: 'too_many' }

export type RetractionAnswer =
  /** Begin anew, and lock and load this. */
  | { readonly more: RetractionQuestion }
  | { readonly outcome: RetractionOutcome; readonly writes?: RetractionWrites | undefined }

/** Pure, since the store may call it several times. */
export interface RetractionPlan {
  answer(loaded: LoadedConnected, asked: RetractionQuestion): RetractionAnswer
  readonly reconcile: ReconcileParts
}

export interface RetractionStore {
  /** In one transaction; `order` is undefined where only the outcome is asked for: then nothing is written. */
  retract(
    question: RetractionQuestion,
    plan: RetractionPlan,
    order: RetractionOrder | undefined,
  ): Promise<RetractionOutcome>
}

export interface Retraction {
  /** What would follow; nothing is written. */
  preview(target: RetractionTarget): Promise<RetractionOutcome>
  /** The same order again changes nothing. */
  retract(order: RetractionOrder): Promise<RetractionOutcome>
}
