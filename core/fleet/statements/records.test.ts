import { fromBinary, toBinary, toJsonString } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  ManufacturingEventSchema,
  QuarantinedStatementSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { finding } from '../judging/findings.ts'
import { made, statement } from '../testing/statements.ts'
import { quarantineRecord, receive } from './records.ts'
import { contentSha256, statementContent, unsealedId } from './statement-id.ts'

const record = (value: Uint8Array | null, offset = 3n) => ({
  topic: 'manufacturing.events',
  partition: 1,
  offset,
  key: Buffer.from('BA1'),
  value: value && Buffer.from(value),
  timestampMs: 0,
})
const said = made('BA1')

test('a statement is the same in Protobuf and in JSON', () => {
  const [binary, json] = [
    receive(record(toBinary(ManufacturingEventSchema, said))),
    receive(record(Buffer.from(toJsonString(ManufacturingEventSchema, said)))),
  ]
  expect(binary).toMatchObject({ record: 'manufacturing.events/1/3', saidEventId: said.eventId })
  // Whoever writes it may claim any id, and takes none.
  expect(binary.event.eventId).not.toBe(said.eventId)
  expect(json.event.eventId).toBe(binary.event.eventId)
  expect(json.contentSha256).toBe(binary.contentSha256)
})

test.each<[string, Uint8Array | null]>([
  ['nothing', null],
  ['no Protobuf', new Uint8Array([0xff, 0xff])],
  ['no JSON', Buffer.from('{"version":')],
  ['no id', Buffer.from('{"version": 1, "source": "plant:x"}')],
])('%s is a statement that says so, the same one wherever it stands', (_, bytes) => {
  const [first, second] = [receive(record(bytes)), receive(record(bytes, 9n))]
  expect(first.event.event.case).toBe('unreadableRow')
  expect(second.event.eventId).toBe(first.event.eventId)
  expect(second.contentSha256).toBe(first.contentSha256)
})

test('look-alikes are folded, and kept as they were written; the id is that of the statement as it came', () => {
  const odd = made('BA–1', { batch: 'B\u20117', plant: 'Werk\u00a0A' })
  const { event, contentSha256: content } = receive(record(toBinary(ManufacturingEventSchema, odd)))
  expect(event.event.value).toMatchObject({
    ...{ component: { serialNumber: 'BA-1' }, batch: 'B-7', plant: 'Werk A' },
  })
  expect(event.asWritten).toEqual(['BA–1', 'B\u20117', 'Werk\u00a0A'])
  expect(content).toBe(contentSha256(odd))
  expect(event.eventId).toBe(unsealedId(content))
})

test('nobody says for the platform how something was written', () => {
  const told = receive(record(toBinary(ManufacturingEventSchema, { ...said, asWritten: ['BA2'] })))
  expect(told.event.asWritten).toEqual([])
  expect(told.contentSha256).toBe(contentSha256(said))
})

test('the database can keep every text', () => {
  const odd = made('BA1', { batch: 'B\u00007', plant: 'x' })
  expect(receive(record(toBinary(ManufacturingEventSchema, odd))).event.event.value).toMatchObject({
    batch: 'B7',
  })
  // Some readers repeat half a character of what they cannot read.
  const cut = receive(record(Buffer.from(`{"a":x${'🚲'.repeat(40)}}`))).event.event.value
  expect(JSON.stringify(cut)).not.toMatch(/\\ud[89ab]/)
  // Half a character is none, in JSON too.
  const half = toJsonString(ManufacturingEventSchema, said).replace('"B7"', '"\\ud800"')
  expect(receive(record(Buffer.from(half))).event.event.case).toBe('unreadableRow')
})

test('what is quarantined fits into a record, whatever came, and says what it left out', () => {
  const findings = Array.from({ length: 8_000 }, (_, index) =>
    finding('field_invalid', '', { detail: `${index} ${'€'.repeat(2_000)}` }),
  )
  const garbage = { ...record(Buffer.alloc(1_048_430, 'a')), key: Buffer.alloc(1_000_000, 'k') }
  const large = record(toBinary(ManufacturingEventSchema, made('BA1', { batch: 'x'.repeat(1_000_000) })))
  for (const from of [garbage, large]) {
    const quarantined = { event: receive(from).event, state: 'refused' as const, findings }
    const { key, value } = quarantineRecord(quarantined, { record: from, nowMs: 0 })
    expect(key.length + value.length).toBeLessThan(900_000)
    const told = fromBinary(QuarantinedStatementSchema, value)
    expect(told.event).toBeUndefined()
    expect(told.record.length + told.recordBytesLeftOut).toBe(from.value?.length)
    expect(told.findings.length + told.findingsLeftOut).toBe(findings.length)
  }
})

test('quarantine gets the statement, or the record where there is none', () => {
  const findings = [
    { reason: 'unreadable', severity: 'refuse', subject: '', detail: 'why', evidence: {} },
  ] as const
  const quarantined = (value: Uint8Array) => {
    const from = record(value)
    const { key, value: bytes } = quarantineRecord(
      { event: receive(from).event, state: 'refused', findings },
      { record: from, nowMs: 5.5 },
    )
    expect(key).toEqual(Buffer.from('BA1'))
    return fromBinary(QuarantinedStatementSchema, bytes)
  }
  expect(quarantined(toBinary(ManufacturingEventSchema, said))).toMatchObject({
    event: { eventId: receive(record(toBinary(ManufacturingEventSchema, said))).event.eventId },
    state: 'refused',
    findings: [{ reason: 'unreadable', severity: 'refuse', detail: 'why' }],
    decidedAtMs: 5n,
  })
  const unreadable = quarantined(new Uint8Array([0xff]))
  expect(unreadable.event).toBeUndefined()
  expect([...unreadable.record]).toEqual([0xff])
})

const row = (value: object) => statement({ case: 'unreadableRow', value })
test('the same row in another file and line is the same statement', () => {
  const first = row({ file: 'monday.csv', line: 7, text: 'a;b' })
  expect(statementContent(row({ file: 'tuesday.csv', line: 9, text: 'a;b' }))).toEqual(
    statementContent(first),
  )
  expect(statementContent(row({ file: 'monday.csv', line: 7, text: 'a;c' }))).not.toEqual(
    statementContent(first),
  )
  expect(first.event.value).toMatchObject({ file: 'monday.csv', line: 7 })
})

test('the same bytes at another offset are the same statement', () => {
  const [first, again] = [
    receive(record(Buffer.from('no statement'), 1n)),
    receive(record(Buffer.from('no statement'), 2n)),
  ]
  expect(again.event.eventId).toBe(first.event.eventId)
  expect(again.contentSha256).toBe(first.contentSha256)
})

test('of all others everything counts', () => {
  expect(statementContent(made('BA1'))).toEqual(statementContent(made('BA1')))
  expect(statementContent(made('BA1', { batch: 'B8' }))).not.toEqual(statementContent(made('BA1')))
})
