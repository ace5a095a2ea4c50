// POST /v1/telemetry from head to acknowledgement: cheap checks first, bounded at every step, accepted only after Kafka.
import type { Reason } from '../answers.ts'
import { answers } from '../answers.ts'
import { decompressedBound, unpack } from '../decompress.ts'
import type { InFlight, Reservation } from '../limits/in-flight.ts'
import { clientAddress, createRateLimiter } from '../limits/rates.ts'
import type { EdgeDeps, EdgeLimits, Identity } from '../ports.ts'
import { busy, isRefusal, problemResponse, type Refusal } from '../problem.ts'
import { type Admission, admit, bearerToken } from './admit.ts'
import { firstPieceBytes, readBody } from './body.ts'
import { acceptanceOf, type CheckedUpload, checkUpload } from './check-upload.ts'

const noBikes: Refusal = { refused: 'bikes_forbidden', detail: 'the token names no bike' }
const tokenMissing: Refusal = { refused: 'token_missing', detail: 'no bearer token' }

export type ReceiveUpload = (request: Request, runtime: unknown) => Promise<Response>

export function createUploadReceiver(deps: EdgeDeps, inFlight: InFlight): ReceiveUpload {
  const { limits, clock, metrics, log } = deps
  const perAddress = createRateLimiter({ rate: limits.perAddress, clock })
  const perSender = createRateLimiter({ rate: limits.perSender, clock })
  const samplesPerSender = createRateLimiter({ rate: limits.samplesPerSender, clock })

  function refuseSamples(sender: string, samples: number): Refusal | undefined {
    const { perSecond, burst } = limits.samplesPerSender
    if (perSecond > 0 && samples > burst) {
      return { refused: 'upload_too_long', detail: `${samples} samples, at most ${burst}`, limit: burst }
    }
    const waitMs = samplesPerSender.take(sender, samples)
    return waitMs > 0 ? tooMany('sample_quota_exceeded', waitMs, perSecond) : undefined
  }

  async function decide(request: Request, runtime: unknown): Promise<CheckedUpload | Refusal> {
    const { headers } = request
    const admission = admit(headers, limits)
    // Who shows no token hears of that first, whatever else is wrong.
    if (isRefusal(admission)) return bearerToken(headers) === undefined ? tokenMissing : admission
    const address = clientAddress({
      connection: deps.connectionAddress(request, runtime),
      forwardedFor: deps.trustedProxies > 0 ? headers.get('x-forwarded-for') : null,
      trustedProxies: deps.trustedProxies,
    })
    // Without an address all would share one limit.
    const addressWaitMs = address === '' ? 0 : perAddress.take(address)
    if (addressWaitMs > 0) return tooMany('address_rate_exceeded', addressWaitMs)
    const identity = await authenticate(headers)
    if (isRefusal(identity)) return identity
    if (identity.bikes.size === 0) return noBikes
    const senderWaitMs = perSender.take(identity.subject)
    if (senderWaitMs > 0) return tooMany('sender_rate_exceeded', senderWaitMs)
    const trouble = deps.trouble()
    if (trouble !== undefined) return { refused: 'broker_unavailable', detail: trouble }
    const reservation = inFlight.take(announcedBytes(admission, limits), identity.subject)
    if (reservation === undefined) return busy
    try {
      return await takeIn(request, { admission, identity, reservation })
    } finally {
      reservation.release()
    }
  }

  async function authenticate(headers: Headers): Promise<Identity | Refusal> {
    const token = bearerToken(headers)
    if (token === undefined) return tokenMissing
    const verdict = await deps.verifyToken(token)
    return verdict.ok ? verdict.identity : { refused: verdict.reason, detail: verdict.detail }
  }

  async function takeIn(
    request: Request,
    of: { admission: Admission; identity: Identity; reservation: Reservation },
  ): Promise<CheckedUpload | Refusal> {
    const { admission, identity, reservation } = of
    const body = await readBody(request, admission.contentLength, {
      maxBytes: limits.compressedBytes,
      time: limits.bodyTime,
      reservation,
    })
    if (isRefusal(body)) return body
    const receivedAtMs = clock.nowMs()
    const { compression } = admission
    const bound = compression === undefined ? 0 : decompressedBound(body.length, limits)
    if (!grown(reservation, body.length + bound)) return busy
    const bytes = await unpack(body, compression, deps)
    if (isRefusal(bytes)) return bytes
    metrics.bytesReceived({ compressed: body.length, decompressed: bytes.length })
    // Twice: the upload, and its tracks in their envelopes until Kafka has them.
    if (!grown(reservation, body.length + 2 * bytes.length)) return busy
    const checked = checkUpload(bytes, {
      identity,
      receivedAtMs,
      newTrackId: deps.newTrackId,
      maxTrackBytes: limits.trackBytes,
      refuseSamples: (samples) => refuseSamples(identity.subject, samples),
    })
    return isRefusal(checked) ? checked : publish(checked)
  }

  async function publish(checked: CheckedUpload): Promise<CheckedUpload | Refusal> {
    try {
      await deps.publish(checked.accepted)
      return checked
    } catch (error) {
      log.warn({ err: error, uploadId: checked.uploadId }, 'upload not acknowledged by Kafka')
      const members = { uploadId: checked.uploadId }
      return { refused: 'broker_unavailable', detail: 'the upload was not acknowledged in time', members }
    }
  }

  return async (request, runtime) => {
    const startedMs = clock.monotonicMs()
    const outcome = await decide(request, runtime).catch((error: unknown): Refusal => {
      log.error({ err: error }, 'request failed')
      return { refused: 'internal', detail: 'an unexpected fault' }
    })
    const seconds = (clock.monotonicMs() - startedMs) / 1000
    const reason: Reason | '' = isRefusal(outcome) ? outcome.refused : ''
    metrics.answered({ status: reason === '' ? 202 : answers[reason].status, reason, seconds })
    if (isRefusal(outcome)) return problemResponse(outcome)
    metrics.samplesAccepted(outcome.samples)
    for (const { reason } of outcome.rejected) metrics.trackRejected(reason)
    for (const { reason, cells } of outcome.masked) metrics.cellsMasked(reason, cells)
    return accepted(outcome)
  }
}

/** For what was announced little is reserved: the body is counted as it comes, and what it becomes when it is here. */
function announcedBytes({ contentLength = firstPieceBytes }: Admission, limits: EdgeLimits): number {
  return Math.min(contentLength, firstPieceBytes, limits.compressedBytes)
}

/** What does not fit is given back at once, so that of many that cannot all grow some can. */
function grown(reservation: Reservation, bytes: number): boolean {
  if (reservation.resize(bytes)) return true
  reservation.release()
  return false
}

type Postponed = 'address_rate_exceeded' | 'sender_rate_exceeded' | 'sample_quota_exceeded'

function tooMany(refused: Postponed, waitMs: number, limit?: number): Refusal {
  const retryAfterS = Math.ceil(waitMs / 1000)
  return { refused, detail: `try again in ${waitMs} ms`, retryAfterS, ...(limit && { limit }) }
}

function accepted(checked: CheckedUpload): Response {
  const headers = { 'content-type': 'application/json' }
  return new Response(JSON.stringify(acceptanceOf(checked)), { status: 202, headers })
}
