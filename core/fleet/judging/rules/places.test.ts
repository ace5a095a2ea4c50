import { expect, test } from 'vitest'
import { expectReasons, type RuleCase } from '../../testing/expect-reasons.ts'
import {
  component,
  day,
  fleet,
  madeMs,
  nowMs,
  recycledShelf,
  stay,
  withMotor,
  withStays,
} from '../../testing/rule-case.ts'
import { built, fitted, part, recycled, removed, renewed, swapped } from '../../testing/statements.ts'
import type { PendingMove } from '../facts.ts'
import { createWorkingFacts } from '../working-facts.ts'
import { places } from './places.ts'

const early = madeMs + 2 * day
const later = madeMs + 5 * day
const fromLater = withStays(stay('BA2', 'anna', { slot: 'battery_2', fromMs: later }))
const untilLater = withStays(stay('BA2', 'anna', { slot: 'battery_2', untilMs: later }))
const emptySince = withStays(stay('BA2', 'ben', { untilMs: later }))
const bens = (fromMs: number, untilMs: number) => withStays(stay('BA2', 'ben', { fromMs, untilMs }))
const inTwo = withStays(
  ...[later, later + day].map((fromMs) => stay('BA2', 'anna', { fromMs, untilMs: fromMs + 1 })),
)
const heldTwo = withStays(
  ...[later, later + day].map((fromMs) => stay('BA3', 'ben', { fromMs, untilMs: fromMs + 1 })),
)
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
  ['the end of a battery that left just before', recycled('BA2', later), [], bens(madeMs, later)],
  ['… just after', recycled('BA2', later), ['component_elsewhere'], bens(madeMs, later + 1)],
  [
    'the end of a battery that will be fitted',
    recycled('BA2', early),
    ['component_elsewhere'],
    bens(later, nowMs),
  ],
  [
    'a battery made new when it is fitted',
    renewed('BA2', later),
    ['component_elsewhere'],
    bens(later, nowMs),
  ],
  ['a battery made new when it is recycled', renewed('BA2', later), ['component_recycled'], recycledShelf],
  ['… just before', renewed('BA2', later - 1), [], recycledShelf],
  ['a battery that will be in two places', fitted('BA2', 'F-BEN', early), ['component_elsewhere'], inTwo],
  ['a slot that will be taken twice', fitted('BA2', 'F-BEN', early), ['slot_taken'], heldTwo],
  ['a battery made new before it was recycled', renewed('BA2', early), [], recycledShelf],
])('%s', (_, said, reasons, known) => expectReasons(said, reasons, known))

test('what is in the slot may be a component that nobody told of', () => {
  const facts = createWorkingFacts({ ...fleet, installations: [stay('BA7', 'ben')] })
  expect(places.find(fitted('BA2'), facts, nowMs)).toMatchObject([
    { detail: expect.stringContaining('has another component'), evidence: { 'known serial number': '' } },
  ])
})

test('a part may be there until it is recycled', () => {
  const found = (untilMs: number) => {
    const name = { type: 'battery', serialNumber: 'BA2' }
    const leaves: PendingMove = {
      ...{ role: 'removed', frameNumber: 'F-BEN', slot: 'battery', name, atMs: untilMs, eventId: 'e' },
    }
    const facts = createWorkingFacts(recycledShelf, [leaves])
    return places.find(fitted('BA2', 'F-BEN', early), facts, nowMs).map(({ reason }) => reason)
  }
  expect([found(later), found(later + 1)]).toEqual([[], ['component_recycled']])
})
