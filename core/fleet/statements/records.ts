// Records of manufacturing.events and manufacturing.quarantine.

import { create, toBinary } from '@bufbuild/protobuf'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
  QuarantinedStatementSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import { makeStorable } from '../../runtime/foreign-text.ts'
import type { Proven, Speaker } from '../partners/port.ts'
import { foldNumbers, readStatement } from './read.ts'
import { contentSha256, idOf, statementId, unsealedId } from './statement-id.ts'

const longestTextKept = 16 * 1024
const latestMs = Date.UTC(9999, 11, 31)

export interface ReceivedStatement {
  /** A sealed one has the id that follows from its partner and the id that the partner gave it, another one that of its content. */
  readonly event: ManufacturingEvent
  /** Of the event; of one that nobody sealed, with the id that it claims. */
  readonly contentSha256: string
  /** Topic, partition and offset. */
  readonly record: string
  /** By the broker's clock. */
  readonly receivedAtMs: number
  readonly speaker: Speaker
  /** The id that it came with; undefined where that is its id. */
  readonly saidEventId?: string | undefined
  /** Why it counts only where it was stored before; of its key, `doubtOfKey` tells. */
  readonly doubt?: Doubt | undefined
}

export interface Doubt {
  readonly reason: 'unsealed' | 'seal_invalid' | 'key_distrusted'
  readonly detail: string
}

/** Bytes that are no statement become an `unreadableRow`, so that people find them where they find the others. */
export function receive(record: KafkaRecord, proven?: Proven): ReceivedStatement {
  const bytes = proven?.payload ?? record.value ?? new Uint8Array()
  const name = recordName(record)
  const read = readStatement(bytes)
  const event = read.kind === 'statement' ? read.event : unreadable(bytes, name, read.detail)
  const told = proven === undefined ? undefined : inName(event, proven)
  makeStorable(event)
  const content = contentSha256(event)
  foldNumbers(event)
  const receipt = { record: name, receivedAtMs: receiptMs(record) }
  return { event, contentSha256: content, ...receipt, ...(told ?? inNobodysName(event, content)) }
}

/** A time that every store can hold, also where a topic lets its writers say the time. */
export const receiptMs = ({ timestampMs }: Pick<KafkaRecord, 'timestampMs'>) =>
  Math.min(Math.max(timestampMs, 0), latestMs)

/** In place. What was stored before there were seals keeps the id that it came with. */
function inNobodysName(event: ManufacturingEvent, content: string) {
  const saidEventId = event.eventId
  event.eventId = unsealedId(content)
  return { speaker: { provenance: 'unsealed' }, saidEventId } as const
}

/** In place: the statement gets its id, and bytes that name no source get that of their key's partner. */
function inName(event: ManufacturingEvent, { key }: Proven) {
  // The platform's own key speaks for whom the statement names.
  const partnerId = key.partnerId ?? event.source
  const saidEventId = event.eventId
  event.eventId = statementId(partnerId, saidEventId)
  if (isNoStatement(event)) event.source = partnerId
  const speaker: Speaker = { provenance: 'sealed', partnerId, keyId: key.keyId, door: key.door }
  if (key.speaksFor.includes(event.source)) return { speaker, saidEventId, doubt: undefined }
  const detail = `its source is ${event.source}, for whom its key does not speak`
  return { speaker, saidEventId, doubt: { reason: 'seal_invalid', detail } as const }
}

/** From a record's name, with what it held. */
export function recordNamed(
  name: string,
  held: Pick<KafkaRecord, 'key' | 'value' | 'timestampMs'>,
): KafkaRecord {
  const [topic = '', partition, offset = '0'] = name.split('/')
  return { topic, partition: Number(partition), offset: BigInt(offset), ...held }
}

export function recordName({ topic, partition, offset }: KafkaRecord): string {
  return `${topic}/${partition}/${offset}`
}

/** The id follows from the bytes, so the same bytes at another offset are the same statement. */
function unreadable(bytes: Uint8Array, name: string, fault: string): ManufacturingEvent {
  const text = new TextDecoder().decode(bytes.subarray(0, longestTextKept))
  return create(ManufacturingEventSchema, {
    version: 1,
    eventId: idOf(bytes),
    source: 'unknown',
    event: { case: 'unreadableRow', value: { file: name, line: 0, text, faults: [fault] } },
  })
}

const isNoStatement = ({ event }: ManufacturingEvent) =>
  event.case === 'unreadableRow' && event.value.line === 0

export interface Quarantined {
  /** Undefined where it is not proven who says it: then the record is told, as it came. */
  readonly event: ManufacturingEvent | undefined
  readonly state: string
  readonly findings: readonly Readonly<Record<'reason' | 'severity' | 'detail', string>>[]
}

/** A quarantined record must fit into a record of Kafka: together these stay below the broker's default of 1 MiB. */
const most = { keyBytes: 1_024, statementBytes: 512 * 1024, findings: 50 }

/** `record` is the one in which the statement came. */
export function quarantineRecord(
  { event, state, findings }: Quarantined,
  { record, nowMs }: { record: KafkaRecord; nowMs: number },
) {
  const told = findings.slice(0, most.findings)
  const value = toBinary(
    QuarantinedStatementSchema,
    create(QuarantinedStatementSchema, {
      ...statementOrRecord(event, record.value ?? new Uint8Array()),
      state,
      findings: told.map(({ reason, severity, detail }) => ({ reason, severity, detail })),
      findingsLeftOut: findings.length - told.length,
      decidedAtMs: BigInt(Math.floor(nowMs)),
    }),
  )
  return { key: (record.key ?? new Uint8Array()).subarray(0, most.keyBytes), value }
}

function statementOrRecord(event: ManufacturingEvent | undefined, bytes: Uint8Array) {
  const isTold = event !== undefined && !isNoStatement(event)
  if (isTold && toBinary(ManufacturingEventSchema, event).length <= most.statementBytes) return { event }
  const record = bytes.subarray(0, most.statementBytes)
  return { record, recordBytesLeftOut: bytes.length - record.length }
}
