// What becomes of a message from a module: a track for normalize to judge, or quarantine. Pure.
import { create, toBinary } from '@bufbuild/protobuf'
import {
  checkTrack,
  isUuid,
  limits,
  QuarantinedTrackSchema,
  QuarantineReason,
  type RawTrack,
  RawTrackSchema,
  uuidBytes,
} from '../../proto/index.ts'
import type { QueueMessage } from '../rabbitmq/port.ts'
import { queues, readRoutingKey } from '../rabbitmq/topology.ts'
import { trackIdOf } from './track-id.ts'

export type DeviceMessage = Pick<QueueMessage, 'queue' | 'routingKey' | 'body' | 'headers' | 'timestampMs'>

/** A record of `telemetry.raw` or of `telemetry.quarantine`. */
export type Planned =
  | {
      readonly kind: 'forward'
      readonly key: Uint8Array
      readonly value: Uint8Array
      readonly samples: number
    }
  | {
      readonly kind: 'quarantine'
      readonly reason: QuarantineReason
      readonly detail: string
      readonly key: Uint8Array
      readonly value: Uint8Array
    }

/** No track of ours is larger; what is would not pass through Kafka, and its head tells enough. */
export const largestPayload = limits.decompressedBytes
const keptOfTooLarge = 64 * 1024
const noBike = new Uint8Array(16)
const reasons = QuarantineReason

export function planMessage(message: DeviceMessage, nowMs: number): Planned {
  const { queue, routingKey, body } = message
  const isDead = queue === queues.deadLetters
  if (body.length > largestPayload) {
    const detail = `a payload of ${body.length} bytes on ${routingKey}, at most ${largestPayload}; its first ${keptOfTooLarge} are kept`
    return quarantine(reasons.UNDECODABLE, detail, { nowMs, record: body.subarray(0, keptOfTooLarge) })
  }
  // A dead letter may be what killed a worker: nobody looks into it before somebody replays it.
  const raw = rawTrackOf(message, { nowMs, samples: isDead ? 0 : samplesOf(body) })
  if (isDead) {
    const detail = `${routingKey}: ${causeOfDeath(message)}`
    return quarantine(reasons.UNDELIVERABLE, detail, raw ? { nowMs, raw } : { nowMs, record: body })
  }
  if (raw === undefined) {
    const detail = `${routingKey} is no topic of a bike's telemetry`
    return quarantine(reasons.DEVICE_MISMATCH, detail, { nowMs, record: body })
  }
  const { samples } = raw
  return { kind: 'forward', key: keyOf(raw), value: toBinary(RawTrackSchema, raw), samples }
}

/** Undefined when the routing key names no bike and kind. The payload is not judged here. */
function rawTrackOf(
  { routingKey, body, timestampMs = Number.POSITIVE_INFINITY }: DeviceMessage,
  { nowMs, samples }: { nowMs: number; samples: number },
): RawTrack | undefined {
  const topic = readRoutingKey(routingKey)
  if (topic?.type !== 'telemetry' || !isUuid(topic.bikeId)) return undefined
  const bikeId = uuidBytes(topic.bikeId)
  const trackId = trackIdOf(bikeId, topic.kind, body)
  return create(RawTrackSchema, {
    trackId,
    uploadId: trackId,
    sender: `bike:${topic.bikeId.toLowerCase()}`,
    receivedAtMs: BigInt(Math.min(timestampMs, nowMs)),
    track: body,
    samples,
    device: { bikeId, kind: topic.kind },
  })
}

/** What is no track has none; normalize says why. */
function samplesOf(payload: Uint8Array): number {
  try {
    return checkTrack(payload).samples
  } catch {
    return 0
  }
}

function quarantine(
  reason: QuarantineReason,
  detail: string,
  { nowMs, ...content }: { nowMs: number; raw?: RawTrack; record?: Uint8Array },
): Planned {
  const value = create(QuarantinedTrackSchema, {
    ...content,
    reason,
    detail,
    stage: 'devices',
    quarantinedAtMs: BigInt(nowMs),
  })
  const key = keyOf(content.raw)
  return { kind: 'quarantine', reason, detail, key, value: toBinary(QuarantinedTrackSchema, value) }
}

function keyOf(raw: RawTrack | undefined): Uint8Array {
  return raw?.device?.bikeId ?? noBike
}

/** RabbitMQ lists in `x-death` which queues gave the message up and why, the latest first. */
function causeOfDeath({ headers }: DeviceMessage): string {
  const deaths: unknown = headers['x-death']
  const [latest] = Array.isArray(deaths) ? (deaths as unknown[]) : []
  if (typeof latest !== 'object' || latest === null) return 'given up by the broker'
  const { queue, reason, count } = latest as Record<string, unknown>
  return `given up by queue ${String(queue)}: ${String(reason)}, ${String(count)} times`
}
