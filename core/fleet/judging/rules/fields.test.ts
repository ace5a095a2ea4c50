import { create } from '@bufbuild/protobuf'
import { TimestampSchema } from '@bufbuild/protobuf/wkt'
import { test } from 'vitest'
import { CheckDigit } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import { day, madeMs, withMotor } from '../../testing/rule-case.ts'
import { at, built, changed, delivered, form, made, model, statement } from '../../testing/statements.ts'

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
