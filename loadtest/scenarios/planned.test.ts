import { expect, test } from 'vitest'
import { scenarioOf } from './index.ts'
import { hostileThresholds, plannedFlows, plannedModules } from './planned.ts'

const date = new Date('2026-06-16')

test('each flow is planned at the factor', () => {
  const flows = plannedFlows(scenarioOf('smoke'), { seconds: 30, factor: 3, date })
  expect(Object.entries(flows).map(([flow, { fromPerSecond }]) => [flow, fromPerSecond])).toEqual([
    ['rides', 6],
    ['hostile', 6],
  ])
})

test('so little that a flow would send nothing is refused', () => {
  const smoke = scenarioOf('smoke')
  expect(() => plannedFlows(smoke, { seconds: 30, factor: 0.01, date })).toThrow("nothing of 'rides'")
  expect(() => plannedFlows(smoke, { seconds: 60, factor: 0.01, date })).not.toThrow()
})

test.each([
  ['mqtt', 1, 60],
  ['mqtt', 0.001, 1],
  ['steady', 1, undefined],
] as const)('modules of %s at factor %d: %s', (name, factor, modules) => {
  expect(plannedModules(scenarioOf(name), factor)).toBe(modules)
})

test('each kind of hostile request, whoever sends it, must once be refused as documented', () => {
  expect(hostileThresholds([{ name: 'noise' }, { name: 'gzip bomb' }, { name: 'noise' }])).toEqual({
    'refused_as_documented{kind:noise}': ['count>0'],
    'refused_as_documented{kind:gzip bomb}': ['count>0'],
  })
})
