import { test } from 'vitest'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import { fleet, madeMs, stay, withMotor, withStays } from '../../testing/rule-case.ts'
import { built, part, statement } from '../../testing/statements.ts'

const inRack = statement({
  case: 'componentInstalled',
  value: { frameNumber: 'F-BEN', part: part('BA2', 'rack') },
})
const ended = { ...withMotor, models: fleet.models.map((each) => ({ ...each, producedUntilMs: madeMs })) }
const freeMotor = { ...withMotor, installations: [] }
const motorThere = { ...withStays(stay('MO3', 'new')), components: withMotor.components }

test.each<RuleCase>([
  [
    'a slot that the model has not',
    built({ parts: [part('BA2'), part('MO3', 'motor_2')] }),
    ['slot_unknown', 'part_missing'],
    withMotor,
  ],
  [
    'a slot of another type',
    built({ parts: [part('MO3', 'battery'), part('MO2', 'motor')] }),
    ['slot_unknown'],
    freeMotor,
  ],
  ['a slot that no bike of the model has', inRack, ['slot_unknown']],
  ['a bike without its battery', built({ parts: [part('MO3')] }), ['part_missing'], withMotor],
  ['a part that nobody says but that is there', built({ parts: [part('BA2')] }), [], motorThere],
  ['a model that was not produced any more', built(), ['model_not_produced_then'], ended],
])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))
