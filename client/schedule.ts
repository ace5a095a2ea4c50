// Whose turn it is: what the uploader remembers of its attempts, and how long it leaves an upload, or the edge, alone.
import { pauseMs, type RetryPolicy } from './retry.ts'

export interface ScheduleOptions {
  readonly retry: RetryPolicy
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Milliseconds that only grow. */
  readonly nowMs: () => number
}

export function createSchedule({ retry, random, nowMs }: ScheduleOptions) {
  /** Uploads that were sent without being settled: how often, and when they may be sent again. */
  const tried = new Map<string, { failures: number; notBeforeMs: number }>()
  /** Attempts in a row that the edge did not answer, and until when it is left alone. */
  let silences = 0
  let quietUntilMs = 0

  const failuresOf = (uploadId: string) => tried.get(uploadId)?.failures ?? 0

  return {
    /** The edge did not answer for this upload: leave it alone for a while, and begin with another one afterwards. */
    unanswered(uploadId: string, retryAfterMs?: number): number {
      silences++
      const asked = retryAfterMs !== undefined && { retryAfterMs }
      const waitMs = pauseMs({ failures: silences, random: random(), ...asked }, retry)
      quietUntilMs = nowMs() + waitMs
      tried.set(uploadId, { failures: failuresOf(uploadId) + 1, notBeforeMs: quietUntilMs })
      return waitMs
    },

    /** The edge answered, whatever it said. */
    answered(): void {
      silences = 0
    },

    /** The edge took less than all: leave this upload alone for a while, but not the others. */
    postponed(uploadId: string): number {
      const failures = failuresOf(uploadId) + 1
      const waitMs = pauseMs({ failures, random: random() }, retry)
      tried.set(uploadId, { failures, notBeforeMs: nowMs() + waitMs })
      return waitMs
    },

    settled(uploadId: string): void {
      tried.delete(uploadId)
    },

    /** The upload that was tried least, the oldest of those; or how long none may be sent. */
    next(ids: readonly string[]): { uploadId: string } | { waitMs: number } {
      const now = nowMs()
      if (now < quietUntilMs) return { waitMs: quietUntilMs - now }
      const notBeforeMs = (id: string) => tried.get(id)?.notBeforeMs ?? now
      const due = ids.filter((id) => notBeforeMs(id) <= now)
      if (due.length === 0) return { waitMs: Math.min(...ids.map(notBeforeMs)) - now }
      return { uploadId: due.reduce((best, id) => (failuresOf(id) < failuresOf(best) ? id : best)) }
    },
  }
}
