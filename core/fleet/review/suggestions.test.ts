import { expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { rules } from '../judging/rules/index.ts'
import { createWorkingFacts } from '../judging/working-facts.ts'
import { bikeIds, component, fleet, madeMs, nowMs, withMotor } from '../testing/rule-case.ts'
import { built, delivered, fitted, made, part, removed, swapped } from '../testing/statements.ts'
import type { SuggestionGround } from './port.ts'
import { suggest } from './suggestions.ts'

const nothing: SuggestionGround = { similar: [], similarBikes: [], neighbours: [], reported: [] }
const batteries = { ...nothing, similar: ['BA1', 'BA2', 'BA3'].map((serial) => component(serial)) }
const bikes = {
  ...nothing,
  similarBikes: [
    { bikeId: bikeIds.anna, frameNumber: 'F-ANNA' },
    { bikeId: bikeIds.ben, frameNumber: 'F-BEN' },
  ],
}
const reports = (serialNumber: string, ground = batteries) => ({
  ...ground,
  reported: [{ type: 'battery', serialNumber, slot: 'battery', reportedAtMs: nowMs }],
})

function suggested(said: ManufacturingEvent, ground: SuggestionGround, known = fleet) {
  const findings = rules.flatMap((rule) => rule.find(said, createWorkingFacts(known), nowMs))
  return suggest(said, findings, ground)
}
const best = (said: ManufacturingEvent, ground: SuggestionGround, known = fleet) =>
  suggested(said, ground, known)[0]
const parts = (serialNumber: string) => [
  { slot: 'battery', component: { type: 'battery', serialNumber } },
  { slot: 'motor', component: { type: 'motor', serialNumber: 'MO3' } },
]

test.each([
  [
    'the number that looks like it',
    best(removed('8A1'), batteries),
    { verdict: 'correct', correction: { componentRemoved: { component: { serialNumber: 'BA1' } } } },
  ],
  [
    'the number that the bike itself reports',
    best(fitted('BA9'), reports('BA3')),
    { correction: { componentInstalled: { part: { component: { serialNumber: 'BA3' } } } } },
  ],
  [
    'the number of a component produced next to it',
    best(fitted('BA9'), { ...batteries, neighbours: [component('BA2')] }),
    { correction: { componentInstalled: { part: { component: { serialNumber: 'BA2' } } } } },
  ],
  [
    'one part of a bike, the others as they are',
    best(built({ parts: [part('B42'), part('MO3')] }), batteries, withMotor),
    { correction: { bikeProduced: { parts: parts('BA2') } } },
  ],
  [
    'the bike without its part, where nothing else is known',
    best(built({ parts: [part('BA42'), part('MO3')] }), nothing, withMotor),
    { correction: { bikeProduced: { parts: parts('').slice(1) } } },
  ],
  [
    'the side of a swap that is doubtful',
    best(swapped('BA1', 'BAA2'), batteries),
    { correction: { componentSwapped: { installed: { serialNumber: 'BA2' } } } },
  ],
  [
    'a component that is known under another number',
    best(made('BAI'), batteries),
    { verdict: 'merge', mergeInto: 'id of BA1' },
  ],
  [
    'the number that only the bike has right',
    best(made('BA77O'), reports('BA770')),
    { verdict: 'correct', correction: { componentProduced: { component: { serialNumber: 'BA770' } } } },
  ],
  [
    'the frame number that looks like it',
    best(delivered(madeMs, 'F-ANAN'), bikes),
    { correction: { bikeDelivered: { frameNumber: 'F-ANNA' } }, score: 0.75 },
  ],
  [
    'the bike id that is known',
    best(built({ frameNumber: 'F-ANNA', parts: [] }), nothing),
    { correction: { bikeProduced: { bikeId: bikeIds.anna } } },
  ],
])('suggests %s', (_, suggestion, expected) => expect(suggestion).toMatchObject(expected))

test('likeness, report and neighbourhood add up, and the best comes first', () => {
  const ground = { ...reports('BA2'), neighbours: [component('BA2'), component('BA3')] }
  const numbers = suggested(fitted('BA9'), ground).map(
    ({ correction }) => JSON.stringify(correction).match(/BA\d/)?.[0],
  )
  expect(numbers).toEqual(['BA2', 'BA3', 'BA1'])
})

test('what was removed is not what the bike reports now', () => {
  expect(suggested(removed('BA999'), { ...nothing, reported: reports('BA3').reported })).toEqual([])
})

test('nothing is suggested where nothing is doubtful, or nothing looks alike', () => {
  expect(suggested(fitted('BA2'), reports('BA3'))).toEqual([])
  expect(suggested(fitted('BA99999999'), batteries)).toEqual([])
})

test('there are few suggestions, however much looks alike', () => {
  const similar = Array.from({ length: 50 }, (_, index) => component(`BA9${index}`))
  expect(suggested(fitted('BA9'), { ...nothing, similar })).toHaveLength(5)
})
