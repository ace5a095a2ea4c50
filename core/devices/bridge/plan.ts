// Turns a message from a module into a record: a track that normalize will check, or an entry of quarantine. Pure.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  limits,
  QuarantinedTrackSchema,
  QuarantineReason,
  type RawTrack,
  RawTrackSchema,
} from '../../../proto/index.ts'
import type { QueueMessage } from '../../engines/rabbitmq/port.ts'
import { queues } from '../../engines/rabbitmq/topology.ts'
import { type DeviceTrack, encodeRawTrack } from './envelope.ts'
import { readTelemetryTopic } from './telemetry-topic.ts'

export type DeviceMessage = Pick<QueueMessage, 'queue' | 'routingKey' | 'body' | 'headers' | 'timestampMs'>

/** A record of `telemetry.raw` or of `telemetry.quarantine`. */
export type Planned =
  | { readonly kind: 'forward'; readonly key: Uint8Array; readonly value: Uint8Array }
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

/**
 * The payload is not read: normalize checks it, and no payload can harm this worker.
 *
 * `bikes.{id}.telemetry.ride` with any bytes → a `RawTrack` of that bike for `telemetry.raw`; any other routing key →
 * quarantine, `device_mismatch`, with the bytes.
 */
export function planMessage(message: DeviceMessage, nowMs: number): Planned {
  const { queue, routingKey, body } = message
  if (body.length > largestPayload) {
    const detail = `a payload of ${body.length} bytes on ${routingKey}, at most ${largestPayload}; its first ${keptOfTooLarge} are kept`
    return quarantine(reasons.UNDECODABLE, detail, { nowMs, record: body.subarray(0, keptOfTooLarge) })
  }
  const track = trackOf(message, nowMs)
  if (queue === queues.deadLetters) {
    const detail = `${routingKey}: ${causeOfDeath(message)}`
    const content = track ? { raw: fromBinary(RawTrackSchema, encodeRawTrack(track)) } : { record: body }
    return quarantine(reasons.UNDELIVERABLE, detail, { nowMs, ...content })
  }
  if (track === undefined) {
    const detail = `${routingKey} is no topic of a bike's telemetry`
    return quarantine(reasons.DEVICE_MISMATCH, detail, { nowMs, record: body })
  }
  return { kind: 'forward', key: track.bikeId, value: encodeRawTrack(track) }
}

/** Undefined when the routing key names no bike and kind. */
function trackOf(
  { routingKey, body, timestampMs = Number.POSITIVE_INFINITY }: DeviceMessage,
  nowMs: number,
): DeviceTrack | undefined {
  const topic = readTelemetryTopic(routingKey)
  if (topic === undefined) return undefined
  return {
    bikeId: topic.bikeId,
    kind: topic.kind,
    sender: `bike:${topic.bikeIdText}`,
    receivedAtMs: Math.min(timestampMs, nowMs),
    payload: body,
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
  const key = content.raw?.device?.bikeId ?? noBike
  return { kind: 'quarantine', reason, detail, key, value: toBinary(QuarantinedTrackSchema, value) }
}

/** RabbitMQ lists in `x-death` which queues gave the message up and why, the latest first. */
function causeOfDeath({ headers }: DeviceMessage): string {
  const deaths: unknown = headers['x-death']
  const [latest] = Array.isArray(deaths) ? (deaths as unknown[]) : []
  if (typeof latest !== 'object' || latest === null) return 'given up by the broker'
  const { queue, reason, count } = latest as Record<string, unknown>
  return `given up by queue ${String(queue)}: ${String(reason)}, ${String(count)} times`
}
