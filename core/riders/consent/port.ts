// Consent as those see it who must obey it. It is asked anew for every decision and never remembered.

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
