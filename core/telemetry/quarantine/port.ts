// The store of the quarantine, as its worker and its command need it.

/** A record of telemetry.quarantine as it is kept. */
export interface QuarantineEntry {
  /** The ids are null where the record names none. */
  readonly trackId: string | null
  readonly uploadId: string | null
  readonly bikeId: string | null
  readonly stage: string
  readonly reason: string
  readonly samples: number
  /** Positions in the track: `first+count,first+count,…`. */
  readonly ranges: string
  readonly detail: string
  /** The bytes of the QuarantinedTrack. */
  readonly record: Uint8Array
  /** Topic, partition, offset and time of the record: reading it again adds nothing. */
  readonly source: string
  readonly quarantinedAtMs: number
  /** When the edge or the devices worker had the track; null where the record does not tell. */
  readonly receivedAtMs: number | null
  /** The version of the bike's entity on which the judgement stands; 0 where none was known. */
  readonly bikeVersion: number
}

/** Which of the entries that nobody has replayed yet. */
export interface QuarantineFilter {
  readonly id?: string | undefined
  readonly reason?: string | undefined
  readonly bikeId?: string | undefined
}

export type KeptEntry = Omit<QuarantineEntry, 'source'> & {
  readonly id: string
  readonly replayedAtMs: number | null
}

/** An entry without its track, which may be large. */
export type ListedEntry = Omit<KeptEntry, 'record'>

/** Which entries wait for news of their bike. */
export interface Wait {
  readonly bikeIds: readonly string[]
  readonly stage: string
  readonly reasons: readonly string[]
}

export interface PendingEntry {
  readonly id: string
  /** The size of its record. */
  readonly bytes: number
}

export interface QuarantineStore {
  /** Adds what is not there yet, in the place of what was replayed of it, and returns how many entries that were. */
  add(entries: readonly QuarantineEntry[]): Promise<number>
  /** The oldest pending entries. */
  list(filter: QuarantineFilter, limit: number): Promise<ListedEntry[]>
  /** The oldest pending entries, by id and size. */
  pending(filter: QuarantineFilter, limit: number): Promise<PendingEntry[]>
  /**
   * Pending entries that wait so and were judged before that was known of their bike by which they are judged now; oldest receipt
   * first.
   */
  waiting(wait: Wait, limit: number): Promise<PendingEntry[]>
  /** Samples of the bikes' pending entries, of each at least so many; a bike without any is absent. */
  pendingSamples(bikeIds: readonly string[], leastOfTrack: number): Promise<ReadonlyMap<string, number>>
  /**
   * Pending entries whose partition could not be made, and that are due again: after 2 s at first, after as long as they have been here
   * at most, and every five minutes in the end. The oldest first.
   */
  parked(limit: number): Promise<PendingEntry[]>
  /** Pending entries and samples by reason. */
  count(filter: QuarantineFilter): Promise<{ reason: string; entries: number; samples: number }[]>
  find(id: string): Promise<KeptEntry | undefined>
  /**
   * Marks the entries as replayed, and with them all other pending ones of the same tracks, when `send` has succeeded;
   * it gets them oldest receipt first. Returns how many that were.
   */
  replay(ids: readonly string[], send: (entries: readonly KeptEntry[]) => Promise<void>): Promise<number>
}

/** An entry as the owner of its bike and staff see it. Nothing names its sender. */
export interface BikeQuarantineEntry {
  readonly quarantineId: string
  readonly quarantinedAtMs: number
  readonly receivedAtMs: number | null
  readonly from: 'module' | 'upload'
  readonly uploadId: string | null
  readonly stage: string
  readonly reason: string
  readonly samples: number
  /** Null where it may tell when somebody rode who is not the caller. */
  readonly detail: string | null
}

/**
 * Pending entries of a bike, newest first, and those that its modules published in the name of another. With `riderId` those that the
 * rider sent, or that came from a module while the bike was the rider's. Throws InvalidCursorError.
 */
export type QuarantineOfBike = (asked: {
  readonly bikeId: string
  readonly riderId?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}) => Promise<{ readonly entries: readonly BikeQuarantineEntry[]; readonly next: string | undefined }>
