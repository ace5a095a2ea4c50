// Entries of the books: the ledger worker writes them, others read them.
import type { Stage } from '../contracts/outcomes.ts'

/** The outcomes that a stage reports for the samples of a track. */
export interface BookedOutcome {
  readonly trackId: string
  readonly uploadId: string
  readonly trackIndex: number
  readonly sender: string
  readonly bikeId: string
  readonly stage: Stage
  readonly receivedAtMs: number
  /** As counted where the track was accepted, or by this stage where nobody counted there. */
  readonly acceptedSamples: number
  /** How many tracks of the same delivery were accepted. */
  readonly deliveryTracks: number
  /** One for each outcome and reason. */
  readonly counts: readonly { readonly outcome: string; readonly reason: string; readonly samples: number }[]
}

export interface LedgerStore {
  /**
   * Replaces what is booked of each (track, stage): at most one outcome each, in any order of the stages. `tracks` are those of
   * the outcomes that make a track known. A settled track among `late` gets its details back first.
   */
  book(
    outcomes: readonly BookedOutcome[],
    tracks: readonly BookedOutcome[],
    late: readonly BookedOutcome[],
  ): Promise<void>
}

/** A track with the details of its books. */
export interface WalkedTrack extends TrackBooks {
  /** Some of its samples are in quarantine, and were not replayed. */
  readonly waits: boolean
}

/** All samples of a settled track are clean; what else its short row says. */
export interface SettledTrack {
  readonly trackId: string
  /** Samples delivered; all others that were stored were withheld, as `consent_absent` where `unusual` has no other reason. */
  readonly delivered: number
  /** Index, tracks of the delivery, duplicate samples, samples withheld as `consent_not_at_event_time`; undefined: 0, 1, 0, 0. */
  readonly unusual: readonly [number, number, number, number] | undefined
}

/** Which of some tracks get a short row in place of their details, and of which nothing is kept (their ids). */
export interface SettlingPlan {
  readonly settled: readonly SettledTrack[]
  readonly expired: readonly string[]
}

export interface SettlingStore {
  /** Partitions are there for rows of the last so many days and of next week, and none that is wholly older. */
  keepPartitions(days: number): Promise<void>
  /**
   * Reads at most `limit` tracks that have details and were received before `beforeMs`, by id behind `after`, and does what `plan`
   * says of them, all or nothing; nobody books meanwhile. `next` where there may be more.
   */
  settle(
    which: { readonly after: string | undefined; readonly beforeMs: number; readonly limit: number },
    plan: (tracks: readonly WalkedTrack[]) => SettlingPlan,
  ): Promise<{ readonly settled: number; readonly expired: number; readonly next: string | undefined }>
}

/** One line of the ledger. `reason` is empty where the outcome says it all. */
export interface LedgerCount {
  readonly stage: Stage
  readonly outcome: string
  readonly reason: string
  readonly samples: number
}

/** One accepted track. A repeated upload has its tracks more than once, each with an id of its own. */
export interface TrackBooks {
  readonly trackId: string
  readonly index: number
  readonly bikeId: string
  readonly receivedAtMs: number
  /** How many tracks its delivery has. */
  readonly deliveryTracks: number
  readonly accepted: number
  readonly counts: readonly LedgerCount[]
}

/** Deliveries of an upload, oldest first; `next` where there are more. Rejects with InvalidCursorError. */
export type UploadPage = (of: {
  readonly uploadId: string
  readonly sender: string
  /** So many at most; each has 256 tracks at most. */
  readonly deliveries: number
  readonly cursor?: string | undefined
}) => Promise<{ readonly tracks: readonly TrackBooks[]; readonly next: string | undefined }>
