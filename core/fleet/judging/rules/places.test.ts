import { test } from 'vitest'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import { component, day, madeMs, recycledShelf, stay, withMotor, withStays } from '../../testing/rule-case.ts'
import { built, fitted, part, recycled, removed, renewed, swapped } from '../../testing/statements.ts'

const early = madeMs + 2 * day
const later = madeMs + 5 * day
const fromLater = withStays(stay('BA2', 'anna', { slot: 'battery_2', fromMs: later }))
const untilLater = withStays(stay('BA2', 'anna', { slot: 'battery_2', untilMs: later }))
const emptySince = withStays(stay('BA2', 'ben', { untilMs: later }))
const twoMotors = { ...withMotor, components: [...withMotor.components, component('MO4')] }

test.each<RuleCase>([
  ['a battery that is in another bike', fitted('BA1'), ['component_elsewhere']],
  ['a battery that will be', fitted('BA2', 'F-BEN', early), ['component_elsewhere'], fromLater],
  ['a battery that was', fitted('BA2'), [], untilLater],
  [
    'a new bike with a part of another',
    built({ parts: [part('BA1'), part('MO3')] }),
    ['component_elsewhere'],
    withMotor,
  ],
  ['a slot that another component is in', fitted('BA2', 'F-ANNA'), ['slot_taken']],
  ['a slot that another component was in', fitted('BA3'), [], emptySince],
  [
    'two motors in one slot',
    built({ parts: [part('BA2'), part('MO3'), part('MO4')] }),
    ['slot_taken'],
    twoMotors,
  ],
  [
    'one battery in two slots',
    built({ parts: [part('BA2'), part('BA2', 'battery_2'), part('MO3')] }),
    ['component_elsewhere'],
    withMotor,
  ],
  ['a removal of what was never there', removed('BA2'), ['component_absent']],
  [
    'a removal before it was there',
    removed('BA1', 'F-ANNA', madeMs - 5 * day),
    ['component_absent', 'order_of_times'],
  ],
  ['a removal of what is in another bike', removed('BA1', 'F-BEN'), ['component_absent']],
  ['a swap of what is not there', swapped('BA2', 'BA3'), ['slot_taken', 'component_absent']],
  ['the end of a battery that is in a bike', recycled('BA1'), ['component_elsewhere']],
  ['a battery made new that is in a bike', renewed('BA1'), ['component_elsewhere']],
  ['a recycled battery in a bike', fitted('BA2'), ['component_recycled'], recycledShelf],
  ['a recycled battery made new', renewed('BA2'), ['component_recycled'], recycledShelf],
  [
    'a battery made new before it is fitted',
    renewed('BA2', early),
    [],
    withStays(stay('BA2', 'ben', { fromMs: later })),
  ],
  ['a battery made new before it was recycled', renewed('BA2', early), [], recycledShelf],
])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))
