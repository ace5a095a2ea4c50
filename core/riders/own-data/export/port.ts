// What an export asks of the stores, beside rides and samples. Times are Unix milliseconds.

/** A month in UTC: `2026-11`. */
export type Month = string

/** Facts about a rider that have one file a month each, such as `consents.json`. */
export const recordKinds = [
  'profile',
  'ownership',
  'ownership-changes',
  'ownership-cases',
  'offers',
  'notices',
  'consents',
  'grants',
  'commands',
  'accesses',
  'uploads',
  'clocks',
  'ride-notes',
] as const
export type RecordKind = (typeof recordKinds)[number]

/** [fromMs, untilMs) of a rider. */
export interface RiderTime {
  readonly riderId: string
  readonly fromMs: number
  readonly untilMs: number
}

/** When a bike was the rider’s: [fromMs, toMs), infinite where open. */
export interface OwnedTime {
  readonly bikeId: string
  readonly windows: readonly { readonly fromMs: number; readonly toMs: number }[]
}

/** Samples that were not believed, and that nobody has released yet. */
export interface QuarantinedRecord {
  readonly quarantineId: string
  readonly bikeId: string | null
  readonly quarantinedAtMs: number
  readonly stage: string
  readonly reason: string
  readonly detail: string
  /** Positions in the track: `first+count,…`. */
  readonly ranges: string
  /** The bytes of the QuarantinedTrack. */
  readonly record: Uint8Array
}

/** What PostgreSQL knows of a rider. Every method rejects when it does not answer. */
export interface OwnRecords {
  /** By the ids of the bikes. */
  bikesOf(riderId: string): Promise<readonly OwnedTime[]>
  /** In which records or rides lie, and entries of the quarantine that may be the rider’s; in any order. */
  monthsOf(riderId: string): Promise<readonly Month[]>
  /** JSON objects in the order of time, page by page. */
  read(kind: RecordKind, time: RiderTime): AsyncIterable<readonly object[]>
  /** Of the rider’s uploads and of his bikes, whoever owned them then; one after the other in the order of time. */
  quarantined(time: RiderTime): AsyncIterable<QuarantinedRecord>
}

/** Where samples lie. */
export interface SampleMonths {
  /** In which these bikes have samples of these times; in any order. */
  sampleMonthsOf(bikes: readonly OwnedTime[]): Promise<readonly Month[]>
}
