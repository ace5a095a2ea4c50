// Who owns a bike and how that changes, as the rules of ownership and the store see it. Times are Unix milliseconds.

import type { SubjectLock } from '../../fleet/statements/subjects.ts'

type ChangeKind = 'claim' | 'offer' | 'release' | 'staff_case' | 'import' | 'migration'

/** [fromMs, untilMs) in which a rider owned a bike; infinite where open. */
export interface Ownership {
  readonly riderId: string
  readonly fromMs: number
  readonly untilMs: number
}

/** Ends the present ownership of a bike, begins another one, or both. */
export interface OwnershipChange {
  readonly kind: ChangeKind
  readonly bikeId: string
  /** Ends at `atMs`; where it would end before it began, it never was. */
  readonly former: Ownership | undefined
  /** Undefined where nobody owns the bike from then on. */
  readonly newRiderId: string | undefined
  readonly atMs: number
  /** `rider:{id}`, `staff:{id}` or `console:{user}`. */
  readonly author: string
  readonly reason: string
}

export const caseStates = ['waiting', 'objected', 'effective', 'dismissed'] as const
type CaseState = (typeof caseStates)[number]

/** Staff say that a bike is another rider's. Its owner is told, and has until `objectUntilMs` to object. */
export interface OwnershipCase {
  readonly caseId: string
  readonly bikeId: string
  readonly formerRiderId: string | undefined
  /** Undefined where nobody shall own the bike. */
  readonly newRiderId: string | undefined
  /** From when; since it takes effect where undefined. */
  readonly beginsAtMs: number | undefined
  readonly reason: string
  readonly author: string
  readonly state: CaseState
  readonly openedAtMs: number
  readonly objectUntilMs: number
  readonly objection: string | undefined
}

export interface Offer {
  readonly offerId: string
  readonly bikeId: string
  readonly riderId: string
  /** SHA-256 of its code, in hexadecimal. */
  readonly codeSha256: string
  /** From when the bike is the next owner's; since the acceptance where undefined. */
  readonly beginsAtMs: number | undefined
  readonly validUntilMs: number
}

/** A code of a receipt or of an offer, as it is stored. */
export interface KnownCode {
  readonly bikeId: string
  /** The owner who offers the bike; undefined where a sale issued the code. */
  readonly offeredBy: string | undefined
  /** From when the bike is the next owner's, if that is told. */
  readonly beginsAtMs: number | undefined
  readonly validUntilMs: number
  readonly isEnded: boolean
  readonly usedBy: string | undefined
}

/** A bike and its ownership, as they are while it is locked. */
export interface KnownBike {
  readonly bikeId: string
  /** Undefined where it was registered by hand. */
  readonly frameNumber: string | undefined
  /** All over time, oldest first. */
  readonly ownerships: readonly Ownership[]
  readonly openCase: OwnershipCase | undefined
  readonly openOffer: Offer | undefined
}

/** Named by its id, by a code that was given for it, or by a staff case about it. */
export type BikeQuestion =
  | { readonly bikeId: string }
  | { readonly codeSha256: string }
  | { readonly caseId: string }

export interface Known {
  readonly nowMs: number
  /** Undefined where the code is unknown, or none was asked for. */
  readonly code: KnownCode | undefined
  /** Undefined where there is no such bike, code or case. */
  readonly bike: KnownBike | undefined
}

export const noticeKinds = [
  /** Staff say that the bike is another rider's: object until then, or it is. */
  'case_opened',
  /** A case took effect: the bike is another rider's. */
  'case_effective',
  /** A case was dismissed: the bike stays the owner's. */
  'case_dismissed',
  /** A rider showed the code of an offer and owns the bike now. */
  'offer_accepted',
] as const
export type NoticeKind = (typeof noticeKinds)[number]

/** Words for a rider about what others did with a bike. */
export interface Notice {
  readonly riderId: string
  readonly kind: NoticeKind
  readonly bikeId: string
  readonly caseId?: string | undefined
  /** Until when an objection counts. */
  readonly objectUntilMs?: number | undefined
  readonly reason?: string | undefined
}

export interface StoredNotice extends Notice {
  readonly noticeId: string
  readonly atMs: number
}

/** The writes of a decision, all in one transaction. */
export interface OwnershipWrites {
  /** It ends every code and offer of the bike, and its unfinished commands if somebody owned it. */
  readonly change?: OwnershipChange | undefined
  /** The code that was used for the change, by its SHA-256 in hexadecimal. */
  readonly usedCode?: string | undefined
  /** Takes the place of the bike's open offer. */
  readonly offer?: Offer | undefined
  readonly withdrawsOffer?: boolean
  /** A new case, or one in another state. */
  readonly ownershipCase?: OwnershipCase | undefined
  readonly notices?: readonly Notice[]
  /** Why the bike's unfinished commands fail, where they do so without a change. */
  readonly endsCommands?: string | undefined
  /** Subjects of statements that are judged again. */
  readonly touched?: readonly string[]
}

/** Which subjects of statements are locked before anything is loaded, and what is decided then. Pure, since it may be asked again. */
export interface OwnershipPlan<O> {
  /** `found` is undefined where the question names no bike: that takes as many steps as one that does. */
  locks(found: Pick<KnownBike, 'bikeId' | 'frameNumber'> | undefined): readonly SubjectLock[]
  decide(known: Known): Decision<O>
}

export interface Decision<O> {
  readonly outcome: O
  readonly writes: OwnershipWrites
}

/** A bike of a rider, and his times as its owner. */
export interface OwnedBike {
  readonly bikeId: string
  readonly frameNumber: string | undefined
  /** The name of its model. */
  readonly model: string | undefined
  /** Oldest first. */
  readonly windows: readonly Pick<Ownership, 'fromMs' | 'untilMs'>[]
  /** Whether it is his now, by the database's clock. */
  readonly now: boolean
  readonly openOffer: Omit<Offer, 'codeSha256'> | undefined
  readonly openCase: Pick<OwnershipCase, 'caseId' | 'state' | 'objectUntilMs'> | undefined
}

export interface OwnershipReader {
  /** All that are or were the rider's, in the order of their ids; at most `limit` of them. */
  bikesOf(riderId: string, limit: number): Promise<readonly OwnedBike[]>
  /** Newest first. */
  noticesOf(riderId: string, limit: number): Promise<readonly StoredNotice[]>
  /** The present owner; undefined where nobody owns the bike, or there is none. */
  ownerOf(bikeId: string): Promise<string | undefined>
  /** Cases in which something is to be decided, oldest first. */
  openCases(limit: number): Promise<readonly OwnershipCase[]>
}

export interface OwnershipStore extends OwnershipReader {
  /**
   * Locks and loads what the question names, asks the plan, and writes what it decides, in one transaction. Changes of a bike
   * wait for each other, and for statements about it.
   */
  decide<O>(question: BikeQuestion, plan: OwnershipPlan<O>): Promise<O>
  /** Whatever became of it; undefined where it was never opened. */
  caseOf(caseId: string): Promise<OwnershipCase | undefined>
  /** Cases whose time to object is over, oldest first. */
  dueCases(limit: number): Promise<readonly string[]>
}

export interface ClaimAttempts {
  /** Counts a try for each caller; returns the most tries that one of them made since `windowMs`, this one included. */
  count(callers: readonly string[], windowMs: number): Promise<number>
  /** Forgets callers whose time is over. */
  forget(windowMs: number): Promise<void>
}

const refusalReasons = [
  /** One answer for a code that is unknown, used, too old, or of a bike that it cannot give. */
  'code_refused',
  /** The rider does not own the bike now; also where there is no such bike. */
  'not_owner',
  /** Staff have opened a case about it. */
  'contested',
  'offer_in_future',
  'no_case',
  'too_many_tries',
] as const
export type RefusalReason = (typeof refusalReasons)[number]

export interface Refused<R extends RefusalReason = RefusalReason> {
  readonly refused: R
}

export interface Owned {
  readonly bikeId: string
  readonly fromMs: number
}

export interface CaseRequest {
  /** The id of the proposal on which two of staff agreed; the same one again changes nothing. */
  readonly caseId: string
  readonly bikeId: string
  /** Undefined where nobody shall own the bike. */
  readonly newRiderId: string | undefined
  /** From when; since it takes effect where undefined. Never before it was the former owner's. */
  readonly beginsAtMs: number | undefined
  readonly reason: string
  /** `staff:{id}+{id}`. */
  readonly author: string
}

export type CaseOutcome =
  | { readonly caseId: string; readonly state: CaseState; readonly objectUntilMs: number }
  /** There is no such bike, another case about it is open, or the bike is that rider's already. */
  | { readonly impossible: 'no_bike' | 'case_open' | 'no_change' }

export interface Settlement {
  readonly caseId: string
  /** `uphold` only after an objection: the owner has been heard. */
  readonly verdict: 'uphold' | 'dismiss'
  readonly reason: string
  readonly author: string
}

interface ClaimRequest {
  readonly riderId: string
  /** The network address that the request came from. */
  readonly address: string
  /** As the rider typed it. */
  readonly code: string
}

export interface OwnershipService extends OwnershipReader {
  claim(request: ClaimRequest): Promise<Owned | Refused<'code_refused' | 'too_many_tries'>>
  /** The code is told this once. */
  offer(request: OfferRequest): Promise<(Offer & { readonly code: string }) | Refused>
  withdraw(request: { bikeId: string; riderId: string; offerId: string }): Promise<true | Refused>
  release(request: { bikeId: string; riderId: string }): Promise<Owned | Refused>
  object(request: { caseId: string; riderId: string; objection: string }): Promise<OwnershipCase | Refused>
  /** Two of staff agreed on it. */
  openCase(request: CaseRequest): Promise<CaseOutcome>
  /** Undefined where there is nothing to decide about the case. */
  settleCase(settlement: Settlement): Promise<CaseOutcome | undefined>
  /** Cases to which nobody objected in time take effect; old tries are forgotten. Returns how many cases those were. */
  elapse(): Promise<number>
}

interface OfferRequest {
  readonly bikeId: string
  readonly riderId: string
  readonly beginsAtMs: number | undefined
}
