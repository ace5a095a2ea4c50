// Records of manufacturing.events and manufacturing.quarantine.

import { clone, create, toBinary } from '@bufbuild/protobuf'
import { uuidText } from '../../../proto/codec/ids.ts'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
  QuarantinedStatementSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import { createHash } from '../../runtime/digest.ts'
import { storable } from '../../runtime/foreign-text.ts'
import { readStatement } from './read.ts'

const longestTextKept = 16 * 1024

export interface ReceivedStatement {
  readonly event: ManufacturingEvent
  readonly contentSha256: string
  /** Topic, partition and offset. */
  readonly record: string
}

/** Bytes that are no statement become an `unreadableRow`, so that people find them where they find the others. */
export function receive(record: KafkaRecord): ReceivedStatement {
  const bytes = record.value ?? new Uint8Array()
  const name = recordName(record)
  const read = readStatement(bytes)
  const event = read.kind === 'statement' ? read.event : unreadable(bytes, name, read.detail)
  makeStorable(event)
  return { event, contentSha256: contentSha256(event), record: name }
}

export function recordName({ topic, partition, offset }: KafkaRecord): string {
  return `${topic}/${partition}/${offset}`
}

export function contentSha256(event: ManufacturingEvent): string {
  return sha256(statementContent(event)).toString('hex')
}

/** The id follows from the bytes, so the same bytes at another offset are the same statement. */
function unreadable(bytes: Uint8Array, name: string, fault: string): ManufacturingEvent {
  const text = new TextDecoder().decode(bytes.subarray(0, longestTextKept))
  const id = sha256(bytes).subarray(0, 16)
  id[6] = 0x80 | ((id[6] as number) & 0x0f)
  id[8] = 0x80 | ((id[8] as number) & 0x3f)
  return create(ManufacturingEventSchema, {
    version: 1,
    eventId: uuidText(id),
    source: 'unknown',
    event: { case: 'unreadableRow', value: { file: name, line: 0, text, faults: [fault] } },
  })
}

/** In place: text that the database cannot keep, at any depth. */
export function makeStorable(message: object): void {
  for (const [name, value] of Object.entries(message)) {
    if (typeof value === 'string') Object.assign(message, { [name]: storable(value) })
    else if (typeof value === 'object' && value !== null) makeStorable(value)
  }
}

export interface Quarantined {
  readonly event: ManufacturingEvent
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

function statementOrRecord(event: ManufacturingEvent, bytes: Uint8Array) {
  const isUnreadable = event.event.case === 'unreadableRow' && event.event.value.line === 0
  if (!isUnreadable && toBinary(ManufacturingEventSchema, event).length <= most.statementBytes)
    return { event }
  const record = bytes.subarray(0, most.statementBytes)
  return { record, recordBytesLeftOut: bytes.length - record.length }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** Equal content makes statements the same. An unreadable row counts by its text, not its place: files grow and come again. */
export function statementContent(statement: ManufacturingEvent): Uint8Array {
  if (statement.event.case !== 'unreadableRow') return toBinary(ManufacturingEventSchema, statement)
  const content = clone(ManufacturingEventSchema, statement)
  Object.assign(content.event.value ?? {}, { file: '', line: 0 })
  return toBinary(ManufacturingEventSchema, content)
}
