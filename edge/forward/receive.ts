// POST /internal/v1/tracks: takes accepted tracks from another edge, with the same promise: 202 only after Kafka.
import { fromBinary } from '@bufbuild/protobuf'
import { checkTrack, limits, RawTrackSchema, uuidBytes } from '../../proto/index.ts'
import type { InFlight } from '../limits/in-flight.ts'
import type { EdgeDeps, OutgoingTrack } from '../ports.ts'
import { busy, isRefusal, problemResponse, type Refusal } from '../problem.ts'
import { bearerToken, tooLarge } from '../upload/admit.ts'
import { firstPieceBytes, readBody } from '../upload/body.ts'
import { framesType, readFrames } from './client.ts'

/** Bytes that the envelopes add at most to an upload of the largest size. */
const envelopeBytes = 1024 * limits.tracksPerUpload

export function createForwardReceiver(
  deps: EdgeDeps,
  of: { secret: string; inFlight: InFlight },
): (request: Request) => Promise<Response> {
  const { secret, inFlight } = of
  const maxBytes = deps.limits.decompressedBytes + envelopeBytes

  async function receive(request: Request): Promise<number | Refusal> {
    const { headers } = request
    if (headers.get('content-type') !== framesType) {
      return { refused: 'content_type_unsupported', detail: `send ${framesType}` }
    }
    const length = Number(headers.get('content-length') ?? maxBytes)
    if (!(length <= maxBytes)) return tooLarge(maxBytes)
    if (!(await isSame(bearerToken(headers) ?? '', secret))) {
      return { refused: 'token_invalid', detail: 'not the secret of this edge' }
    }
    const trouble = deps.trouble()
    if (trouble !== undefined) return { refused: 'broker_unavailable', detail: trouble }
    const contentLength = headers.has('content-length') ? length : undefined
    const reservation = inFlight.take(2 * Math.min(length, firstPieceBytes))
    if (reservation === undefined) return busy
    try {
      const time = deps.limits.bodyTime
      const body = await readBody(request, contentLength, { maxBytes, time, reservation })
      if (isRefusal(body)) return body
      return reservation.resize(2 * body.length) ? await publish(body) : busy
    } finally {
      reservation.release()
    }
  }

  async function publish(body: Uint8Array): Promise<number | Refusal> {
    const tracks = readTracks(body)
    if (isRefusal(tracks)) return tracks
    try {
      await deps.publish(tracks)
      return tracks.length
    } catch (error) {
      deps.log.warn({ err: error }, 'forwarded tracks not acknowledged by Kafka')
      return { refused: 'broker_unavailable', detail: 'the tracks were not acknowledged in time' }
    }
  }

  return async (request) => {
    const outcome = await receive(request)
    if (typeof outcome !== 'number') return problemResponse(outcome)
    return new Response(JSON.stringify({ tracks: outcome }), {
      status: 202,
      headers: { 'content-type': 'application/json' },
    })
  }
}

/** The sender is trusted with what it decided, not with the shape: what is no envelope of a track must not get into Kafka. */
function readTracks(body: Uint8Array): OutgoingTrack[] | Refusal {
  try {
    return readFrames(body, limits.tracksPerUpload).map((value) => {
      const { track } = fromBinary(RawTrackSchema, value)
      return { key: uuidBytes(checkTrack(track).bikeId), value }
    })
  } catch (error) {
    return { refused: 'upload_undecodable', detail: error instanceof Error ? error.message : String(error) }
  }
}

/** Compares digests, so that the time it takes tells nothing about the secret. */
async function isSame(given: string, secret: string): Promise<boolean> {
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  const [a, b] = await Promise.all([digest(given), digest(secret)])
  let difference = 0
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0)
  return difference === 0
}
