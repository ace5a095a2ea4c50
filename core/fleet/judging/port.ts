// The store of master data, as the fleet's judging sees it: what it loads, and what it is told to write.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { ReconcileParts } from '../installed-parts/port.ts'
import type { PartnerFact, Speaker } from '../partners/port.ts'
import type { ReceivedStatement } from '../statements/records.ts'
import type { ComponentName } from '../statements/said.ts'
import type { SubjectLock, SubjectNames } from '../statements/subjects.ts'
import type { Change, WriteBatch } from './changes/changes.ts'
import type { ChangedParts } from './changes/consequences.ts'
import type { Finding, StatementReason } from './findings.ts'
import type { FleetSnapshot, WorkingFacts } from './working-facts.ts'

export const statementStates = ['applied', 'held', 'refused', 'retracted'] as const
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
  /** Number of its last judgement; it rises with every change of content, state or findings. */
  readonly judgement: number
  /** Reviewers' decisions about it, oldest first. */
  readonly decisions: readonly KnownVerdict[]
  /** It is to be judged again. */
  readonly isDue: boolean
  /** Who said it as it came: staff may have corrected it since. */
  readonly speaker: Speaker
}

/** A statement of which something is known before it is read: staff took it back, or the database that is rebuilt here knew it. */
export interface AwaitedStatement {
  readonly eventId: string
  readonly isRetracted: boolean
  /** As it was stored, where that does not follow from its seal; only that content counts. */
  readonly remembered:
    | {
        readonly contentSha256: string
        readonly provenance: Exclude<Speaker['provenance'], 'staff'>
        readonly wasApplied: boolean
      }
    | undefined
  /** Reviewers' decisions about it, oldest first. */
  readonly decisions: readonly KnownVerdict[]
  /** As staff corrected it last. */
  readonly corrected: ManufacturingEvent | undefined
}

/** What judging a statement again needs of a decision about it. */
export type KnownVerdict = Pick<RecordedDecision, 'verdict' | 'accepted' | 'merged'>

/** All that is known of some subjects at the moment of deciding. */
export interface KnownFleet {
  readonly nowMs: number
  readonly facts: WorkingFacts
  /** Those asked for, by event id. */
  readonly statements: ReadonlyMap<string, KnownStatement>
  /** Other statements about the same bikes that change nothing yet, where they were asked for. */
  readonly waiting: readonly KnownStatement[]
  /** The decision asked for, if it was made before. */
  readonly decision?: KnownDecision | undefined
  /** By event id, of those asked for. */
  readonly awaited?: ReadonlyMap<string, AwaitedStatement> | undefined
}

export interface KnownDecision {
  readonly eventId: string
  readonly requestSha256: string
}

export interface JudgedStatement {
  readonly event: ManufacturingEvent
  readonly state: StatementState
  readonly findings: readonly Finding[]
  /** Empty unless the statement is applied; a reviewer's merge adds the alias. */
  readonly changes: readonly Change[]
  /** Subjects of what was changed: every statement that waits for one of them is judged again. */
  readonly touched: readonly string[]
  /** Event ids of statements that are judged again all the same; its own may be among them. */
  readonly again: readonly string[]
  /** Subjects for which it waits, besides its own, while it is held. */
  readonly waitsAlsoFor?: readonly string[] | undefined
  /** Where a statement comes from that was not stored before. */
  readonly received?: Omit<ReceivedStatement, 'event' | 'doubt'> | undefined
}

export interface FleetDecision {
  /** In the order in which they were judged. */
  readonly judged: readonly JudgedStatement[]
  readonly review?: RecordedDecision | undefined
}

/** Tells the store what to lock and load. `fleetQuestion` in store-plan.ts makes it. */
export interface FleetQuestion {
  readonly locks: readonly SubjectLock[]
  /** The locked subjects, by what they name. All that was ever in the bikes is loaded, and where the components were. */
  readonly names: SubjectNames
  readonly componentIds: readonly string[]
  readonly eventIds: readonly string[]
  /** Subjects; some of the statements that wait for each of them are loaded. */
  readonly waitingFor: readonly string[]
  readonly decisionId: string | undefined
  /** Besides those who said the loaded statements. */
  readonly partnerIds: readonly string[]
}

export interface LoadedFleet {
  readonly nowMs: number
  readonly snapshot: FleetSnapshot
  readonly statements: readonly KnownStatement[]
  readonly waiting: readonly KnownStatement[]
  readonly decision: KnownDecision | undefined
  /** Of the statements that are asked for, and of those that wait. */
  readonly awaited: readonly AwaitedStatement[]
  readonly partners: readonly PartnerFact[]
}

/** `more`: begin anew, and lock and load this. Else `writes` is to be written. */
export type FleetAnswer<D> =
  | { readonly more: FleetQuestion }
  | { readonly decision: D; readonly writes: FleetWrites }

export interface WrittenStatement extends Pick<JudgedStatement, 'event' | 'state' | 'findings' | 'received'> {
  readonly subjects: readonly string[]
  /** It becomes due when one of these subjects is touched. */
  readonly waitsFor: readonly string[]
  /** The reviewer's decision that led to this judgement. */
  readonly decisionId: string | undefined
}

export interface FleetWrites {
  readonly statements: readonly WrittenStatement[]
  readonly review: RecordedDecision | undefined
  readonly batches: readonly WriteBatch[]
  readonly changedParts: ChangedParts
  readonly touched: readonly string[]
  readonly again: readonly string[]
}

/** The store calls it while it carries out a decision. It is pure, since it may be called several times. */
export interface FleetPlan<D> {
  answer(loaded: LoadedFleet, asked: FleetQuestion): FleetAnswer<D>
  /** After the changes were written: which findings about reported parts they close and open. */
  readonly reconcile: ReconcileParts
}

export type FleetOutcome<D> =
  /** `due` has the event ids of statements that are to be judged again because of what was written. */
  | { readonly decision: D; readonly due: readonly string[] }
  /** The database takes a value of the decision at no try; nothing was written. */
  | { readonly unstorable: Error }

export interface FleetStore {
  /**
   * Locks and loads what `question` says, asks the plan, and writes what it answers, in one transaction. Others who ask about
   * the same subjects wait. When somebody was faster all the same, everything begins anew with fresh facts.
   */
  decide<D>(question: FleetQuestion, plan: FleetPlan<D>): Promise<FleetOutcome<D>>
  /** Statements that are to be judged again, in the order in which they came. */
  due(limit: number): Promise<readonly KnownStatement[]>
  /** In the order in which they came. */
  find(eventIds: readonly string[]): Promise<readonly KnownStatement[]>
  /** How many statements are held, and since when the oldest. */
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
  /** The statement as corrected. */
  readonly after?: ManufacturingEvent | undefined
  /** The component's id at the time of the decision. */
  readonly mergedInto?: string | undefined
  readonly merged?: Merged | undefined
  /** Findings that no longer hold the statement back. */
  readonly accepted: readonly StatementReason[]
  /** SHA-256 of the request, in hexadecimal: the same decision id with another request is refused. */
  readonly requestSha256: string
}

/** A reviewer says that `alias` is another number of the component `into`. */
export interface Merged {
  readonly alias: ComponentName
  readonly into: ComponentName
}
