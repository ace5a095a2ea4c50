// The store, as installed-part reconciliation sees it: reports of bikes, the records beside them, and findings.

import type { SubjectLock } from '../statements/subjects.ts'

/** Doubts that telemetry gives cause for; all are flags of the bike. */
export type InstalledPartReason =
  /** The bike carries another part than the records say, a known one. */
  | 'undocumented_swap'
  /** The bike carries a part that no record knows. */
  | 'part_unregistered'
  /** The bike carries a part that the records have in another bike. */
  | 'part_of_another_bike'

/** The newest report of a bike about one slot. */
export interface PartReport {
  readonly bikeId: string
  readonly slot: string
  /** As components are named: in capitals, without white space. */
  readonly serialNumber: string
  /** Event time, in whole milliseconds. */
  readonly toldAtMs: number
  readonly trackId: string
}

/** A report of a registered bike, as it is stored. */
export interface StoredReport extends PartReport {
  /** The type of component that the bike's model has in the slot; null where the model does not say. */
  readonly slotType: string | null
  /** A bike that was registered by hand has no model. */
  readonly hasModel: boolean
}

/** A component by one of its names. */
export interface NamedComponent {
  readonly type: string
  readonly serialNumber: string
  readonly componentId: string
  /** The number is another name of the component, not its own. */
  readonly isAlias: boolean
}

/** A place where a component is or was, [fromMs, untilMs). */
export interface Stay {
  readonly bikeId: string
  readonly slot: string
  readonly componentId: string
  readonly serialNumber: string
  readonly fromMs: number
  readonly untilMs: number
}

export interface Difference {
  readonly reason: InstalledPartReason
  readonly bikeId: string
  /** The slot. */
  readonly subject: string
  readonly componentId: string | undefined
  /** For people. */
  readonly detail: string
  readonly evidence: Readonly<Record<string, string>>
}

/** An open finding about a bike, for whatever reason. */
export interface OpenFinding extends Pick<Difference, 'bikeId' | 'subject' | 'evidence'> {
  readonly findingId: string
  readonly reason: string
}

/** Reports of bikes, and the records about the same bikes and components. */
export interface PartsOnRecord {
  readonly openFindings: readonly OpenFinding[]
  readonly reports: readonly StoredReport[]
  /** All that have a serial number that is reported, of whatever type. */
  readonly components: readonly NamedComponent[]
  /** In these bikes, and of these components wherever they were; oldest first. */
  readonly stays: readonly Stay[]
}

export interface FindingChanges {
  readonly close: readonly { readonly findingId: string; readonly closedBy: string }[]
  readonly open: readonly Difference[]
}

/** `explainedBy` has, for each bike, the statement or track because of which its parts are compared. */
export type ReconcileParts = (
  found: PartsOnRecord,
  explainedBy: ReadonlyMap<string, string>,
) => FindingChanges

export interface ReportingBikes {
  readonly frameNumbers: readonly string[]
  readonly reports: readonly StoredReport[]
}

export interface KeptReports {
  readonly keep: readonly PartReport[]
  readonly forget: readonly Pick<PartReport, 'bikeId' | 'slot'>[]
}

/** The store calls it while it takes in reports. Pure. */
export interface InstalledPartPlan {
  /** Told what is known of the bikes before anything is locked. */
  locksFor(reports: readonly PartReport[], known: ReportingBikes): readonly SubjectLock[]
  /** Told all reports that are stored of the bikes. */
  keep(reports: readonly PartReport[], stored: readonly PartReport[]): KeptReports
  readonly reconcile: ReconcileParts
}

export interface FindingCounts {
  readonly opened: number
  readonly closed: number
}

export interface InstalledPartStore {
  /** Keeps the reports that the plan wants, and brings the findings of those bikes up to date, in one transaction. */
  update(reports: readonly PartReport[], plan: InstalledPartPlan): Promise<FindingCounts>
}
