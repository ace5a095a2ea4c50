// True stories of bikes, told in any order: master data is the same, and everything is believed.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { createMemoryFleet, type MemoryFleet } from '../testing/memory-fleet.ts'
import {
  dayMs,
  definitions,
  frameNumber,
  installed,
  made,
  madeMs,
  name,
  recycled,
  removed,
  renewed,
  sold,
  swapped,
  wholeBike,
} from '../testing/statement-fixtures.ts'

const nowMs = madeMs + 1_000 * dayMs
const on = (day: number) => madeMs + day * dayMs

/** Told in the order of an array of ranks, in batches. */
interface Telling {
  readonly ranks: readonly number[]
  readonly batch: number
}

const telling = (length: number) =>
  fc.record({
    ranks: fc.shuffledSubarray([...Array(length).keys()], { minLength: length, maxLength: length }),
    batch: fc.integer({ min: 1, max: 4 }),
  })

function tell(story: readonly ManufacturingEvent[], { ranks, batch }: Telling) {
  const fleet = createMemoryFleet(nowMs)
  const inOrder = ranks.map((rank) => story[rank] as ManufacturingEvent)
  for (let at = 0; at < story.length; at += batch) fleet.tell(inOrder.slice(at, at + batch))
  return fleet
}

/** Without ids of statements: components have that of the one that was told first. */
function picture({ facts }: MemoryFleet) {
  return {
    bikes: [1, 2].map((number) => {
      const bike = facts.bikeByFrame(frameNumber(number))
      const stays = facts
        .installationsIn(bike?.bikeId ?? '')
        .map(({ installedBy: _, componentId, ...stay }) => {
          return { ...stay, component: facts.componentById(componentId)?.serialNumber }
        })
      return { ...bike, stays: stays.toSorted((a, b) => a.slot.localeCompare(b.slot)) }
    }),
    components: [1, 2, 3].map((number) => {
      return { ...facts.component(name('battery', number)), componentId: undefined }
    }),
  }
}

interface Expected {
  readonly runs: number
  /** Else what is not applied is shown to reviewers, and only what is applied throughout must be the same. */
  readonly allApplied?: boolean
}

function expectAnyOrder(story: readonly ManufacturingEvent[], { runs, allApplied = true }: Expected): void {
  const straight = tell(story, { ranks: [...story.keys()], batch: 1 })
  expect(notApplied(straight)).toEqual([])
  const told = picture(straight)
  fc.assert(
    fc.property(telling(story.length), (order) => {
      const shuffled = tell(story, order)
      const left = notApplied(shuffled)
      if (allApplied) expect(left).toEqual([])
      if (left.length === 0) expect(picture(shuffled)).toEqual(told)
    }),
    { numRuns: runs },
  )
}

const notApplied = (told: MemoryFleet) => [...told.states().values()].filter((state) => state !== 'applied')

const fleet = () => [...definitions(), ...wholeBike(1), ...wholeBike(2), made('battery', 3)]

test.each<[string, () => ManufacturingEvent[]]>([
  ['a battery out and in again', () => [removed(1, 1, on(5)), installed(1, 1, on(10))]],
  [
    'out and in again, twice',
    () => [removed(1, 1, on(5)), installed(1, 1, on(10)), removed(1, 1, on(15)), installed(1, 1, on(20))],
  ],
  ['an exchange and back', () => [swapped(1, [1, 3], on(5)), swapped(1, [3, 1], on(10))]],
  [
    'sold, sold on and bought back',
    () => ['anna', 'ben', 'anna'].map((who, i) => sold(1, who, on(5 + 5 * i))),
  ],
  [
    'sales of which some are told twice',
    () => [
      sold(1, 'anna', on(5)),
      sold(1, 'anna', on(8)),
      sold(1, 'ben', on(10)),
      sold(1, 'anna', on(20)),
      sold(1, 'anna', on(30)),
    ],
  ],
  [
    'installations told twice',
    () => [removed(1, 1, on(5)), installed(1, 1, on(10)), installed(1, 1, on(12)), installed(1, 1, on(14))],
  ],
  [
    'made anew twice',
    () => [
      removed(1, 1, on(2)),
      renewed(1, on(5), { hardwareRevision: '2', firmwareRevision: '2.0' }),
      renewed(1, on(10), { hardwareRevision: '3' }),
    ],
  ],
  [
    'made anew, and told of by its OEM',
    () => [renewed(3, on(5), { hardwareRevision: '2' }), made('battery', 3)],
  ],
  [
    'one component after the other in a slot',
    () => [removed(1, 1, on(5)), installed(1, 3, on(10)), removed(1, 3, on(15)), installed(1, 1, on(20))],
  ],
  [
    'a battery that goes from bike to bike',
    () => [
      removed(1, 1, on(5)),
      removed(2, 2, on(5)),
      installed(2, 1, on(10)),
      removed(2, 1, on(15)),
      installed(1, 1, on(20)),
    ],
  ],
  [
    'a chain of exchanges in an empty slot',
    () => [
      removed(1, 1, on(3)),
      removed(2, 2, on(3)),
      installed(1, 2, on(5)),
      swapped(1, [2, 3], on(10)),
      removed(1, 3, on(15)),
      installed(1, 1, on(20)),
    ],
  ],
  [
    'recycled in the end',
    () => [removed(1, 1, on(5)), installed(1, 3, on(10)), removed(1, 3, on(20)), recycled(3, on(50))],
  ],
])('%s', (_, events) => {
  expectAnyOrder([...fleet(), ...events()], { runs: 60 })
})

/** What happens to bikes and three batteries, day by day: whatever is possible then, as the numbers choose. */
function trueStory(choices: readonly number[], bikes: number): ManufacturingEvent[] {
  /** Battery by bike, bike by battery. */
  const inBike = new Map([
    [1, 1],
    [2, 2],
  ])
  const owners = ['anna', 'ben']
  return choices.flatMap((choice, index): ManufacturingEvent[] => {
    const atMs = on(2 * index + 2)
    const bike = 1 + ((choice >> 2) % bikes)
    const inside = inBike.get(bike)
    const outside = [1, 2, 3].filter((battery) => ![...inBike.values()].includes(battery))
    const battery = outside[choice % outside.length] as number
    const isOdd = choice % 3
    if (isOdd === 0) return [sold(bike, owners[choice % 4 > 1 ? 1 : 0] as string, atMs)]
    if (inside === undefined) {
      inBike.set(bike, battery)
      return [installed(bike, battery, atMs)]
    }
    if (isOdd === 1) {
      inBike.delete(bike)
      return [removed(bike, inside, atMs)]
    }
    if (choice % 5 === 0) return [renewed(battery, atMs, { hardwareRevision: String(index) })]
    if (choice % 5 === 1) return [installed(bike, inside, atMs)]
    inBike.set(bike, battery)
    return [swapped(bike, [inside, battery], atMs)]
  })
}

const choices = fc.array(fc.nat({ max: 999 }), { minLength: 3, maxLength: 12 })

test('whatever happened to a bike', () => {
  fc.assert(
    fc.property(choices, (chosen) => expectAnyOrder([...fleet(), ...trueStory(chosen, 1)], { runs: 5 })),
    { numRuns: 60 },
  )
})

test('of two bikes that exchange parts, what is not held is the same', () => {
  const expected = { runs: 5, allApplied: false }
  fc.assert(
    fc.property(choices, (chosen) => expectAnyOrder([...fleet(), ...trueStory(chosen, 2)], expected)),
    { numRuns: 60 },
  )
})
