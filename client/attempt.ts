// One attempt of an upload: token, clocks and bytes as of now; a token that was not taken is renewed once.
import { type AttemptClock, limits } from '../proto/index.ts'
import type { UploadAnswer } from './answer.ts'
import { type Compression, webGzip } from './compression.ts'
import { encodeAttempt, type SealedUpload } from './seal.ts'
import { type SendOutcome, sendAttempt } from './send.ts'

export interface AttemptOptions {
  /** Where to post, such as `https://edge.example/v1/telemetry`. */
  readonly url: string
  /** The bearer token; `renew` is true when the last one was not taken. */
  readonly token: (ask: { renew: boolean }) => Promise<string>
  /** The device's clocks at this moment: `createClockWatch(…).stamp`. */
  readonly stamp: () => AttemptClock
  readonly compression?: Compression
  readonly fetch?: typeof fetch
  readonly timeoutMs?: number
}

export function createAttempt({
  url,
  token,
  stamp,
  compression = webGzip,
  fetch,
  timeoutMs,
}: AttemptOptions) {
  async function once(upload: SealedUpload, renew: boolean, signal?: AbortSignal): Promise<SendOutcome> {
    let bearer: string
    try {
      bearer = await token({ renew })
    } catch (error) {
      return { kind: 'unavailable', detail: `no token: ${error instanceof Error ? error.message : error}` }
    }
    const clock = stamp()
    if (!(clock.sentAtMs > 0 && clock.sentAtMs < limits.timeMs)) {
      // The edge would refuse the upload for ever, for a fault of this moment only.
      return { kind: 'unavailable', detail: `the wall clock shows no Unix time: ${clock.sentAtMs}` }
    }
    const request = await encodeAttempt(upload, clock, compression)
    return sendAttempt(request, {
      url,
      token: bearer,
      ...(fetch && { fetch }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(signal && { signal }),
    })
  }

  return async function attempt(upload: SealedUpload, signal?: AbortSignal): Promise<SendOutcome> {
    const first = await once(upload, false, signal)
    const outcome = first.kind === 'unauthorized' ? await once(upload, true, signal) : first
    if (outcome.kind !== 'answered' || isFor(upload, outcome.answer)) return outcome
    return { kind: 'unavailable', detail: 'the answer does not tell what became of each track' }
  }
}

/** Each track is accepted or rejected, and once; of whatever else an answer says nothing may be forgotten. */
function isFor({ uploadId, tracks }: SealedUpload, { accepted, rejected, ...answer }: UploadAnswer): boolean {
  return (
    answer.uploadId === uploadId &&
    rejected.every(({ index }) => index < tracks.length) &&
    new Set(rejected.map(({ index }) => index)).size === rejected.length &&
    accepted.tracks + rejected.length === tracks.length
  )
}
