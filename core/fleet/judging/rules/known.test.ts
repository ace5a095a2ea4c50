import { test } from 'vitest'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import { day, madeMs, withMotor } from '../../testing/rule-case.ts'
import { built, delivered } from '../../testing/statements.ts'

test.each<RuleCase>([
  ['a model that nobody defined', built({ modelId: 'race' }), ['model_unknown'], withMotor],
  ['a part that nobody told of', built(), ['component_unknown']],
  ['a bike that nobody told of', delivered(madeMs + day, 'F-NEW'), ['bike_unknown']],
])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))
