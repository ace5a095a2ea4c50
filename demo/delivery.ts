// One request of the demonstration to the edge, as planned.
import type { Track } from '../proto/index.ts'

type Purpose = 'plain' | 'repeat' | 'corrupt' | 'conflict'

export interface Delivery {
  readonly purpose: Purpose
  /** Deliveries of the same key carry the same upload id. */
  readonly upload: string
  readonly tracks: readonly Track[]
  readonly samples: number
  /** Samples whose values contradict what was stored before. */
  readonly conflicting: number
  /** True time of the newest ride sample, where its freshness can be measured: a right clock, a known bike. */
  readonly probeMs?: number
}
