// One attempt of an upload through k6's HTTP client: stamped by the client's code, compressed on its way, its answer judged.
import exec from 'k6/execution'
import http, { type RefinedResponse } from 'k6/http'
import { encodeAttempt, parseAnswer, parseRetryAfterMs, type SealedUpload } from '../../../client/index.ts'
import { attemptClock, createPhone } from '../../../simulator/index.ts'
import { type LoadRider, phoneOptions } from '../plan.ts'
import type { FlowName } from '../scenario.ts'
import { metrics, plan, riders } from './world.ts'

export interface OutgoingUpload {
  readonly flow: FlowName
  /** Position among the riders. */
  readonly rider: number
  readonly upload: SealedUpload
  readonly samples: number
}

/** What a phone does next: it is done with the upload, or keeps it and tries again. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'later'; readonly retryAfterMs?: number }

const timeout = '25s'
const phone = createPhone(phoneOptions)
const renewed = new Map<string, string>()

export async function attempt(outgoing: OutgoingUpload): Promise<Outcome> {
  const rider = riders[outgoing.rider] as LoadRider
  const { body } = await encodeAttempt(outgoing.upload, attemptClock(phone, Date.now()))
  // Every other phone knows Brotli.
  const compression = outgoing.rider % 2 === 0 ? 'br' : 'gzip'
  // Beside the tags: of those k6 would make a time series for each upload.
  exec.vu.metrics.metadata.upload = outgoing.upload.uploadId
  const response = http.post(`${plan.edgeUrl}/v1/telemetry`, body.buffer, {
    compression,
    timeout,
    responseType: 'text',
    headers: {
      'content-type': 'application/x-protobuf',
      authorization: `Bearer ${renewed.get(rider.riderId) ?? rider.token}`,
      'x-forwarded-for': rider.address,
    },
  })
  return judge(response, outgoing, rider)
}

type TextResponse = RefinedResponse<'text'>

function judge(response: TextResponse, { flow, samples }: OutgoingUpload, rider: LoadRider): Outcome {
  const { status } = response
  const tags = { flow }
  if (status === 202) {
    const answer = parseAnswer(response.body)
    measure(response, flow)
    metrics.samplesAccepted.add(answer?.accepted.samples ?? 0, tags)
    if (answer?.accepted.samples !== samples) metrics.wrongAnswers.add(1, tags)
    return { kind: 'done' }
  }
  const reason = reasonOf(response)
  measure(response, flow, reason)
  if (status === 0 || status >= 500) {
    if (reason !== 'overloaded' && reason !== 'keys_unavailable') metrics.samplesInDoubt.add(samples, tags)
  }
  if (reason === 'token_expired' && renew(rider)) return { kind: 'later', retryAfterMs: 0 }
  const retryAfterMs = retryAfter(response, flow)
  if (retryAfterMs !== undefined) return { kind: 'later', retryAfterMs }
  if (status === 0 || status >= 500) return { kind: 'later' }
  metrics.wrongAnswers.add(1, tags)
  return { kind: 'done' }
}

/** Counts who is asked to come later; milliseconds until then, undefined when the answer is another one. */
export function retryAfter({ status, headers }: TextResponse, flow: FlowName): number | undefined {
  const hint = status === 429 || status === 503 ? headers['Retry-After'] : undefined
  const retryAfterMs = parseRetryAfterMs(hint ?? null, Date.now())
  if (retryAfterMs !== undefined) metrics.refused.add(1, { flow })
  else if (status === 0 || status === 429 || status >= 500) metrics.fallen.add(1, { flow })
  return retryAfterMs
}

export function measure({ status, timings }: TextResponse, flow: FlowName, reason = ''): void {
  metrics.uploadMs.add(timings.duration, { flow, status: String(status), reason })
}

/** The edge's word for a refusal; k6's for a request without an answer. */
export function reasonOf({ status, error_code, body }: TextResponse): string {
  if (status === 0) return `no answer (${error_code})`
  try {
    return String((JSON.parse(body ?? '') as { reason?: string }).reason ?? '')
  } catch {
    return 'no problem document'
  }
}

/** A token lives for an hour, a soak for longer. False when the issuer gives none. */
function renew({ riderId, bikes }: LoadRider): boolean {
  if (plan.tokenUrl === undefined) return false
  const asked = JSON.stringify({ subject: riderId, bikes: bikes.map(({ bikeId }) => bikeId) })
  const response = http.post(plan.tokenUrl, asked, {
    headers: { 'content-type': 'application/json' },
    responseType: 'text',
    timeout,
  })
  if (response.status !== 200) return false
  renewed.set(riderId, response.json('access_token') as string)
  return true
}
