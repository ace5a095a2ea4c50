// What the stream tells research, and the needs of its worker besides Kafka: consents with their keys, claims, progress.

import type { Kind } from '../../../proto/index.ts'
import type { ConsentRange } from '../../riders/consent/port.ts'
import type { Range } from '../../telemetry/contracts/clean-samples.ts'
import type { WithheldReason } from '../../telemetry/contracts/outcomes.ts'

/**
 * A record of analytics.tracks as JSON, keyed by its subject: the consented samples of a track.
 *
 * `{"subject": "9f…", "person": "07…", "recorder": "3c2d01ab", "kind": "battery", "time_ms": [2000, 3000], "metrics": {"state_of_charge_pct": [89, null]}}`
 */
export interface ResearchTrack {
  /** The bike under this person: 32 hex digits. */
  readonly subject: string
  /** The rider for as long as one consent lasts: 32 hex digits. */
  readonly person: string
  /** Which of the bike's recorders: 8 hex digits, of meaning beside the subject alone. No two samples of it have one kind and time. */
  readonly recorder: string
  readonly kind: Kind
  /** Of each sample, Unix milliseconds, corrected. */
  readonly time_ms: readonly number[]
  /** By metric with its unit (proto/codec/fields.ts): one value a sample, null where there is none. */
  readonly metrics: Readonly<Record<string, readonly (number | null)[]>>
}

/** A record of analytics.withdrawals as JSON, keyed by the person: all of that person is to be forgotten, and never comes back. */
export interface Withdrawal {
  readonly person: string
}

/** A rider's consent to research from its giving to its withdrawal. */
export interface ConsentPeriod {
  /** 32 random bytes in hex, of which the names of person and subjects are made. */
  readonly key: string
  readonly person: string
}

/** What a rider's consent to research is at the moment. */
export interface ResearchConsent {
  readonly ranges: readonly ConsentRange[]
  /** Undefined until the first batch that needs it. */
  readonly period: ConsentPeriod | undefined
}

/** By rider. */
export type ResearchConsents = ReadonlyMap<string, ResearchConsent>

/** A withdrawal ends the period: its key is deleted in the same transaction, and its person waits to be published. */
export interface ResearchConsentStore {
  /** Asks now. A rider without any consent is absent from the answer. Rejects when the answer cannot be had. */
  consentsOf(riderIds: readonly string[]): Promise<ResearchConsents>
  /** Begins periods, by rider. A rider who has one by now keeps it. */
  begin(periods: ReadonlyMap<string, ConsentPeriod>): Promise<void>
}

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
