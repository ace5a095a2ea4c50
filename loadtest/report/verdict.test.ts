import { describe, expect, test } from 'vitest'
import { constant } from '../scenarios/shape.ts'
import { checkGoals, checkSent, checkThresholds, type Measured, type Sent } from './verdict.ts'

describe('what was sent', () => {
  const whole: Sent = {
    flows: { rides: constant(2, 30), hostile: constant(1, 30) },
    answers: { 'rides 202': 50, 'rides 429 address_rate_exceeded': 9, 'hostile 400 malformed': 30 },
    modules: { planned: 2, publishing: 2 },
    flood: { planned: 2_000, app: 1_900, module: 2_100 },
    seconds: 30,
    endedEarlyAtS: undefined,
  }
  const failing = (of: Partial<Sent>) =>
    checkSent({ ...whole, ...of })
      .filter(({ holds }) => !holds)
      .map(({ what, actual }) => `${what}: ${actual}`)

  test.each<[string, Partial<Sent>, string[]]>([
    ['all of it', {}, []],
    ['nothing', { answers: {} }, ["attempts of 'rides': 0", "attempts of 'hostile': 0"]],
    ['nothing of one flow', { answers: { 'rides 202': 60 } }, ["attempts of 'hostile': 0"]],
    ['half of one flow', { answers: { ...whole.answers, 'rides 202': 21 } }, ["attempts of 'rides': 30"]],
    ['a plan of nothing', { flows: { rides: constant(0, 30) }, answers: {} }, ["attempts of 'rides': 0"]],
    ['an interrupted load', { endedEarlyAtS: 11.6 }, ['the load: ended early, after 12 s']],
    ['one module of two', { modules: { planned: 2, publishing: 1 } }, ['modules that published: 1']],
    [
      'no modules, where there is no broker',
      { modules: { planned: 2, publishing: undefined } },
      ['modules that published: not measured'],
    ],
    [
      'half a flood of the app, and none of the module',
      { flood: { planned: 2_000, app: 1_000, module: undefined } },
      [
        'samples a second of the app that floods: 1000',
        'samples a second of the module that floods: not measured',
      ],
    ],
    ['no flood, as planned', { flood: undefined }, []],
    ['no modules, as planned', { modules: { planned: undefined, publishing: undefined } }, []],
  ])('%s', (_, of, expected) => {
    expect(failing(of)).toEqual(expected)
  })
})

describe('goals', () => {
  const measured: Measured = {
    searchableP99Ms: 700,
    latestP99Ms: 90,
    missingProbes: 0,
    settledS: 4,
    memoryGrowth: { edge: 1.05, search: 1.4 },
    floodedOverQuiet: 1.4,
    recoveredS: 3,
    refused: 12,
    silences: { edge: 1 },
  }
  const broken = (goals: Parameters<typeof checkGoals>[0], of: Partial<Measured> = {}) =>
    checkGoals(goals, { ...measured, ...of }).filter(({ holds }) => !holds).length

  test.each<[string, Parameters<typeof checkGoals>[0], Partial<Measured>, number]>([
    ['all reached', { settledWithinS: 30, searchableMs: 1_000, latestMs: 250 }, {}, 0],
    ['too stale', { settledWithinS: 30, searchableMs: 600 }, {}, 1],
    ['others notice a flood', { settledWithinS: 30, floodedOverQuiet: 1.3 }, {}, 1],
    ['others do not', { settledWithinS: 30, floodedOverQuiet: 1.5 }, {}, 0],
    ['no probe', { settledWithinS: 30, searchableMs: 600 }, { searchableP99Ms: undefined }, 1],
    ['never settled', { settledWithinS: 30 }, { settledS: Number.POSITIVE_INFINITY }, 1],
    ['a service leaks', { settledWithinS: 30, memoryGrowth: 1.2 }, {}, 1],
    ['no service has memory', { settledWithinS: 30, memoryGrowth: 1.2 }, { memoryGrowth: {} }, 1],
    [
      'one service tells no memory',
      { settledWithinS: 30, memoryGrowth: 1.2 },
      { memoryGrowth: { edge: 1, search: undefined } },
      1,
    ],
    ['a service fell silent', { settledWithinS: 30 }, { silences: { edge: 9 } }, 1],
    ['no service was asked', { settledWithinS: 30 }, { silences: {} }, 1],
    ['a probe was never seen', { settledWithinS: 30 }, { missingProbes: 1 }, 1],
    ['not recovered', { settledWithinS: 30, recoveredWithinS: 15 }, { recoveredS: Infinity }, 1],
    ['nothing to recover', { settledWithinS: 30, recoveredWithinS: 15 }, { recoveredS: undefined }, 1],
    ['a spike that was none', { settledWithinS: 30, refusedAtLeast: 1 }, { refused: 0 }, 1],
  ])('%s', (_, goals, of, expected) => {
    expect(broken(goals, of)).toBe(expected)
  })
})

describe('a planned threshold of k6', () => {
  const planned = { 'upload_ms{flow:rides}': ['p(95)<300', 'p(99)<1000'], fallen: ['count==0'] }
  const reported = [
    { metric: 'upload_ms{flow:rides}', rule: 'p(95)<300', ok: true },
    { metric: 'upload_ms{flow:rides}', rule: 'p(99)<1000', ok: true },
    { metric: 'fallen', rule: 'count==0', ok: true },
  ]
  const failing = (thresholds: typeof reported) =>
    checkThresholds(planned, { thresholds }).filter(({ holds }) => !holds)

  test('holds when k6 says so', () => {
    expect(failing(reported)).toEqual([])
  })

  test.each([
    ['says otherwise', reported.map((one) => ({ ...one, ok: one.metric !== 'fallen' })), 'does not hold'],
    ['says nothing', reported.slice(0, 2), 'not measured'],
  ])('does not hold when k6 %s', (_, thresholds, actual) => {
    expect(failing(thresholds)).toEqual([{ what: 'k6: fallen', expected: 'count==0', actual, holds: false }])
  })
})
