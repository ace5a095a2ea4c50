import { describe, expect, test } from 'vitest'
import { scenarioNames, scenarioOf } from './index.ts'
import { optionsOf, virtualUsers } from './k6/options.ts'
import { constant, secondsOf } from './shape.ts'

const date = new Date('2026-06-16')

describe.each(scenarioNames)('scenario %s', (name) => {
  const scenario = scenarioOf(name)

  test('lasts as long as asked, in each flow', () => {
    const shapes = Object.values(scenario.load({ seconds: 90, date }))
    expect(shapes.map(secondsOf).map(Math.round)).toEqual(shapes.map(() => 90))
  })

  test('fails when the edge falls or gives an answer that is not documented, or k6 falls behind', () => {
    expect(scenario.thresholds).toMatchObject({
      fallen: ['count==0'],
      wrong_answers: ['count==0'],
      exceptions: ['count==0'],
      dropped_iterations: expect.any(Array),
    })
  })

  test('has thresholds only of flows that it sends', () => {
    const sent = Object.keys(scenario.load({ seconds: 90, date }))
    const named = Object.keys(scenario.thresholds).flatMap((metric) => /flow:(\w+)/.exec(metric)?.[1] ?? [])
    expect(named.filter((flow) => !sent.includes(flow))).toEqual([])
  })
})

test('uploads begin at their time: k6 gets rates, not numbers of users', () => {
  const { scenarios } = optionsOf({ flows: { rides: constant(10.4, 30) }, thresholds: {} })
  expect(scenarios).toEqual({
    rides: expect.objectContaining({
      executor: 'ramping-arrival-rate',
      exec: 'rides',
      startRate: 37_440,
      timeUnit: '1h',
      stages: [{ duration: '30000ms', target: 37_440 }],
    }),
  })
})

test('a low rate is not rounded away', () => {
  const { scenarios } = optionsOf({ flows: { rides: constant(0.005, 300) }, thresholds: {} })
  expect(scenarios?.rides).toMatchObject({ startRate: 18, timeUnit: '1h', stages: [{ target: 18 }] })
})

test('there are users enough for answers of two seconds, and never too many', () => {
  expect([0.1, 20, 5_000].map((perSecond) => virtualUsers(constant(perSecond, 1)))).toEqual([4, 40, 120])
})
