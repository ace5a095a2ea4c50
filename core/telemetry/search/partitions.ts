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

const preparedForMs = 2 * 86_400_000

/**
 * The partitions of each group that are made before their first samples come: this month's, and the next month's two days before it
 * begins.
 *
 *     30 December 2025 → ride and system, 2025-12 and 2026-01
 */
export function upcoming(nowMs: number): Partition[] {
  const months = new Set([nowMs, nowMs + preparedForMs].map((timeMs) => partitionOf('ride', timeMs).fromMs))
  return [...months].flatMap((monthMs) => [partitionOf('ride', monthMs), partitionOf('battery', monthMs)])
}

/** So many may one sender open in a day (UTC): two years of rides and batteries. */
const mostOfSender = 48
/** So many wait to be made at once; the tracks of others ask again when they come back. */
const mostWaiting = 200
const triedAgainAfterMs = 10_000

/** Partitions that samples came for and that are not there yet. They are made beside the stream, while their tracks wait. */
export interface NewPartitions {
  /** Samples of these senders came for it. Returns why they wait. */
  ask(partition: Partition, senders: readonly string[]): string
  /** Which to make now: of the sender for whom fewest were tried today. It stays the next until `tried`. */
  next(): Partition | undefined
  /** `refusal`: why it cannot be made; it is tried again if samples still come for it, and costs its sender no share. */
  tried(partition: Partition, refusal: string | undefined): void
}

interface Asked {
  readonly partition: Partition
  readonly sender: string
  refusal?: string
  notBeforeMs: number
  /** Since it was last tried. */
  isAsked: boolean
}

export function createNewPartitions(nowMs: () => number = Date.now): NewPartitions {
  const waiting = new Map<string, Asked>()
  let ofSender = { opened: new Map<string, number>(), tried: new Map<string, number>() }
  let today = 0

  function startDay(): void {
    const day = Math.floor(nowMs() / dayMs)
    if (day !== today) ofSender = { opened: new Map(), tried: new Map() }
    today = day
  }

  const opened = (sender: string) => ofSender.opened.get(sender) ?? 0
  const tried = (sender: string) => ofSender.tried.get(sender) ?? 0

  function giveUp({ partition, sender }: Asked): void {
    waiting.delete(keyOf(partition))
    ofSender.opened.set(sender, Math.max(0, opened(sender) - 1))
  }

  return {
    ask(partition, senders) {
      startDay()
      const asked = waiting.get(keyOf(partition))
      if (asked !== undefined) {
        asked.isAsked = true
        return asked.refusal ?? beingMade
      }
      const sender = senders.find((each) => opened(each) < mostOfSender)
      if (sender === undefined) return `its sender has opened ${mostOfSender} new partitions today`
      if (waiting.size === mostWaiting) return 'other new partitions come first'
      ofSender.opened.set(sender, opened(sender) + 1)
      waiting.set(keyOf(partition), { partition, sender, notBeforeMs: 0, isAsked: true })
      return beingMade
    },
    next() {
      startDay()
      const due = [...waiting.values()].filter(({ notBeforeMs }) => notBeforeMs <= nowMs())
      for (const asked of due) if (!asked.isAsked) giveUp(asked)
      const wanted = due.filter(({ isAsked }) => isAsked)
      return wanted.sort((a, b) => tried(a.sender) - tried(b.sender))[0]?.partition
    },
    tried(partition, refusal) {
      const asked = waiting.get(keyOf(partition))
      if (asked === undefined) return
      ofSender.tried.set(asked.sender, tried(asked.sender) + 1)
      if (refusal === undefined) waiting.delete(keyOf(partition))
      else Object.assign(asked, { refusal, isAsked: false, notBeforeMs: nowMs() + triedAgainAfterMs })
    },
  }
}

const beingMade = 'its partition is being made'
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
