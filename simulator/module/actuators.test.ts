import { expect, test } from 'vitest'
import { type BikeState, type Conditions, initialState, obey, peaceful } from './actuators.ts'
import type { Action } from './messages.ts'

const nowMs = 5_000
const action = (name: Action['case'], value: object = {}) => ({ case: name, value }) as Action
const locked = { ...initialState, locked: true }

test.each<[string, Action, Partial<BikeState>]>([
  ['lock', action('lock'), { locked: true }],
  ['light', action('light', { on: true }), { lightOn: true }],
  ['locate', action('locate', { durationS: 3 }), { locatedUntilMs: 8_000 }],
  ['assist limit', action('assistLimit', { level: 0 }), { assistLimit: 0 }],
  ['report state', action('reportState'), {}],
])('%s changes what it names and nothing else', (_, order, change) => {
  const { state, stage } = obey(order, initialState, { ...peaceful, nowMs })
  expect(stage).toBe('executed')
  expect(state).toEqual({ ...initialState, ...change })
})

test('unlock opens', () => {
  expect(obey(action('unlock'), locked, { ...peaceful, nowMs }).state).toEqual(initialState)
})

test.each<[string, Action, Conditions, string]>([
  ['a stolen bike stays locked', action('unlock'), { ...peaceful, stolen: true }, 'rejected'],
  ['a moving bike cannot be locked', action('lock'), { ...peaceful, moving: true }, 'failed'],
  ['there is no sixth level', action('assistLimit', { level: 6 }), peaceful, 'rejected'],
])('%s', (_, order, conditions, stage) => {
  expect(obey(order, locked, { ...conditions, nowMs })).toMatchObject({ stage, state: locked })
})
