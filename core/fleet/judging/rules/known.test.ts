import { test } from 'vitest'
import { CheckDigit } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import { day, frames, madeMs, withMotor } from '../../testing/rule-case.ts'
import { built, delivered, made, model, recycled, removed, statement } from '../../testing/statements.ts'

test.each<RuleCase>([
  ['a model that nobody defined', built({ modelId: 'race' }), ['model_unknown'], withMotor],
  ['a part that nobody told of', built(), ['component_unknown']],
  ['a bike that nobody told of', delivered(madeMs + day, 'F-NEW'), ['bike_unknown']],
])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))

const luhn = { ...withMotor, types: frames(CheckDigit.LUHN, '\\d+').types }
const bell = statement({
  case: 'componentRecycled',
  value: { component: { type: 'bell', serialNumber: 'B1' } },
})

test.each<RuleCase>([
  ['a number of another form', made('X1'), ['serial_format']],
  ['also where nobody knows it', removed('BA1O'), ['serial_format', 'component_unknown']],
  ['a wrong check digit', built({ frameNumber: '79927398710' }), ['check_digit'], luhn],
  ['a valid check digit', built({ frameNumber: '79927398713' }), [], luhn],
  [
    'a frame number of another form',
    delivered(madeMs + day, 'F 7'),
    ['serial_format', 'bike_unknown'],
    frames(CheckDigit.NONE),
  ],
  ['a model without a name', built({ modelId: '', parts: [] }), ['field_invalid']],
  ['a frame number that was accepted before', delivered(madeMs + day), [], frames(CheckDigit.NONE, '\\d+')],
  ['no frame number at all', recycled('BA2'), [], frames(CheckDigit.NONE)],
  ['a type that nobody defined', bell, ['component_type_unknown']],
  [
    'a slot for a type that nobody defined',
    model([{ slot: 'bell', type: 'bell' }]),
    ['component_type_unknown'],
  ],
])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))
