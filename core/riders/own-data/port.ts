// A ride as columns over time, and the places that a rider keeps private.
import type { FieldKey } from '../../../proto/index.ts'

/** Faults are events, not a course over time, and are no column. */
export type RideMetric = FieldKey<'ride' | 'battery' | 'motor'>

/** What was measured at one moment, in the units that the metrics' names say. */
export interface RideSample {
  /** Unix milliseconds. */
  readonly timeMs: number
  readonly values: Readonly<Partial<Record<RideMetric, number>>>
}

/**
 * A ride, or a part of one, as arrays of equal length. A row without any value marks a gap: nothing was measured there for a while,
 * or nothing is shown, and no line is drawn across.
 *
 *     { times: [0, 1000], columns: { speed_kmh: [18, 18.4], state_of_charge_pct: [null, 80] }, bucketMs: 0 }
 */
export interface RideStreams {
  /** Unix milliseconds, strictly ascending. */
  readonly times: readonly number[]
  /** In the units that the metrics' names say; null where a metric was not measured. A metric that was never measured is absent. */
  readonly columns: Readonly<Partial<Record<RideMetric, readonly (number | null)[]>>>
  /** The milliseconds that one row stands for; 0 where rows are samples. */
  readonly bucketMs: number
}

/** A ride as it goes into a file. */
export interface NamedRide {
  /** The rider’s own words, whatever they hold. */
  readonly name: string
  readonly streams: RideStreams
}

/** A circle that covers a place which the rider keeps private. */
export interface PrivacyZone {
  readonly latitudeDeg: number
  readonly longitudeDeg: number
  readonly radiusM: number
}

/** Where the zones of riders are kept. */
export interface PrivacyZones {
  /** None where the rider never named one. The key is the rider's own from the first zone on, and never changes. */
  of(riderId: string): Promise<{ readonly zones: readonly PrivacyZone[]; readonly key: Uint8Array }>
  replace(riderId: string, zones: readonly PrivacyZone[]): Promise<void>
}
