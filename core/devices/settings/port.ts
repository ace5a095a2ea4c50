// Settings of bikes: as their owners wish them, as the bikes report them, and the store that keeps both.
import type { SettingsValues } from './values.ts'

/** What a bike says of its settings. */
export interface SettingsReport {
  /** That the bike took last; 0 before the first. */
  readonly version: number
  /** Changes at the bike since it took that version. */
  readonly localChanges: number
  /** All that the bike has. */
  readonly values: SettingsValues
}

export interface BikeSettings {
  /** Counts up with each change of what is wished, also across owners; 0 before the first. */
  readonly version: number
  /** The first version of the present owner: settings of before are not shown. */
  readonly sinceVersion: number
  /** Undefined where the present owner has wished for nothing. Times are Unix milliseconds. */
  readonly desired: { readonly values: SettingsValues; readonly atMs: number } | undefined
  /** The bike's last report that the present owner may see. */
  readonly reported: (SettingsReport & { readonly atMs: number }) | undefined
  /** When the bike last reported to have what was wished then. */
  readonly agreedAtMs: number | undefined
}

/** As the database knows a bike when its settings are about to change. */
export interface KnownSettings extends BikeSettings {
  readonly bikeId: string
  /** Undefined where nobody owns the bike now. */
  readonly ownerId: string | undefined
  readonly isContested: boolean
  /** The database's clock. */
  readonly nowMs: number
}

export interface SettingsPlan {
  /** What to write; undefined where nothing changes. Unfinished commands with an older version end. */
  readonly settings?: BikeSettings
  /** Hand the newest version over as soon as the bike is connected. */
  readonly isDue: boolean
}

export interface Wish {
  readonly bikeId: string
  readonly riderId: string
  readonly values: SettingsValues
  /** Whether the wish is about the settings with that tag. */
  readonly isAbout: (tag: string) => boolean
}

export type WishOutcome =
  | { readonly outcome: 'wished' | 'unchanged'; readonly settings: BikeSettings }
  /** Somebody else, or the bike, has changed them since. */
  | { readonly outcome: 'changed' }
  | { readonly outcome: 'not_owner' }
  /** It is disputed whose the bike is. */
  | { readonly outcome: 'contested' }

/** For those who ask for and change settings. */
export interface SettingsOfBikes {
  of(bikeId: string): Promise<BikeSettings>
  wish(wish: Wish): Promise<WishOutcome>
}

export interface SettingsStore {
  of(bikeId: string): Promise<BikeSettings>
  /** Writes what `plan` makes of what is known, in one transaction. Changes of one bike wait for each other, and for its commands'. */
  change<Plan extends SettingsPlan>(bikeId: string, plan: (known: KnownSettings) => Plan): Promise<Plan>
}
