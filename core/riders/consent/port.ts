// Consents, as their readers and the store see them. A reader asks anew for every decision and remembers nothing.

/** `research`: the analytics stream, research access and field errors. `product`: the population prior of the estimates. */
export const purposes = ['research', 'product'] as const
export type Purpose = (typeof purposes)[number]

/** [fromMs, untilMs) for which a rider consented; `untilMs` is Infinity while the consent is open. */
export interface ConsentRange {
  readonly fromMs: number
  readonly untilMs: number
  /** Whether it holds at the moment of asking, by the database's clock. */
  readonly now: boolean
}

export interface ConsentReader {
  /** Asks now. A rider without any consent is absent from the answer. Rejects when the answer cannot be had. */
  consentsOf(
    riderIds: readonly string[],
    purpose: Purpose,
  ): Promise<ReadonlyMap<string, readonly ConsentRange[]>>
}

export interface ConsentSubject {
  readonly riderId: string
  readonly purpose: Purpose
}

/** A consent over time, [fromUs, untilUs) in microseconds since 1970, the database's unit; infinite where it has no end. */
export interface Stretch {
  readonly fromUs: number
  readonly untilUs: number
}

export const consentActs = ['given', 'withdrawn'] as const

export interface ConsentAct {
  readonly act: (typeof consentActs)[number]
  readonly atMs: number
  /** Of a consent: also for what happened since then, -Infinity for ever. Of a withdrawal, its time. */
  readonly effectiveFromMs: number
  /** The version of the text that was shown; undefined where none is known. */
  readonly textVersion?: string | undefined
  /** `rider`, `console:{user}`, or `migration` for what was stored before acts were kept. */
  readonly by: string
}

/** What riders are shown before they consent to a purpose, by language tag (BCP 47). */
interface ConsentText {
  readonly version: string
  readonly byLanguage: Readonly<Record<string, string>>
}

/** One purpose of one rider, read in one moment of the database's clock. */
export interface ConsentState {
  readonly purpose: Purpose
  /** Oldest first. */
  readonly stretches: readonly Stretch[]
  /** Newest first, the newest 200. */
  readonly acts: readonly ConsentAct[]
  /** The newest version. */
  readonly text: ConsentText
}

/** Known when a change is planned; `nowUs` is the database's clock. */
export interface KnownConsent {
  readonly stretches: readonly Stretch[]
  readonly nowUs: number
  /** The newest version of the purpose's text. */
  readonly textVersion: string
  /** The version to which the rider last consented. */
  readonly givenVersion?: string | undefined
  /** How often the rider gave this consent in the last 24 hours. */
  readonly givenToday: number
}

export interface ConsentChange {
  readonly stretches: readonly Stretch[]
  readonly act: Omit<ConsentAct, 'atMs'>
  /** The key of the rider's names in research is deleted, and readers of the stream are told to forget the person. */
  readonly dropsResearchKey: boolean
}

export interface ConsentStore {
  /**
   * Hands `plan` what is known of one rider and purpose, and keeps the stretches that it returns instead of the known ones,
   * with the act; in one transaction. Nothing changes where it returns undefined. Changes of one rider wait for each other.
   */
  change(subject: ConsentSubject, plan: (known: KnownConsent) => ConsentChange | undefined): Promise<void>
  /** One state for each purpose. */
  statesOf(riderId: string): Promise<readonly ConsentState[]>
  /** Returns false where that version has a text in that language already. */
  addText(text: {
    readonly purpose: Purpose
    readonly version: string
    readonly language: string
    readonly text: string
  }): Promise<boolean>
}

export const mostActs = 200

export interface Giving extends ConsentSubject {
  /** Also for what happened since; from now on where it is absent. */
  readonly from?: Date | undefined
  /** The version of the text that the rider was shown; at the console the newest. */
  readonly textVersion?: string | undefined
  /** `rider`, or `console:{user}`. */
  readonly by: string
}

export type ConsentRefusal = 'text_outdated' | 'consent_in_future' | 'too_many_consents'

/** Consents as riders give and end them. */
export interface Consents {
  statesOf(riderId: string): Promise<readonly ConsentState[]>
  give(asked: Omit<Giving, 'by'>): Promise<ConsentRefusal | undefined>
  /** Ends an open consent now; nothing happens where there is none. */
  withdraw(subject: ConsentSubject): Promise<void>
}
