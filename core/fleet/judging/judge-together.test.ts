import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { bikeIds, component, day, fleet, madeMs, nowMs, stay, withMotor } from '../testing/rule-case.ts'
import { built, changed, fitted, part, removed, sold, swapped } from '../testing/statements.ts'
import { judgeTogether } from './judge-together.ts'
import type { KnownStatement } from './port.ts'
import { rules } from './rules/index.ts'
import { createWorkingFacts, type FleetSnapshot } from './working-facts.ts'

const on = (days: number) => madeMs + days * day
const stored = (event: ManufacturingEvent, eventId: string): KnownStatement => ({
  ...{ event: changed(event, { eventId }), contentSha256: '', record: '', state: 'held', findings: [] },
  ...{ judgement: 1, decisions: [], isDue: false, speaker: { provenance: 'legacy' } },
})

/** The event ids of those that are applied together with the one that is held; `waiting` by event id. */
function together(
  held: ManufacturingEvent,
  waiting: Readonly<Record<string, ManufacturingEvent>>,
  snapshot: FleetSnapshot = fleet,
) {
  const facts = createWorkingFacts(snapshot)
  const others = Object.entries(waiting).map(([eventId, event]) => stored(event, eventId))
  const one = stored(held, 'held')
  const judged = judgeTogether(one, { nowMs, facts, statements: new Map(), waiting: [one, ...others] }, rules)
  return { ids: judged?.map(({ event }) => event.eventId), facts }
}

/** Anna's bike got its battery on day 20. */
const later = { ...fleet, installations: [stay('BA1', 'anna', { fromMs: on(20) })] }
/** Anna's bike lost its battery on day 20. */
const ended = { ...fleet, installations: [stay('BA1', 'anna', { untilMs: on(20) })] }
const annas = (serialNumber: string, days: number) => fitted(serialNumber, 'F-ANNA', on(days))
const bens = (serialNumber: string, days: number) => fitted(serialNumber, 'F-BEN', on(days))
const outOfAnnas = (serialNumber: string, days: number) => removed(serialNumber, 'F-ANNA', on(days))
const outOfBens = (serialNumber: string, days: number) => removed(serialNumber, 'F-BEN', on(days))
const recycledLater = {
  ...fleet,
  components: [...fleet.components, component('BA9', { recycledAtMs: on(12) })],
}
const newBike = built({ parts: [part('MO3')] })

type Case = [
  string,
  ManufacturingEvent,
  Record<string, ManufacturingEvent>,
  string[] | undefined,
  FleetSnapshot?,
]

test.each<Case>([
  [
    'a part that leaves before the next comes',
    annas('BA3', 10),
    { a: outOfAnnas('BA3', 15) },
    ['held', 'a'],
    later,
  ],
  [
    '… the first time that it leaves',
    annas('BA3', 10),
    { b: outOfAnnas('BA3', 17), a: outOfAnnas('BA3', 15) },
    ['held', 'a'],
    later,
  ],
  ['… but not too late', annas('BA3', 10), { a: outOfAnnas('BA3', 25) }, undefined, later],
  ['… nor before it came', annas('BA3', 10), { a: outOfAnnas('BA3', 5) }, undefined, later],
  ['… nor from another bike', annas('BA3', 10), { a: outOfBens('BA3', 15) }, undefined, later],
  ['… nor another part', annas('BA3', 10), { a: outOfAnnas('BA2', 15) }, undefined, later],
  [
    'a part that leaves before it is recycled',
    bens('BA9', 9),
    { a: outOfBens('BA9', 11) },
    ['held', 'a'],
    recycledLater,
  ],
  [
    'a bike that is made',
    fitted('BA2', 'F-NEW'),
    { a: fitted('BA3', 'F-NEW'), b: newBike },
    ['b', 'held'],
    withMotor,
  ],
  ['a bike that nobody makes', fitted('BA2', 'F-NEW'), { a: fitted('BA3', 'F-NEW') }, undefined, withMotor],
  ['a part that was fitted before it left', outOfBens('BA2', 9), { a: bens('BA2', 5) }, ['a', 'held']],
  ['… the last time', outOfBens('BA2', 9), { a: bens('BA2', 5), b: bens('BA2', 3) }, ['a', 'held']],
  ['… but not after', outOfBens('BA2', 9), { a: bens('BA2', 10) }, undefined],
  ['a slot that is made free', annas('BA2', 9), { a: outOfAnnas('BA1', 5) }, ['a', 'held']],
  ['… the last time', annas('BA2', 9), { a: outOfAnnas('BA1', 7), b: outOfAnnas('BA1', 5) }, ['a', 'held']],
  ['… but not after', annas('BA2', 9), { a: outOfAnnas('BA1', 10) }, undefined],
  ['… nor by a sale', annas('BA2', 9), { a: sold('anna', on(5)) }, undefined],
  ['a part that comes back', outOfAnnas('BA1', 5), { a: annas('BA1', 10) }, ['held', 'a'], ended],
  [
    '… the first time',
    outOfAnnas('BA1', 5),
    { b: annas('BA1', 12), a: annas('BA1', 10) },
    ['held', 'a'],
    ended,
  ],
  ['… but not after its known end', outOfAnnas('BA1', 5), { a: annas('BA1', 25) }, undefined, ended],
  [
    'a chain of two partners',
    annas('BA2', 5),
    { b: outOfAnnas('BA3', 15), a: swapped('BA2', 'BA3', on(10)) },
    ['held', 'a', 'b'],
    later,
  ],
  ['a chain that has no end', annas('BA2', 5), { a: swapped('BA2', 'BA3', on(10)) }, undefined, later],
  ['nothing that waits', annas('BA2', 9), {}, undefined],
])('held for want of %s', (_, held, waiting, ids, snapshot) => {
  expect(together(held, waiting, snapshot).ids).toEqual(ids)
})

test('what is applied together counts from then on, and what is not leaves the facts as they are', () => {
  const stays = ({ facts }: ReturnType<typeof together>) =>
    facts
      .installationsIn(bikeIds.anna)
      .map(({ componentId, fromMs, untilMs }) => [componentId, fromMs, untilMs])
  const before = ['id of BA1', on(20), Number.POSITIVE_INFINITY]
  expect(stays(together(annas('BA3', 10), { a: outOfAnnas('BA3', 15) }, later))).toEqual([
    ['id of BA3', on(10), on(15)],
    before,
  ])
  expect(stays(together(annas('BA3', 10), { a: outOfAnnas('BA3', 25) }, later))).toEqual([before])
})

test('a partner needs no more than what a reviewer has accepted of it', () => {
  const facts = createWorkingFacts(fleet)
  const early = changed(outOfAnnas('BA1', 0), { occurredAt: outOfAnnas('BA1', 105).occurredAt })
  const one = stored(annas('BA2', 110), 'held')
  const tried = (decisions: KnownStatement['decisions']) => {
    const waiting = [{ ...stored(early, 'a'), decisions }]
    return judgeTogether(
      { ...one, decisions },
      { nowMs: on(80), facts, statements: new Map(), waiting },
      rules,
    )
  }
  expect(tried([])).toBeUndefined()
  expect(tried([{ verdict: 'accept', accepted: ['time_in_future'] }])).toHaveLength(2)
})

test.each([
  [20, 20],
  [21, undefined],
])('of a chain of %d statements %d are applied together', (length, applied) => {
  const swaps = Array.from({ length: length - 2 }, (_, index) => {
    const [out, into] = index % 2 === 0 ? ['BA2', 'BA3'] : ['BA3', 'BA2']
    return [`swap ${index}`, swapped(out as string, into as string, on(2 + index))]
  })
  const last = outOfAnnas(length % 2 === 0 ? 'BA2' : 'BA3', length)
  const known = { ...fleet, installations: [stay('BA1', 'anna', { fromMs: on(40) })] }
  expect(together(annas('BA2', 1), { ...Object.fromEntries(swaps), last }, known).ids?.length).toBe(applied)
})
