// What the witness worker needs of the store of reported parts and findings.

/** The word of a bike about one slot. */
export interface PartWord {
  readonly bikeId: string
  readonly slot: string
  /** As components are named: in capitals, without white space. */
  readonly serialNumber: string
  /** Event time. */
  readonly toldAtMs: number
  readonly trackId: string
}

export interface FindingCounts {
  readonly opened: number
  readonly closed: number
}

export interface WitnessStore {
  /** Keeps the words where they are newer than what is known, and brings the findings of those bikes up to date. */
  note(words: readonly PartWord[]): Promise<FindingCounts>
}
