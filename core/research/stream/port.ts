// Claims, progress and pseudonyms: the needs of the analytics worker besides Kafka and consent.

import type { Range } from '../../telemetry/contracts/clean-samples.ts'
import type { WithheldReason } from '../../telemetry/contracts/outcomes.ts'

/** A record of telemetry.stored. */
export interface SourcePosition {
  readonly partition: number
  readonly offset: bigint
}

/** For which samples of a track a record answers, and what it did with them. A sample is claimed by one record only. */
export interface Claim extends SourcePosition {
  readonly trackId: string
  readonly samples: readonly Range[]
  readonly delivered: number
  readonly withheld: Readonly<Record<WithheldReason, number>>
}

export interface ClaimsStore {
  /** All claims on these tracks. */
  claimsOf(trackIds: readonly string[]): Promise<readonly Claim[]>
  /** Saves claims; of one that is known only the counts change. Rejects when another record has claimed one of the samples. */
  save(claims: readonly Claim[]): Promise<void>
  /** Deletes at most `limit` claims that are older than `keptDays`, but of no track of which samples are in quarantine. */
  prune(which: { readonly keptDays: number; readonly limit: number }): Promise<void>
}

/** The next offset of each partition of telemetry.stored by what was committed to analytics.progress. */
export type Progress = ReadonlyMap<number, bigint>

/** The bike's name in research: 16 bytes, always the same for a bike, of no use to find the bike. */
export type Pseudonym = (bikeId: string) => Uint8Array
