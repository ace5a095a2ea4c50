// Consents, as their readers and the store see them. A reader asks anew for every decision and remembers nothing.

export const purposes = ['analytics'] as const
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

export interface ConsentStore {
  /**
   * Hands `plan` the stretches of one rider and purpose, oldest first, with the database's time, and keeps what it returns
   * instead of them; in one transaction. Changes of one rider wait for each other.
   */
  change(
    subject: ConsentSubject,
    plan: (known: readonly Stretch[], nowUs: number) => readonly Stretch[],
  ): Promise<void>
}
