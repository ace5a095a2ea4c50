import { expect, test } from 'vitest'
import { finding, type StatementReason } from '../judging/findings.ts'
import { bikeIds } from '../testing/rule-case.ts'
import { built, made, recycled, swapped } from '../testing/statements.ts'
import { groundOf, groundQuestion } from './ground.ts'

const doubt = (reason: StatementReason, subject: string) => finding(reason, subject, { detail: '' })

test('only names that hold the statement are looked up, each with the numbers that may be meant', () => {
  const findings = [doubt('component_unknown', 'battery:BA1'), doubt('part_missing', 'battery:BA2')]
  const { numbers } = groundQuestion(swapped('BA1', 'BA2'), findings)
  expect(numbers).toMatchObject([{ type: 'battery', serialNumber: 'BA1' }])
  expect(numbers[0]?.variants).toEqual(expect.arrayContaining(['BA2', 'B1', 'AB1', 'BA11']))
})

test.each([
  ['a new bike, by the id that it is given', built(), { bikeId: bikeIds.new, frameNumber: 'F-NEW' }],
  ['a bike that is named', swapped('BA1', 'BA2'), { bikeId: undefined, frameNumber: 'F-ANNA' }],
  ['no bike', recycled('BA1'), { bikeId: undefined, frameNumber: '' }],
])('the bike whose reports count: %s', (_, said, bike) => {
  const question = groundQuestion(said, [])
  expect(question.bike).toEqual(bike)
  expect(question.frameVariants.includes(`${bike.frameNumber}0`)).toBe(bike.frameNumber !== '')
})

test('a statement that nothing holds asks for no numbers', () => {
  expect(groundQuestion(made('BA1'), []).numbers).toEqual([])
})

test('a slot tells the type of what is reported in it', () => {
  const reported = [{ slot: 'battery_2', serialNumber: 'BA1', reportedAtMs: 1 }]
  const ground = groundOf({ similar: [], similarBikes: [], neighbours: [], reported })
  expect(ground.reported).toEqual([{ ...reported[0], type: 'battery' }])
})
