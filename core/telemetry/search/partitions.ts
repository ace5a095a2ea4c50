// Where a sample lives, and when a partition goes on in a sibling. Pure.
import type { Kind } from '../../../proto/index.ts'
import type { Partition, SiblingFacts } from '../../engines/elasticsearch/port.ts'

/**
 * One partition for each month of event time (UTC) and kind group: a sample of a ride on 15 November 2023 lives in
 * `{ group: 'ride', fromMs: 1698796800000, toMs: 1701388800000 }`.
 */
export function partitionOf(kind: Kind, eventMs: number): Partition {
  const date = new Date(eventMs)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth()
  // Rides are nine tenths of all samples; the small kinds share a partition.
  const group = kind === 'ride' ? 'ride' : 'system'
  return { group, fromMs: Date.UTC(year, month), toMs: Date.UTC(year, month + 1) }
}

/** More siblings than this mean that something else is wrong; the worker waits and says so. */
export const mostGenerations = 10

/**
 * What to do when `index` refuses every write, by the generations as they are now: its samples go to a new sibling, unless
 * somebody else has added one. Throws when there are too many.
 */
export function afterBlock(generations: readonly string[], index: string): 'add a sibling' | 'go on' {
  if (generations.at(-1) !== index) return 'go on'
  if (generations.length < mostGenerations) return 'add a sibling'
  throw new Error(`${index} is blocked, and so are the ${generations.length - 1} generations before it`)
}

export type Admission =
  | { readonly type: 'open' }
  /** What was written to the predecessor until now must be found first. */
  | { readonly type: 'open after refresh' }
  | { readonly type: 'closed'; readonly forMs: number }

/**
 * Whether a young sibling may be written to. A worker that does not know it yet might write to its predecessor: if somebody lifts the
 * block that led to the sibling, the same identity would otherwise be stored in both. So a predecessor that is not closed by ourselves
 * holds its sibling back until every worker knows it.
 */
export function admissionOf({ isPredecessorClosed, ageMs, knownToAllAfterMs }: SiblingFacts): Admission {
  if (isPredecessorClosed) return { type: 'open' }
  if (ageMs >= knownToAllAfterMs) return { type: 'open after refresh' }
  return { type: 'closed', forMs: knownToAllAfterMs - ageMs }
}
