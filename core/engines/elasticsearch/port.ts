// The telemetry store as the platform needs it. Only this folder knows the client library.
import type { FieldKey, Kind } from '../../../proto/index.ts'

/** Samples of one month (UTC) and kind group live together. A partition has one index or more, its generations. */
export interface Partition {
  readonly group: 'ride' | 'system'
  /** First millisecond of the month. */
  readonly fromMs: number
  /** First millisecond of the next month. */
  readonly toMs: number
}

/** The identity of a sample; at most one document of an identity exists. */
export interface SampleIdentity {
  readonly bikeId: string
  readonly recorderId: string
  readonly kind: Kind
  readonly timeMs: number
}

/** A document as its writer left it: what is needed to tell a repeat, a duplicate and a conflict apart. */
export interface ExistingDocument extends SampleIdentity {
  readonly trackId: string
  /** Integers in the field's scale; missing cells are absent. */
  readonly cells: ReadonlyMap<FieldKey, number>
}

/** The engine's answer to one document of a bulk. */
export type CreateAnswer =
  | { readonly type: 'created' }
  /** The identity is taken by the document of this id. */
  | { readonly type: 'exists'; readonly id: string }
  /** The index refuses every write, now and later. */
  | { readonly type: 'blocked' }
  /** The index is gone, or was never there. */
  | { readonly type: 'missing' }
  /** The engine has no room at the moment. */
  | { readonly type: 'busy'; readonly detail: string }
  /** The document itself is refused; it would be again. */
  | { readonly type: 'refused'; readonly detail: string }

export interface DocumentBulk {
  /** NDJSON: a line `{"create":{}}` and a line with the document, for each. */
  readonly body: Uint8Array
  readonly documents: number
}

export interface SiblingFacts {
  /** By the platform itself, and not only by somebody's block, which may be lifted. */
  readonly isPredecessorClosed: boolean
  /** Since the sibling was made. */
  readonly ageMs: number
  /** A sibling of this age is known to every worker. */
  readonly knownToAllAfterMs: number
}

/** Every method rejects when the engine cannot be reached or fails as a whole. */
export interface TelemetryWriter {
  /** The indices of a partition, oldest first; all but the last are closed to writing. None: it has to be made. */
  generations(partition: Partition): Promise<readonly string[]>
  /** Makes the first generation, unless somebody else has. Resolves with why the engine takes no more indices, if it does not. */
  makePartition(partition: Partition): Promise<string | undefined>
  /** Closes the newest of these generations, which are all, for good, and adds a sibling after it. Resolves as `makePartition` does. */
  addSibling(partition: Partition, generations: readonly string[]): Promise<string | undefined>
  /** Facts by which a writer decides whether `sibling`, the generation after `predecessor`, may be written to. */
  siblingFacts(predecessor: string, sibling: string): Promise<SiblingFacts>
  /** Makes all that was written to an index searchable. */
  refresh(index: string): Promise<void>
  /** Forgets what is known about the generations of a partition. */
  forget(partition: Partition): void
  /** One answer for each document, in order; undefined when all were created. */
  create(index: string, bulk: DocumentBulk): Promise<readonly CreateAnswer[] | undefined>
  /** The documents of these ids as they are this moment; undefined where there is none (any more). */
  get(index: string, ids: readonly string[]): Promise<readonly (ExistingDocument | undefined)[]>
  /** The documents of these identities in closed generations. */
  find(
    indices: readonly string[],
    identities: readonly SampleIdentity[],
  ): Promise<readonly ExistingDocument[]>
}

/** [fromMs, toMs); open towards the future without `toMs`, towards the past with -Infinity. */
interface TimeWindow {
  readonly fromMs: number
  readonly toMs?: number
}

export interface SampleQuery {
  readonly bikeId: string
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
  readonly kind?: Kind | undefined
  /** When given, only samples within one of these are seen (the rider's times as owner); none: no samples. */
  readonly windows?: readonly TimeWindow[]
  readonly oldestFirst?: boolean
  /** 1 to `maxPageSamples`. */
  readonly limit: number
  /** `next` of the page before. Throws `InvalidCursorError` when it is not one. */
  readonly cursor?: string | undefined
}

export const maxPageSamples = 5_000

/** A sample in human units. */
export interface Sample {
  readonly timeMs: number
  readonly kind: Kind
  readonly recorderId: string
  readonly values: Partial<Record<FieldKey, number>>
  readonly provenance: {
    readonly recordedAtMs: number
    readonly receivedAtMs: number
    readonly rule: string
    readonly offsetMs: number
  }
}

export interface SamplePage {
  /** Latest first, unless it was asked otherwise; samples of one moment by recorder and kind. */
  readonly samples: readonly Sample[]
  /** Opaque; absent on the last page. */
  readonly next?: string
}

export interface TelemetryReader {
  readSamples(query: SampleQuery): Promise<SamplePage>
}

export interface Connection {
  /** Rejects with what is wrong when the engine does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface ElasticsearchOptions {
  readonly url: string
  readonly username: string
  readonly password: string
  /** PEM of who signs the engine's certificate; those that Node trusts when absent. */
  readonly ca?: string
  readonly namespace: string
  readonly log: StoreLog
}

export interface WriterOptions extends ElasticsearchOptions {
  /** The age at which every worker knows a new sibling; a minute by default. */
  readonly knownToAllAfterMs?: number
}

/** The part of a pino logger that the store uses. */
interface StoreLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
}
