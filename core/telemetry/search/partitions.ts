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

/** So many may be made in a batch, for which all behind it wait … */
const mostOfBatch = 4
/** … and so many for one sender in a day (UTC): two years of rides and batteries. */
const mostOfSender = 48

/** Whose turn it is to open new partitions. */
export interface NewPartitions {
  startBatch(): void
  /** Why this partition, with samples of these senders, is not to be made now; undefined when it is. */
  refusal(partition: Partition, senders: readonly string[]): string | undefined
  /** It could not be made: the attempt costs no sender his share. */
  failed(partition: Partition): void
}

/** One upload with 60 unknown months opens four, then others have their turn; the rest of it waits and comes back. */
export function createNewPartitions(nowMs: () => number = Date.now): NewPartitions {
  const opened = new Map<string, number>()
  const ofBatch = new Map<string, { readonly sender: string; hasFailed: boolean }>()
  let today = 0

  function add(sender: string, count: number): void {
    opened.set(sender, (opened.get(sender) ?? 0) + count)
  }

  return {
    startBatch: () => ofBatch.clear(),
    refusal(partition, senders) {
      const day = Math.floor(nowMs() / dayMs)
      if (day !== today) opened.clear()
      today = day
      if (ofBatch.has(keyOf(partition))) return undefined
      const sender = senders.find((each) => (opened.get(each) ?? 0) < mostOfSender)
      if (sender === undefined) return `its sender has opened ${mostOfSender} new partitions today`
      if (ofBatch.size === mostOfBatch) return 'other new partitions come first'
      ofBatch.set(keyOf(partition), { sender, hasFailed: false })
      add(sender, 1)
      return undefined
    },
    failed(partition) {
      const attempt = ofBatch.get(keyOf(partition))
      if (attempt === undefined || attempt.hasFailed) return
      attempt.hasFailed = true
      add(attempt.sender, -1)
    },
  }
}

const dayMs = 86_400_000
const keyOf = ({ group, fromMs }: Partition) => `${group} ${fromMs}`

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
