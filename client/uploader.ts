// Sends what is queued, one upload at a time, until the edge has answered for every track.
import { sortTracks, type UploadAnswer } from './answer.ts'
import { type AttemptOptions, createAttempt } from './attempt.ts'
import type { Rejection, UploadQueue } from './queue.ts'
import { defaultRetryPolicy, pauseMs, type RetryPolicy } from './retry.ts'
import type { SealedUpload } from './seal.ts'
import { createSleeper } from './sleeper.ts'

export interface UploaderOptions extends AttemptOptions {
  readonly queue: UploadQueue
  readonly retry?: RetryPolicy
  /** Uniform in [0, 1). */
  readonly random?: () => number
  /** Milliseconds that only grow; waits are measured by them. */
  readonly nowMs?: () => number
  /** For logs and the app's status line. Must not throw. */
  readonly onEvent?: (event: UploadEvent) => void
}

export type UploadEvent =
  /** The edge took these tracks; all others of the attempt are rejected. */
  | { readonly kind: 'answered'; readonly uploadId: string; readonly answer: UploadAnswer }
  /** Put aside for ever. */
  | { readonly kind: 'rejected'; readonly uploadId: string; readonly rejection: Rejection }
  /** Nothing is sent before `waitMs` have passed. */
  | {
      readonly kind: 'waiting'
      readonly uploadId: string
      readonly detail: string
      readonly waitMs: number
    }

/** What came of one step. `waitMs`: when the next step makes sense; absent when the queue is empty. */
export type Step =
  | { readonly kind: 'attempted'; readonly waitMs: number }
  | { readonly kind: 'waiting'; readonly waitMs: number }
  | { readonly kind: 'empty' }

/** How long an idle uploader sleeps at most before it looks into the queue again. */
const idleMs = 60_000

export type Uploader = ReturnType<typeof createUploader>

export function createUploader(options: UploaderOptions) {
  const { queue, retry = defaultRetryPolicy, random = Math.random, onEvent = () => {} } = options
  const { nowMs = () => performance.now() } = options
  const attempt = createAttempt(options)
  const sleeper = createSleeper()
  /** Uploads that were sent without being settled: how often, and when they may be sent again. */
  const tried = new Map<string, { failures: number; notBeforeMs: number }>()
  /** Attempts in a row that the edge did not answer, and until when it is left alone. */
  let failures = 0
  let quietUntilMs = 0

  /** The edge did not answer for this upload: leave it alone for a while, and begin with another one afterwards. */
  function failed(uploadId: string, detail: string, retryAfterMs?: number): Step {
    failures++
    const waitMs = pauseMs(
      { failures, random: random(), ...(retryAfterMs !== undefined && { retryAfterMs }) },
      retry,
    )
    quietUntilMs = nowMs() + waitMs
    const before = tried.get(uploadId)?.failures ?? 0
    tried.set(uploadId, { failures: before + 1, notBeforeMs: quietUntilMs })
    onEvent({ kind: 'waiting', uploadId, detail, waitMs })
    return { kind: 'attempted', waitMs }
  }

  async function reject(upload: SealedUpload, rejection: Rejection): Promise<void> {
    await queue.reject(upload, rejection)
    onEvent({ kind: 'rejected', uploadId: upload.uploadId, rejection })
  }

  /** Keeps the tracks that may be sent again, puts aside those that never will, and forgets the rest: they are taken. */
  async function settle(upload: SealedUpload, answer: UploadAnswer): Promise<Step> {
    const { uploadId } = upload
    failures = 0
    onEvent({ kind: 'answered', uploadId, answer })
    const { never, later } = sortTracks(upload, answer)
    if (never.tracks.length > 0) {
      await reject({ uploadId, tracks: never.tracks }, { kind: 'tracks', tracks: never.answers })
    }
    await queue.settle(uploadId, later.tracks)
    if (later.tracks.length === 0) {
      tried.delete(uploadId)
      return { kind: 'attempted', waitMs: 0 }
    }
    const times = (tried.get(uploadId)?.failures ?? 0) + 1
    const waitMs = pauseMs({ failures: times, random: random() }, retry)
    tried.set(uploadId, { failures: times, notBeforeMs: nowMs() + waitMs })
    onEvent({ kind: 'waiting', uploadId, detail: `${later.tracks.length} tracks rejected for now`, waitMs })
    return { kind: 'attempted', waitMs: 0 }
  }

  async function send(upload: SealedUpload, signal?: AbortSignal): Promise<Step> {
    const { uploadId } = upload
    const outcome = await attempt(upload, signal)
    switch (outcome.kind) {
      case 'answered':
        return settle(upload, outcome.answer)
      case 'refused': {
        failures = 0
        await reject(upload, { kind: 'upload', status: outcome.status, body: outcome.body })
        await queue.settle(uploadId, [])
        tried.delete(uploadId)
        return { kind: 'attempted', waitMs: 0 }
      }
      case 'unauthorized':
        return failed(uploadId, 'the token was not taken, nor the next one')
      case 'unavailable':
        return failed(uploadId, outcome.detail, outcome.retryAfterMs)
    }
  }

  /** One attempt at most: of the upload that was tried least, the oldest of those. */
  async function step(signal?: AbortSignal): Promise<Step> {
    const ids = await queue.ids()
    if (ids.length === 0) return { kind: 'empty' }
    const now = nowMs()
    if (now < quietUntilMs) return { kind: 'waiting', waitMs: quietUntilMs - now }
    const due = ids.filter((id) => (tried.get(id)?.notBeforeMs ?? 0) <= now)
    if (due.length === 0) {
      const next = Math.min(...ids.map((id) => tried.get(id)?.notBeforeMs ?? now))
      return { kind: 'waiting', waitMs: next - now }
    }
    const timesTried = (id: string) => tried.get(id)?.failures ?? 0
    const id = due.reduce((best, other) => (timesTried(other) < timesTried(best) ? other : best))
    const upload = await queue.read(id)
    return upload ? send(upload, signal) : { kind: 'attempted', waitMs: 0 }
  }

  /** Sends until `signal` aborts, or, with `untilEmpty`, until nothing is queued. */
  async function run({
    signal,
    untilEmpty = false,
  }: {
    signal: AbortSignal
    untilEmpty?: boolean
  }): Promise<void> {
    while (!signal.aborted) {
      const result = await step(signal)
      if (result.kind === 'empty' && untilEmpty) return
      const waitMs = result.kind === 'empty' ? idleMs : Math.min(result.waitMs, idleMs)
      if (waitMs > 0) await sleeper.sleep(waitMs, signal)
    }
  }

  /** Call after `queue.add`, so that an idle uploader looks at once; pauses that the edge asked for stay. */
  return { step, run, wake: sleeper.wake }
}
