// Sends what is queued, one upload at a time, until the edge has answered for every track.
import { sortTracks, type UploadAnswer } from './answer.ts'
import { type AttemptOptions, createAttempt } from './attempt.ts'
import type { Rejection, UploadQueue } from './queue.ts'
import { defaultRetryPolicy, type RetryPolicy } from './retry.ts'
import { createSchedule } from './schedule.ts'
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

/** What an answer, or a refusal, means for an upload of which the tracks `unsent` are still to come. */
type Settlement = Unsent & { readonly answer: UploadAnswer }
type Refusal = Unsent & { readonly status: number; readonly body: string }
interface Unsent {
  readonly unsent: readonly Uint8Array[]
}

/** How long an idle uploader sleeps at most before it looks into the queue again. */
const idleMs = 60_000

export type Uploader = ReturnType<typeof createUploader>

export function createUploader(options: UploaderOptions) {
  const { queue, retry = defaultRetryPolicy, random = Math.random, onEvent = () => {} } = options
  const { nowMs = () => performance.now() } = options
  const attempt = createAttempt(options)
  const sleeper = createSleeper()
  const schedule = createSchedule({ retry, random, nowMs })
  /** How many tracks of an upload go at once, where all of them were too large. */
  const portions = new Map<string, number>()

  function unanswered(uploadId: string, detail: string, retryAfterMs?: number): Step {
    const waitMs = schedule.unanswered(uploadId, retryAfterMs)
    onEvent({ kind: 'waiting', uploadId, detail, waitMs })
    return { kind: 'attempted', waitMs }
  }

  async function reject(upload: SealedUpload, rejection: Rejection): Promise<void> {
    await queue.reject(upload, rejection)
    onEvent({ kind: 'rejected', uploadId: upload.uploadId, rejection })
  }

  async function keep(uploadId: string, remaining: readonly Uint8Array[]): Promise<void> {
    await queue.settle(uploadId, remaining)
    if (remaining.length > 0) return
    schedule.settled(uploadId)
    portions.delete(uploadId)
  }

  /** Keeps the tracks that may be sent again, puts aside those that never will, and forgets the rest: they are taken. */
  async function settle({ uploadId, tracks }: SealedUpload, { answer, unsent }: Settlement): Promise<void> {
    onEvent({ kind: 'answered', uploadId, answer })
    const { never, later } = sortTracks({ tracks }, answer)
    if (never.tracks.length > 0) {
      await reject({ uploadId, tracks: never.tracks }, { kind: 'tracks', tracks: never.answers })
    }
    await keep(uploadId, [...unsent, ...later.tracks])
    if (later.tracks.length === 0) return
    const waitMs = schedule.postponed(uploadId)
    onEvent({ kind: 'waiting', uploadId, detail: `${later.tracks.length} tracks rejected for now`, waitMs })
  }

  /** What is too large goes on in halves, under the same id; only what was sent and cannot be halved is put aside. */
  async function refuse(sent: SealedUpload, { status, body, unsent }: Refusal): Promise<void> {
    const { uploadId, tracks } = sent
    if (status === 413 && tracks.length > 1) {
      portions.set(uploadId, Math.ceil(tracks.length / 2))
      return
    }
    await reject(sent, { kind: 'upload', status, body })
    await keep(uploadId, unsent)
  }

  async function send({ uploadId, tracks }: SealedUpload, signal?: AbortSignal): Promise<Step> {
    const portion = { uploadId, tracks: tracks.slice(0, portions.get(uploadId)) }
    const unsent = tracks.slice(portion.tracks.length)
    const outcome = await attempt(portion, signal)
    if (outcome.kind === 'unauthorized') {
      return unanswered(uploadId, 'the token was not taken, nor the next one')
    }
    if (outcome.kind === 'unavailable') return unanswered(uploadId, outcome.detail, outcome.retryAfterMs)
    schedule.answered()
    await (outcome.kind === 'answered'
      ? settle(portion, { ...outcome, unsent })
      : refuse(portion, { ...outcome, unsent }))
    return { kind: 'attempted', waitMs: 0 }
  }

  /** One attempt at most. */
  async function step(signal?: AbortSignal): Promise<Step> {
    const ids = await queue.ids()
    if (ids.length === 0) return { kind: 'empty' }
    const next = schedule.next(ids)
    if ('waitMs' in next) return { kind: 'waiting', waitMs: next.waitMs }
    const upload = await queue.read(next.uploadId)
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
