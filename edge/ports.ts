// The surroundings of the edge's app. Entries bind these to a runtime; tests bind them to memory.
import type { MaskReason } from '../proto/index.ts'
import type { Reason, TokenReason } from './answers.ts'

/** Who sends, proven by a token. */
export interface Identity {
  readonly subject: string
  /** The bikes the sender may upload for: text of the id to its 16 bytes. */
  readonly bikes: ReadonlyMap<string, Uint8Array>
}

export type TokenVerdict =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly reason: TokenReason; readonly detail: string }

export type VerifyToken = (token: string) => Promise<TokenVerdict> | TokenVerdict

export type Compression = 'gzip' | 'br'

export type Decompressed =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly fault: 'too_large' | 'undecodable'; readonly detail: string }

/** Stops as soon as more than `maxBytes` have come out. Cut bodies and bodies with a tail are undecodable. */
export type Decompress = (
  bytes: Uint8Array,
  compression: Compression,
  maxBytes: number,
) => Promise<Decompressed> | Decompressed

/** One record of telemetry.raw. */
export interface OutgoingTrack {
  /** The 16 bytes of the bike's id. */
  readonly key: Uint8Array
  /** The bytes of a RawTrack. */
  readonly value: Uint8Array
}

/** Resolves when every track is acknowledged by Kafka; rejects when that is not certain (the client's retry is safe). */
export type Publish = (tracks: readonly OutgoingTrack[]) => Promise<void>

export interface Clock {
  /** Unix milliseconds. */
  nowMs(): number
  /** Milliseconds of a clock that never jumps. */
  monotonicMs(): number
}

export interface EdgeMetrics {
  /** One answered request of the upload API; `reason` is empty for an acceptance. */
  answered(answer: { status: number; reason: Reason | ''; seconds: number }): void
  samplesAccepted(samples: number): void
  trackRejected(reason: Reason): void
  /** Cells of accepted tracks that count as missing. */
  cellsMasked(reason: MaskReason, cells: number): void
  bytesReceived(bytes: { compressed: number; decompressed: number }): void
}

interface ExposedMetrics extends EdgeMetrics {
  /** In Prometheus' text format. */
  expose(): Promise<{ contentType: string; text: string }>
}

/** Numbers that are read at each exposition. */
interface MetricSources {
  inFlightBytes(): number
  inFlightUploads(): number
  /** Beyond them uploads are refused. */
  readonly maxInFlightBytes: number
  /** Kafka, or the edge that is forwarded to, takes tracks. */
  isReady(): boolean
}

/** Each runtime brings one. */
export type CreateMetrics = (sources: MetricSources) => ExposedMetrics

export interface Log {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

export interface EdgeLimits {
  readonly compressedBytes: number
  readonly decompressedBytes: number
  readonly ratio: number
  readonly ratioFreeBytes: number
  /** A track must fit into one Kafka record. */
  readonly trackBytes: number
  /** Bytes of all uploads at hand: bodies, what they decompress to, and what waits for Kafka. */
  readonly inFlightBytes: number
  /** Time that a client has for its body, and the speed at which it comes at least. */
  readonly bodyTime: BodyTime
  readonly perAddress: RateLimit
  readonly perSender: RateLimit
  /** Samples, as their tracks announce them. An upload has at most the burst. */
  readonly samplesPerSender: RateLimit
}

export interface BodyTime {
  /** Of the whole body, however fast it comes. */
  readonly longestMs: number
  /** So long a body may take before its speed counts. */
  readonly graceMs: number
  readonly leastBytesPerMs: number
}

export interface RateLimit {
  /** 0 switches the limit off. */
  readonly perSecond: number
  readonly burst: number
}

export interface EdgeDeps {
  readonly verifyToken: VerifyToken
  readonly decompress: Decompress
  readonly publish: Publish
  /** Why uploads cannot be accepted at the moment; undefined when they can. */
  readonly trouble: () => string | undefined
  /** The process is about to end: no longer ready, though it still takes what comes in. */
  readonly draining: () => boolean
  /** The address behind a connection, given what the runtime passes along with a request; empty when it is not known. */
  readonly connectionAddress: (request: Request, runtime: unknown) => string
  /** How many proxies of ours append to X-Forwarded-For. */
  readonly trustedProxies: number
  readonly limits: EdgeLimits
  readonly clock: Clock
  /** A new UUIDv7, 16 bytes. */
  readonly newTrackId: (nowMs: number) => Uint8Array
  readonly metrics: EdgeMetrics
  readonly exposeMetrics: ExposedMetrics['expose']
  readonly log: Log
  /** Mounts the endpoint that takes tracks from other edges. */
  readonly forwardSecret?: string | undefined
}
