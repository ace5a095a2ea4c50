// What the bikes and components of the fleet look like to service staff. Ids are UUIDs as lower-case text, times Unix milliseconds.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { StatementState } from '../judging/port.ts'

export interface Page {
  readonly limit: number
  /** Of the page before. Anything else rejects with InvalidCursorError. */
  readonly cursor?: string | undefined
}

export interface Paged<Row> {
  readonly rows: readonly Row[]
  /** Undefined on the last page. */
  readonly next: string | undefined
}

export type Match =
  | {
      readonly kind: 'bike'
      readonly bikeId: string
      readonly frameNumber: string | null
      readonly modelId: string | null
    }
  | {
      readonly kind: 'component'
      readonly componentId: string
      readonly type: string
      readonly serialNumber: string
      /** By which it was found, when it is another one of its numbers. */
      readonly alias: string | null
      /** Where it is now. */
      readonly bikeId: string | null
    }

export interface ComponentFacts {
  readonly componentId: string
  readonly type: string
  readonly serialNumber: string
  readonly hardwareRevision: string
  readonly firmwareRevision: string
  readonly batch: string
  readonly plant: string
  readonly producedAtMs: number
}

export interface OpenFinding {
  readonly findingId: string
  readonly reason: string
  readonly subject: string
  readonly detail: string
  readonly evidence: unknown
  readonly openedAtMs: number
}

export interface BikeView {
  readonly bikeId: string
  /** Of its entity on `bike.entity`. */
  readonly version: number
  readonly frameNumber: string | null
  readonly model: { readonly modelId: string; readonly name: string } | null
  readonly plant: string | null
  readonly oem: string | null
  readonly producedAtMs: number
  readonly deliveredAtMs: number | null
  readonly registeredAtMs: number
  /** Whether somebody owns it now; who it is, is not service staff's business. */
  readonly owned: boolean
  /** The parts that are in it now, by slot. */
  readonly parts: readonly (ComponentFacts & { readonly slot: string; readonly installedAtMs: number })[]
  /** The parts that the bike itself reports, by slot. */
  readonly reportedParts: readonly {
    readonly slot: string
    readonly serialNumber: string
    readonly toldAtMs: number
  }[]
  /** Of the bike and of what is in it. */
  readonly findings: readonly OpenFinding[]
}

export interface ComponentView extends ComponentFacts {
  readonly recycledAtMs: number | null
  /** Other serial numbers under which it is understood. */
  readonly aliases: readonly string[]
  /** Oldest first. */
  readonly installations: readonly {
    readonly bikeId: string
    readonly frameNumber: string | null
    readonly slot: string
    readonly installedAtMs: number
    /** Null while it is there. */
    readonly removedAtMs: number | null
    /** The statements that say so. */
    readonly installedBy: string
    readonly removedBy: string | null
  }[]
  /** Oldest first. */
  readonly serviceEvents: readonly {
    readonly eventId: string
    readonly kind: string
    readonly atMs: number
    readonly bikeId: string | null
  }[]
  readonly findings: readonly OpenFinding[]
}

/** What happened to a bike's records, without who owned it. */
export type HistoryItem =
  | {
      readonly kind: 'statement'
      readonly atMs: number
      readonly eventId: string
      readonly source: string
      /** The case of the envelope, such as `bikeProduced`. */
      readonly says: string
      readonly state: StatementState
      readonly occurredAtMs: number | null
      readonly statement: unknown
    }
  | {
      /** What a row said until then. */
      readonly kind: 'superseded'
      readonly atMs: number
      readonly table: string
      readonly row: Readonly<Record<string, unknown>>
    }

/** As it is stored: it may name riders. */
export type StoredHistoryItem =
  | (Omit<Extract<HistoryItem, { kind: 'statement' }>, 'statement'> & { readonly event: ManufacturingEvent })
  | Extract<HistoryItem, { kind: 'superseded' }>

/** The store, as the reader sees it. */
export interface RecordStore {
  /** Bikes and components one of whose numbers begins so, in the order of numbers. */
  searchNumber(begin: string, page: Page): Promise<Paged<Match>>
  searchId(id: string, page: Page): Promise<Paged<Match>>
  bike(bikeId: string): Promise<BikeView | undefined>
  component(componentId: string): Promise<ComponentView | undefined>
  /** All that the bike ever had; undefined when there is no such bike. */
  frameNumbers(bikeId: string): Promise<readonly string[] | undefined>
  /** Statements about one of the subjects, and former rows of the bike; newest first. */
  history(of: { bikeId: string; subjects: readonly string[] }, page: Page): Promise<Paged<StoredHistoryItem>>
}

export interface FleetReader {
  /** Numbers that begin so, normalised as statements are, and ids; in the order of numbers. */
  search(words: string, page: Page): Promise<Paged<Match>>
  bike(bikeId: string): Promise<BikeView | undefined>
  /** Newest first; undefined when there is no such bike. */
  history(bikeId: string, page: Page): Promise<Paged<HistoryItem> | undefined>
  component(componentId: string): Promise<ComponentView | undefined>
}
