import { create, toBinary, toJson } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { ManufacturingEventSchema } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { bikeIds } from '../testing/rule-case.ts'
import { built, part } from '../testing/statements.ts'
import { readStatement, readStatementJson } from './read.ts'

const said = built({
  bikeId: bikeIds.anna.toUpperCase(),
  frameNumber: ' f-anna\u00a01',
  modelId: ' city ',
  parts: [part('ba 1')],
})
const normal = built({ bikeId: bikeIds.anna, frameNumber: 'F-ANNA1', parts: [part('BA1')] })
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const whole = toJson(ManufacturingEventSchema, said) as object

test.each([
  ['Protobuf', readStatement(toBinary(ManufacturingEventSchema, said))],
  ['its JSON mapping', readStatement(json(whole))],
  ['JSON at hand', readStatementJson(toJson(ManufacturingEventSchema, said))],
  ['JSON of a later version', readStatement(json({ ...whole, mood: 'good' }))],
])('%s is read, and its numbers and texts are made alike', (_, read) => {
  expect(read).toEqual({ kind: 'statement', event: normal })
})

test.each([
  ['random bytes', Uint8Array.of(0xff, 1, 2, 3)],
  ['nothing', new Uint8Array()],
  ['half a JSON', json(whole).subarray(0, 40)],
  ['JSON of something else', json({ bikeProduced: 7 })],
  ['two events in one', json({ ...whole, bikeSold: {} })],
  ['text that is not UTF-8', Uint8Array.of(0x7b, 0xc3, 0x7d)],
  [
    'an event without an id',
    toBinary(ManufacturingEventSchema, create(ManufacturingEventSchema, { version: 1 })),
  ],
])('%s is no statement, and says why', (_, record) => {
  expect(readStatement(record)).toEqual({ kind: 'unreadable', detail: expect.stringMatching(/.{10}/) })
})

test('why something is no statement is told in few words', () => {
  const read = readStatement(json({ ...whole, version: 'x'.repeat(100_000) }))
  expect(read).toEqual({ kind: 'unreadable', detail: expect.stringMatching(/^.{10,1000}$/s) })
})

test('the row of a file stays as it came', () => {
  const row = { version: 1, eventId: said.eventId, unreadableRow: { file: 'f', line: 1, text: ' a;b ' } }
  const read = readStatement(json(row))
  expect(read).toMatchObject({ event: { event: { value: { text: ' a;b ' } } } })
})
