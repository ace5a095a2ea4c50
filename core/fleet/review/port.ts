// The review of doubtful statements, as the API and the command see it, and what it reads itself.
import type { JsonValue } from '@bufbuild/protobuf'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { Effect } from '../../staff/approvals/port.ts'
import type { ComponentFact } from '../judging/facts.ts'
import type { Finding, StatementReason } from '../judging/findings.ts'
import type { FleetPlan, FleetQuestion, StatementState, Verdict } from '../judging/port.ts'
import type { ComponentName } from '../statements/said.ts'

export interface ReviewFilter {
  /** `held` unless told otherwise. */
  readonly state?: 'held' | 'refused' | undefined
  readonly reason?: StatementReason | undefined
  readonly source?: string | undefined
  /** `frame:…`, `battery:…`, `bike:…` as in core/fleet/statements/subjects.ts. */
  readonly subject?: string | undefined
}

export interface ListedStatement {
  readonly eventId: string
  readonly source: string
  /** The case of the envelope, such as `bikeProduced`. */
  readonly kind: string
  readonly subjects: readonly string[]
  readonly state: StatementState
  /** Null where the statement names no time. */
  readonly occurredAtMs: number | null
  readonly receivedAtMs: number
  readonly decidedAtMs: number
  readonly findings: readonly Finding[]
}

export interface ReviewPage {
  /** Oldest first. */
  readonly statements: readonly ListedStatement[]
  /** Of the next page; undefined on the last one. */
  readonly nextCursor: string | undefined
}

/** Statements of one source that wait for one reason; a statement with two reasons counts for both. */
export interface ReasonCount {
  readonly reason: StatementReason
  readonly source: string
  readonly statements: number
}

export interface ShownStatement extends ListedStatement {
  /** ManufacturingEvent in its JSON mapping, as it counts now. */
  readonly statement: JsonValue
  readonly record: string
}

export interface ReviewCase extends ShownStatement {
  /** Every judgement that said something new, oldest first. */
  readonly judgements: readonly {
    /** From 1 on. */
    readonly number: number
    readonly state: StatementState
    readonly findings: readonly Finding[]
    readonly decisionId: string | null
    readonly judgedAtMs: number
  }[]
  readonly decisions: readonly {
    readonly decisionId: string
    readonly verdict: Verdict
    readonly author: string
    readonly reason: string
    readonly before: JsonValue | null
    readonly mergedInto: string | null
    readonly decidedAtMs: number
  }[]
  /** Other statements about the same bike or components, newest first, for a view side by side. */
  readonly others: readonly ShownStatement[]
  /** Who gains and loses what when it is accepted as it is; empty where nobody's bike is concerned. */
  readonly effects: readonly Effect[]
  /** Likeliest first, each with who gains and loses what by it. */
  readonly suggestions: readonly (Suggestion & { readonly effects: readonly Effect[] })[]
}

export interface Suggestion {
  readonly verdict: Verdict
  /** JSON merge patch (RFC 7396) of the statement, for `correct`. */
  readonly correction?: JsonValue
  /** Component id, for `merge`. */
  readonly mergeInto?: string
  /** Rises with the likelihood, 0 to 1. */
  readonly score: number
  /** For people. */
  readonly because: string
}

/** Tells the store what to look up for suggestions. `groundQuestion` in ground.ts makes it. */
export interface GroundQuestion {
  /** The doubtful names; `variants` are the numbers that may be meant. */
  readonly numbers: readonly (ComponentName & { readonly variants: readonly string[] })[]
  readonly frameVariants: readonly string[]
  /** The bike whose reports count: by the id that it is given, or by its frame number. */
  readonly bike: { readonly bikeId: string | undefined; readonly frameNumber: string }
}

export interface StoredGround {
  /** Components of the doubtful names' types whose serial numbers look like theirs. */
  readonly similar: readonly ComponentFact[]
  /** Bikes whose frame numbers look like the doubtful one. */
  readonly similarBikes: readonly { readonly bikeId: string; readonly frameNumber: string }[]
  /** Components of the type whose serial numbers come just before and after. */
  readonly neighbours: readonly ComponentFact[]
  /** Parts that the bike itself reports. */
  readonly reported: readonly ReportedNumber[]
}

export interface ReportedNumber {
  readonly slot: string
  readonly serialNumber: string
  readonly reportedAtMs: number
}

/** The ground for suggestions: `suggest(event, findings, ground)` in suggestions.ts. */
export interface SuggestionGround extends StoredGround {
  readonly reported: readonly (ReportedNumber & ComponentName)[]
}

export interface ReviewRequest {
  /** UUID; the same decision again changes nothing. */
  readonly decisionId: string
  readonly eventId: string
  readonly verdict: Verdict
  readonly author: string
  readonly reason: string
  /** Number of the last judgement that the author saw: he decides about that one. */
  readonly seen: number
  /** JSON merge patch (RFC 7396) of the statement in its JSON mapping, for `correct`. */
  readonly correction?: JsonValue | undefined
  /** Component that the doubtful serial number means, for `merge`. */
  readonly mergeInto?: string | undefined
  /** What a second person has approved: who gains and loses. Undefined where nobody was asked. */
  readonly approved?: { readonly effects: readonly Effect[]; readonly requestSha256: string } | undefined
}

export type ReviewOutcome =
  | {
      readonly outcome: 'decided' | 'repeated'
      /** Of the statement, after the decision. */
      readonly state: StatementState
      readonly findings: readonly Finding[]
      /** Statements that were judged anew in consequence and are applied now. */
      readonly released: readonly string[]
    }
  | { readonly outcome: 'statement_unknown' }
  /** It was applied or refused before; only what is held can be decided, and what was refused be corrected. */
  | { readonly outcome: 'not_open'; readonly state: StatementState }
  /** It says or is judged something else than what the author saw. */
  | { readonly outcome: 'changed' }
  /** The decision id belongs to another decision. */
  | { readonly outcome: 'decision_id_reused' }
  /** It touches ownership: a second member of staff must approve these effects. Nothing has changed. */
  | { readonly outcome: 'approval_needed'; readonly effects: readonly Effect[] }
  /** The request makes no sense. */
  | { readonly outcome: 'invalid'; readonly detail: string }

/** A statement as it is stored: it may name riders. */
export interface StoredStatement extends ListedStatement {
  readonly event: ManufacturingEvent
  readonly record: string
}

export interface StoredDecision extends Omit<ReviewCase['decisions'][number], 'before'> {
  readonly before: ManufacturingEvent | null
}

/** Reads the store. Only shown.ts says how much of it reviewers see. */
export interface ReviewReader {
  list(filter: ReviewFilter, page: { cursor?: string | undefined; limit: number }): Promise<ReviewPage>
  /** The most frequent ones first, at most 50. Flags hold nothing and do not count. */
  counts(filter: ReviewFilter): Promise<readonly ReasonCount[]>
  find(eventId: string): Promise<StoredStatement | undefined>
  /** Oldest first. */
  judgements(eventId: string): Promise<ReviewCase['judgements']>
  /** Oldest first. */
  decisions(eventId: string): Promise<readonly StoredDecision[]>
  /** The newest ones with one of these subjects, newest first. */
  about(
    subjects: readonly string[],
    among: { except: string; limit: number },
  ): Promise<readonly StoredStatement[]>
  ground(asked: GroundQuestion): Promise<StoredGround>
  /** The decision that the fleet's store would come to now. Nothing is locked or written: nobody waits for it, nor it for anybody. */
  foresee<D>(question: FleetQuestion, plan: Pick<FleetPlan<D>, 'answer'>): Promise<D>
}

export interface Review {
  /** A cursor that is none rejects with InvalidCursorError. */
  list(filter: ReviewFilter, page: { cursor?: string | undefined; limit: number }): Promise<ReviewPage>
  show(eventId: string): Promise<ReviewCase | undefined>
  decide(request: ReviewRequest): Promise<ReviewOutcome>
}
