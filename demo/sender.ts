// Sends the planned deliveries as the riders' phones would: sealed once, stamped at each attempt, tried again when the edge asks.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AttemptBody,
  encodeAttempt,
  pauseMs,
  type SealedUpload,
  type SendOutcome,
  sealUpload,
  sendAttempt,
} from '../client/index.ts'
import { nodeBrotli, nodeGzip } from '../client/node/index.ts'
import { attemptClock } from '../simulator/index.ts'
import { requestToken } from '../testkit/token.ts'
import type { Delivery } from './delivery.ts'
import type { PlannedRide } from './plan.ts'

/** What the edge said to a delivery. */
export type Receipt =
  | {
      readonly kind: 'accepted'
      readonly uploadId: string
      readonly samples: number
      readonly rejectedTracks: number
    }
  | { readonly kind: 'rejected'; readonly status: number }

export interface Sender {
  send(ride: PlannedRide, delivery: Delivery): Promise<Receipt>
}

const attempts = 8
const retryPolicy = { firstMs: 200, longestMs: 2_000 }
const brotli = nodeBrotli({ quality: 9 })

export function createSender(of: { edgeUrl: string; tokenUrl: string; signal: AbortSignal }): Sender {
  const { edgeUrl, tokenUrl, signal } = of
  const tokens = new Map<string, Promise<string>>()
  const sealed = new Map<string, SealedUpload>()

  const token = (ride: PlannedRide) => {
    const known =
      tokens.get(ride.riderId) ?? requestToken(tokenUrl, { subject: ride.riderId, bikes: [ride.bikeId] })
    tokens.set(ride.riderId, known)
    return known
  }

  /** Stamped by the phone's clocks at this very moment. Half of the phones know Brotli. */
  const encode = async (ride: PlannedRide, delivery: Delivery): Promise<AttemptBody> => {
    const upload = sealed.get(delivery.upload) ?? sealUpload({ tracks: delivery.tracks })
    sealed.set(delivery.upload, upload)
    const clock = attemptClock(ride.phone, Date.now())
    if (delivery.purpose === 'corrupt') return corrupted(await encodeAttempt(upload, clock, nodeGzip))
    return encodeAttempt(upload, clock, Number(delivery.upload) % 2 === 0 ? brotli : nodeGzip)
  }

  return {
    async send(ride, delivery) {
      const access = { url: `${edgeUrl}/v1/telemetry`, token: await token(ride), timeoutMs: 20_000, signal }
      for (let attempt = 1; ; attempt++) {
        signal.throwIfAborted()
        const outcome = await sendAttempt(await encode(ride, delivery), access)
        const receipt = receiptOf(outcome)
        if (receipt !== undefined) return receipt
        if (outcome.kind !== 'unavailable' || attempt === attempts) {
          throw new Error(`upload ${delivery.upload} of ${ride.file}: ${JSON.stringify(outcome)}`)
        }
        const { retryAfterMs } = outcome
        const asked = {
          failures: attempt,
          random: Math.random(),
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        }
        await sleep(pauseMs(asked, retryPolicy), undefined, { signal })
      }
    },
  }
}

function receiptOf(outcome: SendOutcome): Receipt | undefined {
  if (outcome.kind === 'refused') return { kind: 'rejected', status: outcome.status }
  if (outcome.kind !== 'answered') return undefined
  const { uploadId, accepted, rejected } = outcome.answer
  return { kind: 'accepted', uploadId, samples: accepted.samples, rejectedTracks: rejected.length }
}

/** Half of the body got lost on its way. */
function corrupted({ body, headers }: AttemptBody): AttemptBody {
  return { headers, body: body.slice(0, Math.floor(body.length / 2)) }
}
