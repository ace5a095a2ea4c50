// One attempt of an upload: token, clocks and bytes as of now; a token that was not taken is renewed once.
import type { AttemptClock } from '../proto/index.ts'
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
    const request = await encodeAttempt(upload, stamp(), compression)
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
    return { kind: 'unavailable', detail: 'the answer is for another upload' }
  }
}

function isFor(upload: SealedUpload, answer: UploadAnswer): boolean {
  return (
    answer.uploadId === upload.uploadId && answer.rejected.every(({ index }) => index < upload.tracks.length)
  )
}
