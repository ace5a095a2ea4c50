// Between records of telemetry.quarantine, the entries that are kept, and the records a replay sends.
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { limits, QuarantinedTrackSchema, RawTrackSchema, uuidBytes, uuidText } from '../../../proto/index.ts'
import type { KafkaRecord, OutgoingRecord } from '../../engines/kafka/port.ts'
import { storable } from '../../runtime/foreign-text.ts'
import { countSamples } from '../contracts/clean-samples.ts'
import { quarantineReasonName } from '../contracts/outcomes.ts'
import type { KeptEntry, QuarantineEntry } from './port.ts'

/** The largest number that the store's column holds. A single record beyond it would hold up all that is behind it. */
const largestInteger = 2 ** 31 - 1

/** Throws when the bytes are no QuarantinedTrack, or one that the store could not hold. */
export function readQuarantineRecord(record: KafkaRecord): QuarantineEntry {
  const bytes = record.value ?? new Uint8Array()
  const track = fromBinary(QuarantinedTrackSchema, bytes)
  const { raw, reason, samples, detail, stage, quarantinedAtMs, bikeVersion } = track
  if (!isTime(quarantinedAtMs)) throw new Error('the time of quarantine is none')
  const count = countSamples(samples)
  if (count > largestInteger) throw new Error(`${count} samples in a track`)
  return {
    trackId: idText(raw?.trackId),
    uploadId: idText(raw?.uploadId),
    bikeId: idText(record.key),
    stage: storable(stage),
    reason: quarantineReasonName(reason),
    samples: count,
    ranges: samples.map(({ first, count }) => `${first}+${count}`).join(),
    detail: storable(detail),
    record: bytes,
    source: `${record.topic}/${record.partition}/${record.offset}@${record.timestampMs}`,
    quarantinedAtMs: Number(quarantinedAtMs),
    receivedAtMs: raw !== undefined && isTime(raw.receivedAtMs) ? Number(raw.receivedAtMs) : null,
    bikeVersion: Number(bikeVersion),
  }
}

function isTime(ms: bigint): boolean {
  return ms >= 0n && ms < limits.timeMs
}

/** The record that brings an entry's track, or its undecodable bytes, before normalize again. */
export function replayRecord(
  { record, bikeId }: Pick<KeptEntry, 'record' | 'bikeId'>,
  paceAccepted = false,
): Omit<OutgoingRecord, 'topic'> {
  const { raw, record: undecodable } = fromBinary(QuarantinedTrackSchema, record)
  const key = bikeId === null ? nobody : uuidBytes(bikeId)
  if (raw === undefined) return { key, value: undecodable }
  return { key, value: toBinary(RawTrackSchema, paceAccepted ? { ...raw, paceAccepted } : raw) }
}

const nobody = new Uint8Array(16)

function idText(bytes: Uint8Array | null | undefined): string | null {
  if (bytes?.length !== 16 || bytes.every((byte) => byte === 0)) return null
  return uuidText(bytes)
}
