import { expect, test } from 'vitest'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import { day, madeMs, withMotor } from '../../testing/rule-case.ts'
import {
  built,
  delivered,
  fitted,
  form,
  made,
  model,
  recycled,
  removed,
  renewed,
  sold,
  swapped,
} from '../../testing/statements.ts'
import { statementReasons } from '../findings.ts'
import { rules } from './index.ts'

test.each<RuleCase>([
  ['a component in order', made('BA9'), []],
  ['a bike in order', built(), [], withMotor],
  ['a type in order', form(), []],
  ['a model in order', model([{ slot: 'battery', type: 'battery', required: true }]), []],
  ['a battery from the shelf into an empty slot', fitted('BA2'), []],
  ['the removal of what is there', removed('BA1'), []],
  ['one battery for another', swapped('BA1', 'BA2'), []],
  ['the end of what lies on the shelf', recycled('BA2'), []],
  ['what lies on the shelf and is made new', renewed('BA2'), []],
  ['a delivery', delivered(madeMs + day), []],
  ['a sale', sold('anna', madeMs + day), []],
])('nothing is found in %s', (_, said, reasons, known) => expectReasons(said, reasons, known))

test('rules declare what they find, and together all that a statement alone gives cause for', () => {
  const { event_id_reused: _, seal_invalid: __, key_distrusted: ___, ...reasons } = statementReasons
  expect(new Set(rules.flatMap((rule) => rule.reasons))).toEqual(new Set(Object.keys(reasons)))
})
