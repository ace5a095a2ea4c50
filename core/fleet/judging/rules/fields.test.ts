import { create } from '@bufbuild/protobuf'
import { TimestampSchema } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import {
  CheckDigit,
  type ManufacturingEvent,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import { bikeIds, day, fleet, madeMs, nowMs, withMotor } from '../../testing/rule-case.ts'
import { at, built, changed, delivered, form, made, model, statement } from '../../testing/statements.ts'
import { createWorkingFacts } from '../working-facts.ts'
import { fields } from './fields.ts'

const twice = { slot: 'motor', type: 'motor' }
const nameless = statement({ case: 'componentRecycled', value: { component: { type: 'battery' } } })
const referred = (type: string) =>
  statement({ case: 'componentRecycled', value: { component: { type, serialNumber: 'X1' } } })
const beyond = create(TimestampSchema, { seconds: 9_999_999_999_999n })
const negative = create(TimestampSchema, { seconds: 1_772_000_000n, nanos: -1 })
const endless = Array.from({ length: 65 }, (_, index) => ({ slot: `motor_${index}`, type: 'motor' }))
const missing = ['part_missing', 'part_missing']
const unreadable = statement({ case: 'unreadableRow', value: { file: 'f', line: 2 } })
const unheard = { version: 2, event: { case: undefined } } as const

test.each<RuleCase>([
  ['a row that cannot be read', unreadable, ['unreadable']],
  ['no version', changed(made('BA9'), { version: 0 }), ['field_invalid']],
  ['a version from the future', changed(made('BA9'), { version: 2 }), ['version_unknown']],
  ['a version from the future that says unheard things', changed(made('BA9'), unheard), ['version_unknown']],
  ['no event', changed(made('BA9'), { event: { case: undefined } }), ['field_invalid']],
  ['a source that is nobody', changed(made('BA9'), { source: 'zwickau' }), ['field_invalid']],
  ['a component without a number', nameless, ['field_invalid']],
  ['a type that means something else', referred('frame'), ['field_invalid', 'component_type_unknown']],
  ['a type that is no word', referred('E-Bike: Akku'), ['field_invalid', 'component_type_unknown']],
  ['a form of frame numbers', form({ type: 'frame' }), []],
  ['a component without a time', made('BA9', { producedAt: undefined }), ['field_invalid']],
  ['a text without end', made('BA9', { batch: 'x'.repeat(257) }), ['field_invalid']],
  ['a bike without an id', built({ bikeId: 'bike 1' }), ['field_invalid'], withMotor],
  ['a time of another era', delivered(Date.UTC(12_000, 0, 1)), ['field_invalid', 'time_in_future']],
  [
    'a time beyond all dates',
    changed(delivered(madeMs), { occurredAt: beyond }),
    ['field_invalid', 'time_in_future'],
  ],
  ['a time before its second', changed(delivered(madeMs), { occurredAt: negative }), ['field_invalid']],
  [
    'a bike of more parts than any',
    built({ parts: endless.map(() => ({})) }),
    ['field_invalid', ...missing],
    withMotor,
  ],
  ['a model of more slots than any', model(endless), ['field_invalid']],
  ['a model of as many slots as may be', model(endless.slice(1)), []],
  ['a pattern that is none', form({ serialPattern: '(' }), ['field_invalid']],
  ['a check digit that is none', form({ checkDigit: CheckDigit.UNSPECIFIED }), ['field_invalid']],
  ['fault codes upside down', form({ firstFaultCode: 9, lastFaultCode: 3 }), ['field_invalid']],
  ['a slot that is there twice', model([twice, twice]), ['field_invalid']],
  ['a model that ends before it begins', model([], { producedUntil: at(madeMs - day) }), ['field_invalid']],
])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))

/** The fields that the rule finds faults in. */
const faultyIn = (said: ManufacturingEvent) =>
  fields.find(said, createWorkingFacts(fleet), nowMs).map(({ subject }) => subject)
const long = 'x'.repeat(257)

test.each<[NonNullable<ManufacturingEvent['event']['case']>, object, string[]]>([
  ['componentTypeDefined', {}, ['type', 'name', 'serialPattern', 'checkDigit']],
  ['bikeModelDefined', {}, ['modelId', 'name', 'producedFrom']],
  [
    'bikeModelDefined',
    { modelId: 'm', name: 'M', producedFrom: at(1), producedUntil: beyond },
    ['producedUntil'],
  ],
  ['componentProduced', {}, ['component', 'producedAt']],
  [
    'componentProduced',
    {
      component: {},
      producedAt: at(1),
      hardwareRevision: long,
      firmwareRevision: long,
      batch: long,
      plant: long,
    },
    ['component.type', 'component.serialNumber', 'hardwareRevision', 'firmwareRevision', 'batch', 'plant'],
  ],
  ['bikeProduced', {}, ['bikeId', 'frameNumber', 'modelId', 'producedAt']],
  [
    'bikeProduced',
    {
      bikeId: bikeIds.new,
      frameNumber: 'F',
      modelId: 'm',
      producedAt: at(1),
      plant: long,
      oem: long,
      parts: [{}],
    },
    ['plant', 'oem', 'parts[0].slot', 'parts[0].component'],
  ],
  ['componentInstalled', {}, ['frameNumber', 'part']],
  ['componentInstalled', { frameNumber: 'F', part: {} }, ['part.slot', 'part.component']],
  ['componentRemoved', { reason: long }, ['frameNumber', 'component', 'reason']],
  ['componentSwapped', { reason: long }, ['frameNumber', 'slot', 'removed', 'installed', 'reason']],
  [
    'componentRemanufactured',
    { hardwareRevision: long, firmwareRevision: long },
    ['component', 'hardwareRevision', 'firmwareRevision'],
  ],
  ['componentRecycled', {}, ['component']],
  ['bikeDelivered', {}, ['frameNumber', 'deliveredAt']],
  ['bikeSold', {}, ['frameNumber', 'soldAt']],
  ['bikeSold', { frameNumber: 'F', claimCodeSha256: new Uint8Array(31) }, ['soldAt', 'claimCodeSha256']],
  ['bikeSold', { frameNumber: 'F', riderId: long, claimCodeSha256: new Uint8Array(32) }, ['soldAt']],
])('%s has faults (%#)', (kind, value, faulty) => {
  const found = faultyIn(statement({ case: kind, value } as Parameters<typeof statement>[0]))
  expect(found).toEqual(faulty.map((field) => `${kind}.${field}`))
})

const seconds = (text: string) => BigInt(Date.parse(text) / 1_000)
const timed = (facts: object) => changed(made('BA9'), { occurredAt: create(TimestampSchema, facts) })
const codes = (first: number, last: number) => form({ firstFaultCode: first, lastFaultCode: last })
const ending = (untilMs: number) => model([], { producedUntil: at(untilMs) })
const source = (length: number) => changed(made('BA9'), { source: 'oem:'.padEnd(length, 'x') })
const largest = 2 ** 31 - 2

test.each<[string, ManufacturingEvent, ManufacturingEvent, string]>([
  [
    'the first moment',
    timed({ seconds: seconds('0001-01-01T00:00:00Z') }),
    timed({ seconds: seconds('0001-01-01T00:00:00Z') - 1n }),
    'occurredAt',
  ],
  [
    'the last moment',
    timed({ seconds: seconds('9999-12-31T00:00:00Z') - 1n }),
    timed({ seconds: seconds('9999-12-31T00:00:00Z') }),
    'occurredAt',
  ],
  [
    'the most nanos',
    timed({ seconds: 1n, nanos: 999_999_999 }),
    timed({ seconds: 1n, nanos: 1_000_000_000 }),
    'occurredAt',
  ],
  ['no nanos', timed({ seconds: 1n, nanos: 0 }), timed({ seconds: 1n, nanos: -1 }), 'occurredAt'],
  [
    'a text of 256 characters',
    made('BA9', { batch: 'x'.repeat(256) }),
    made('BA9', { batch: long }),
    'componentProduced.batch',
  ],
  ['a source of 256 characters', source(256), source(257), 'source'],
  [
    'a source of one of three',
    changed(made('BA9'), { source: 'service:x' }),
    changed(made('BA9'), { source: 'a service:x' }),
    'source',
  ],
  [
    'a source with a name',
    changed(made('BA9'), { source: 'oem:x' }),
    changed(made('BA9'), { source: 'oem: ' }),
    'source',
  ],
  [
    'a type of 64 letters',
    form({ type: 'x'.repeat(64) }),
    form({ type: 'x'.repeat(65) }),
    'componentTypeDefined.type',
  ],
  [
    'a type that begins with a letter',
    form({ type: 'a1_' }),
    form({ type: '1a' }),
    'componentTypeDefined.type',
  ],
  ['one fault code', codes(5, 5), codes(6, 5), 'componentTypeDefined.lastFaultCode'],
  ['no fault codes', codes(5, 0), codes(5, 4), 'componentTypeDefined.lastFaultCode'],
  ['the largest fault code', codes(1, largest), codes(1, largest + 1), 'componentTypeDefined.lastFaultCode'],
  ['a check digit', form(), form({ checkDigit: 99 }), 'componentTypeDefined.checkDigit'],
  [
    'a pattern of 256 characters',
    form({ serialPattern: 'x'.repeat(256) }),
    form({ serialPattern: long }),
    'componentTypeDefined.serialPattern',
  ],
  ['production of a moment', ending(madeMs + 1), ending(madeMs), 'bikeModelDefined.producedUntil'],
  ['a slot’s name', model([twice]), model([{ type: 'motor' }]), 'bikeModelDefined.slots[0].slot'],
  [
    'a slot’s type',
    model([twice]),
    model([{ slot: 'motor', type: 'frame' }]),
    'bikeModelDefined.slots[0].type',
  ],
])('%s is allowed, and nothing beyond it', (_, within, beyondIt, field) => {
  expect(faultyIn(within)).toEqual([])
  expect(faultyIn(beyondIt)).toEqual([field])
})

test.each(['frame', 'bike', 'model', 'type'])('%s is no type of component', (type) => {
  expect(faultyIn(referred(type))).toEqual(['componentRecycled.component.type'])
})

test('a later version may say what has no name here, but its envelope must be right', () => {
  expect(faultyIn(changed(made('BA9'), { ...unheard, source: '' }))).toEqual(['version'])
  expect(faultyIn(changed(made('BA9'), { version: 2, source: '' }))).toEqual(['version', 'source'])
})
