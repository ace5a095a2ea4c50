// How long the oldest message of a queue has waited. The broker tells only how many have come in and how many are left.

/** A queue as it was seen at one time. */
interface Seen {
  readonly atMs: number
  readonly published: number
}

export interface QueueNumbers {
  /** Messages in the queue, waiting and handed out. */
  readonly messages: number
  /** Messages that have ever come in; starts anew when the broker does. */
  readonly published: number
}

/** Beyond, every second one is forgotten. */
const maxSeen = 1_000

export interface QueueAge {
  /**
   * Takes what is seen now; returns the age of the oldest message in seconds, 0 without any. Between two times at which the
   * queue was seen its messages count as having come evenly. What came before the first time is as old as that, at least.
   */
  seen(atMs: number, numbers: QueueNumbers): number
}

export function createQueueAge(): QueueAge {
  let history: Seen[] = []
  return {
    seen(atMs, { messages, published }) {
      if (published < (history.at(-1)?.published ?? 0)) history = []
      history.push({ atMs, published })
      // In order, so that as many have left as have come in before the oldest one.
      const left = published - messages
      const last = history.findLastIndex((seen) => seen.published <= left)
      if (last > 0) history = history.slice(last)
      if (history.length > maxSeen)
        history = history.filter((_, i) => i % 2 === 0 || i === history.length - 1)
      return messages === 0 ? 0 : (atMs - cameAtMs(history, left)) / 1_000
    },
  }
}

/** When the message after the first `left` ones came. */
function cameAtMs([before, after]: readonly Seen[], left: number): number {
  if (before === undefined) throw new RangeError('a queue that was never seen')
  if (after === undefined || before.published > left) return before.atMs
  const share = (left - before.published) / (after.published - before.published)
  return before.atMs + share * (after.atMs - before.atMs)
}
