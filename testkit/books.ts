// The books of a whole play: the ledger's lines as totals, and the equations that must hold. Pure.

export interface Books {
  readonly stored: number
  readonly duplicate: number
  /** Samples in quarantine, by reason. */
  readonly quarantined: Readonly<Record<string, number>>
}

export interface LedgerLine {
  readonly stage: string
  readonly outcome: string
  readonly reason: string
  readonly samples: number
}

/** All tracks of the ledger together. */
export interface Ledger {
  readonly accepted: number
  readonly lines: readonly LedgerLine[]
}

export interface Equation {
  readonly what: string
  readonly left: number
  readonly right: number
}

export function total({ lines }: Ledger, stage: string, outcome?: string): number {
  return lines
    .filter((line) => line.stage === stage && (outcome === undefined || line.outcome === outcome))
    .reduce((sum, { samples }) => sum + samples, 0)
}

/** Every sample that reached a stage has an outcome there (docs/architecture.md, Books). `accepted` is what the edge said. */
export function equations(ledger: Ledger, accepted: number): Equation[] {
  const clean = total(ledger, 'normalize', 'clean')
  const stored = total(ledger, 'search', 'stored')
  return [
    { what: 'accepted by the edge = in the ledger', left: accepted, right: ledger.accepted },
    {
      what: 'accepted = clean + quarantined + refused_by_erasure (normalize)',
      left: accepted,
      right: total(ledger, 'normalize'),
    },
    {
      what: 'clean = stored + duplicate + quarantined + refused_by_erasure (search)',
      left: clean,
      right: total(ledger, 'search'),
    },
    { what: 'clean = merged (latest)', left: clean, right: total(ledger, 'latest') },
    { what: 'stored = delivered + withheld (analytics)', left: stored, right: total(ledger, 'analytics') },
  ]
}

/** The equations that do not hold, in words. */
export function imbalances(ledger: Ledger, accepted: number): string[] {
  return equations(ledger, accepted)
    .filter(({ left, right }) => left !== right)
    .map(({ what, left, right }) => `${what}: ${left} is not ${right}`)
}

export function booksOf(ledger: Ledger): Books {
  const quarantined = new Map<string, number>()
  for (const { outcome, reason, samples } of ledger.lines) {
    if (outcome === 'quarantined') quarantined.set(reason, (quarantined.get(reason) ?? 0) + samples)
  }
  return {
    stored: total(ledger, 'search', 'stored'),
    duplicate: total(ledger, 'search', 'duplicate'),
    quarantined: Object.fromEntries(quarantined),
  }
}
