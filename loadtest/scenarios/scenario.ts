// What a scenario is made of: who sends how much, what k6 must have seen, and what must hold of the platform. Pure.
import type { Shape } from './shape.ts'

/**
 * `rides`: phones that record and seal as they go; `kept`: uploads that were sealed long ago and waited in phones;
 * `hostile`: bodies and tokens that must be refused.
 */
export const flows = ['rides', 'kept', 'hostile'] as const
export type FlowName = (typeof flows)[number]

/** What an upload that waited holds: five minutes of now, or an hour of a day months ago. */
export type KeptKind = 'recent' | 'months late'

export interface Scenario {
  readonly about: string
  /** Of a run, when nobody says otherwise. */
  readonly minutes: number
  /** Uploads a second of each flow at factor 1. */
  readonly load: (of: { seconds: number; date: Date }) => Partial<Record<FlowName, Shape>>
  readonly kept?: KeptKind
  /** Modules that report by MQTT beside k6. */
  readonly modules?: number
  /** So many samples a second of one rider's app, and as many of one module, in the second half of the run. */
  readonly floodPerSecond?: number
  /** k6's own, by metric. */
  readonly thresholds: Readonly<Record<string, readonly string[]>>
  readonly goals: Goals
  /** Of the edge, when the run starts the platform itself. */
  readonly edge?: Readonly<Record<string, string>>
  /** Addresses that all phones share, as behind the gateways of a mobile network; one a rider when absent. */
  readonly addresses?: number
}

/** What must hold beyond k6's sight; what is absent is not asked for. */
export interface Goals {
  /** 99th percentile from the acknowledgement on. */
  readonly searchableMs?: number
  readonly latestMs?: number
  /** From the end of the load until every sample is in the books. */
  readonly settledWithinS: number
  /** The last quarter of the run against the one after the first: what leaks grows. */
  readonly memoryGrowth?: number
  /** From the end of a spike until uploads are answered as before it. */
  readonly recoveredWithinS?: number
  /** 99th percentile from acknowledged to searchable while others flood, over that before. */
  readonly floodedOverQuiet?: number
  /** The spike must have been one: so many uploads, at least, were asked to come later. */
  readonly refusedAtLeast?: number
}

/** What holds in every scenario: nothing falls or is refused without a hint, answers are the documented ones, k6 keeps up. */
export const always = {
  fallen: ['count==0'],
  wrong_answers: ['count==0'],
  exceptions: ['count==0'],
  dropped_iterations: ['count==0'],
} as const
