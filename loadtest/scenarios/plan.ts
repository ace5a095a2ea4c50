// What a run hands to k6, in files of JSON: the orchestrator writes them, the scenarios' code reads them. Types only.
import type { FlowName } from './scenario.ts'
import type { Shape } from './shape.ts'

export interface LoadPlan {
  readonly edgeUrl: string
  /** Where tokens that have expired are renewed; undefined: they are not. */
  readonly tokenUrl: string | undefined
  readonly flows: Partial<Readonly<Record<FlowName, Shape>>>
  readonly thresholds: Readonly<Record<string, readonly string[]>>
  /** Names of the files, beside the plan: LoadRider[], KeptUpload[], HostileRequest[]. */
  readonly ridersFile: string
  readonly keptFile: string
  readonly hostileFile: string
  readonly summaryFile: string
  /** Each bike rides on, upload by upload, from that time. */
  readonly ride: { readonly beginMs: number; readonly seconds: number }
}

export interface LoadRider {
  readonly riderId: string
  readonly token: string
  /** Goes into X-Forwarded-For, which an edge believes behind a proxy. */
  readonly address: string
  readonly bikes: readonly LoadBike[]
}

export interface LoadBike {
  readonly bikeId: string
  readonly recorderId: string
}

/** Sealed by the client's code and kept in a phone since. */
export interface KeptUpload {
  /** Position among the riders. */
  readonly rider: number
  readonly uploadId: string
  readonly samples: number
  /** Base64. */
  readonly tracks: readonly string[]
}

export interface HostileRequest {
  readonly name: string
  /** The documented answers; to be asked to come later is always one. */
  readonly expected: readonly number[]
  readonly headers: Readonly<Record<string, string>>
  /** Base64. */
  readonly body: string
}

/** Of k6's end: how each threshold did that it had something to judge by. */
export interface LoadSummary {
  readonly thresholds: readonly { readonly metric: string; readonly rule: string; readonly ok: boolean }[]
}

/** The clocks of every phone of a load test: right, and started long ago. */
export const phoneOptions = { bootedAtMs: Date.UTC(2020, 0, 1), bootId: 1, wrongByMs: 0, events: [] } as const
