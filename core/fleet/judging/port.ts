// What intake and review need of the store of master data.
import type { ManufacturingEvent } from '../../../proto/index.ts'
import type { Change } from './changes/changes.ts'
import type { Finding, StatementReason } from './findings.ts'
import type { WorkingFacts } from './working-facts.ts'

export const statementStates = ['applied', 'held', 'refused'] as const
export type StatementState = (typeof statementStates)[number]

export const verdicts = ['accept', 'correct', 'merge', 'reject'] as const
export type Verdict = (typeof verdicts)[number]

/** A statement as it was stored before. */
export interface KnownStatement {
  readonly event: ManufacturingEvent
  /** SHA-256 of the statement as it came, in hexadecimal: it may have been corrected since. */
  readonly contentSha256: string
  /** Topic, partition and offset. */
  readonly record: string
  readonly state: StatementState
  readonly findings: readonly Finding[]
  /** Number of its last judgement: rises with every change of its words, state or findings. */
  readonly judgement: number
  /** `hold` reasons that a reviewer accepted. */
  readonly accepted: readonly StatementReason[]
  /** It is to be judged again. */
  readonly isDue: boolean
}

/** What is known of some subjects, at the moment of deciding. */
export interface KnownFleet {
  readonly nowMs: number
  readonly facts: WorkingFacts
  /** Those asked for, by event id. */
  readonly statements: ReadonlyMap<string, KnownStatement>
  /** Others about the same bikes that change nothing yet, where they were asked for. */
  readonly waiting: readonly KnownStatement[]
  /** The decision asked for, if it was made before. */
  readonly decision?: { readonly eventId: string; readonly requestSha256: string } | undefined
}

export interface JudgedStatement {
  readonly event: ManufacturingEvent
  readonly state: StatementState
  readonly findings: readonly Finding[]
  /** What is to be written; besides what a reviewer decides, empty unless applied. */
  readonly changes: readonly Change[]
  /** Names of what was changed: whatever waits for one of them is judged again. */
  readonly touched: readonly string[]
  /** Event ids of other statements that are to be judged again, or of itself. */
  readonly again: readonly string[]
  /** Where a statement comes from that was not stored before. */
  readonly received?: { readonly contentSha256: string; readonly record: string } | undefined
}

export interface FleetDecision {
  /** In the order in which they were judged. */
  readonly judged: readonly JudgedStatement[]
  readonly review?: RecordedDecision | undefined
}

export interface FleetQuestion {
  /** What is to be judged. Those that were stored before, under the same ids, are among what is known. */
  readonly statements: readonly ManufacturingEvent[]
  /** Whether other statements that wait for the same bikes may be judged together with these. */
  readonly withWaiting?: boolean
  /** A component that a reviewer names. */
  readonly componentId?: string | undefined
  readonly decisionId?: string | undefined
}

/** What was decided cannot be written, now or ever: a value is none that the store can hold. */
export class UnstorableError extends Error {
  override readonly name = 'UnstorableError'
}

export interface FleetStore {
  /**
   * Shows `decide` what is known and writes what it decides, in one transaction. Others who ask about the same things wait;
   * if somebody was faster all the same, `decide` is asked again with fresh facts, so it must not have effects. Whatever
   * waits for what was changed becomes due; these are told by their event ids. Rejects with UnstorableError when a
   * repetition cannot help.
   */
  decide<D extends FleetDecision>(
    question: FleetQuestion,
    decide: (known: KnownFleet) => D,
  ): Promise<D & { readonly due: readonly string[] }>
  /** Statements that are to be judged again, in the order in which they came. */
  due(limit: number): Promise<readonly KnownStatement[]>
  /** In the order in which they came. */
  find(eventIds: readonly string[]): Promise<readonly KnownStatement[]>
  /** How much is held, and since when the oldest. */
  held(): Promise<{ readonly statements: number; readonly oldestMs: number | null }>
}

/** A row of review_decisions. */
export interface RecordedDecision {
  readonly decisionId: string
  readonly eventId: string
  readonly verdict: Verdict
  readonly author: string
  readonly reason: string
  /** The statement before it was corrected. */
  readonly before?: ManufacturingEvent | undefined
  readonly mergedInto?: string | undefined
  /** Findings that no longer hold the statement back. */
  readonly accepted: readonly StatementReason[]
  /** Of what was asked for, in hexadecimal: the same decision id with another request is refused. */
  readonly requestSha256: string
}
