import { describe, expect, test } from 'vitest'
import {
  CheckDigit,
  type ManufacturingEvent,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { expectReasons } from '../../testing/expect-reasons.ts'
import { day, fleet, madeMs, nowMs } from '../../testing/rule-case.ts'
import { at, changed, form, model } from '../../testing/statements.ts'
import type { FleetSnapshot } from '../working-facts.ts'
import { createWorkingFacts } from '../working-facts.ts'
import { definedModel, definedType, definitions } from './definitions.ts'

const slots = [
  { slot: 'battery', type: 'battery', required: true },
  { slot: 'motor', type: 'motor', required: true },
]
const definedAt = nowMs - 10 * day
const told = (statement: ManufacturingEvent, source: string, atMs = definedAt) =>
  changed(statement, { source, occurredAt: at(atMs) })

/** The fleet after the OEM defined a type and a model. */
const known: FleetSnapshot = (() => {
  const [type, bike] = [told(form({ lastFaultCode: 9 }), 'oem:acme'), told(model(slots), 'oem:acme')]
  if (type.event.case !== 'componentTypeDefined' || bike.event.case !== 'bikeModelDefined') throw new Error()
  return {
    ...fleet,
    types: [...fleet.types, definedType(type, type.event.value)],
    models: [...fleet.models, definedModel(bike, bike.event.value)],
  }
})()

const again = { type: form({ lastFaultCode: 9 }), model: model(slots.toReversed()) }
const others = {
  'a type of another form': form({ lastFaultCode: 9, serialPattern: 'X' }),
  'a type of another check digit': form({ lastFaultCode: 9, checkDigit: CheckDigit.LUHN }),
  'a type of another name': form({ lastFaultCode: 9, name: 'Light' }),
  'a type without fault codes': form(),
  'a model without slots': model([]),
  'a model with a slot more': model([...slots, { slot: 'lamp', type: 'lamp' }]),
  'a model whose motor may be missing': model([slots[0] as object, { slot: 'motor', type: 'motor' }]),
  'a model of other days': model(slots, { producedFrom: at(madeMs - 3 * day) }),
  'a model that ends': model(slots, { producedUntil: at(madeMs + 3 * day) }),
  'a model of another name': model(slots, { name: 'Race' }),
}

describe.each(Object.entries(others))('%s', (_, statement) => {
  test.each([
    ['by another source, earlier', 'service:nobody', -day, ['sources_contradict']],
    ['by another source, later', 'service:nobody', day, ['sources_contradict']],
    ['by the same source, later', 'oem:acme', day, []],
    ['by the same source, earlier', 'oem:acme', -day, ['said_before']],
    ['by the same source at the same time', 'oem:acme', 0, ['sources_contradict']],
  ])('%s', (_, source, laterMs, reasons) =>
    expectReasons(told(statement, source, definedAt + laterMs), reasons, known),
  )
})

test.each(Object.entries(again))('the same %s by another source is known', (_, statement) => {
  expectReasons(told(statement, 'plant:dresden'), ['said_before'], known)
})

test('both sides are shown where they differ', () => {
  const said = told(model([slots[0] as object]), 'service:nobody')
  const [found] = definitions.find(said, createWorkingFacts(known), nowMs)
  expect(found).toMatchObject({
    subject: 'model:cargo',
    evidence: { 'said slot motor': 'none', 'known slot motor': 'motor' },
  })
})

test.each<[ManufacturingEvent, object]>([
  [form(), { 'said faultCodes': 'none', 'known faultCodes': '0 to 9' }],
  [others['a type of another check digit'], { 'said checkDigit': 'LUHN', 'known checkDigit': 'NONE' }],
  [
    others['a model whose motor may be missing'],
    { 'said slot motor': 'motor, optional', 'known slot motor': 'motor' },
  ],
  [others['a model with a slot more'], { 'said slot lamp': 'lamp, optional', 'known slot lamp': 'none' }],
  [
    others['a model that ends'],
    { 'said producedUntil': '2026-03-05T10:00:00.000Z', 'known producedUntil': 'open' },
  ],
])('nothing is shown but where sides differ (%#)', (statement, evidence) => {
  const [found] = definitions.find(told(statement, 'service:nobody'), createWorkingFacts(known), nowMs)
  expect(found?.evidence).toEqual(evidence)
})
