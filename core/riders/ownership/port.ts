// Who owns a bike and how that changes, as the rules of ownership and the store see it. Times are Unix milliseconds.

export const changeKinds = ['claim', 'offer', 'release', 'staff_case', 'import', 'migration'] as const
export type ChangeKind = (typeof changeKinds)[number]

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
export type CaseState = (typeof caseStates)[number]

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
  /** The sale gave the code, or the bike's owner. */
  readonly by: 'sale' | 'offer'
  /** From when the bike is the next owner's, if that is told. */
  readonly beginsAtMs: number | undefined
  readonly validUntilMs: number
  readonly isEnded: boolean
  readonly usedBy: string | undefined
}

/** What is known of a bike while it is locked. */
export interface KnownBike {
  readonly nowMs: number
  readonly bikeId: string
  /** Undefined where it was registered by hand. */
  readonly frameNumber: string | undefined
  /** All over time, oldest first. */
  readonly ownerships: readonly Ownership[]
  readonly openCase: OwnershipCase | undefined
  readonly openOffer: Offer | undefined
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
