import { expect, test } from 'vitest'
import { fields, kinds } from '../../../proto/index.ts'
import { groupRules, stateGroupNames } from './state-groups.ts'

test('each metric is shown by one group of its kind', () => {
  for (const kind of kinds) {
    const shown = groupRules.filter((rule) => rule.kind === kind).flatMap((rule) => rule.fields)
    expect(shown.toSorted()).toEqual(fields[kind].map(({ key }): string => key).toSorted())
  }
  expect(groupRules.map(({ group }) => group)).toEqual(stateGroupNames)
  expect(stateGroupNames).toEqual(['position', 'ride', 'battery', 'motor', 'fault'])
})

test.each([
  ['position', ['latitude_deg']],
  ['fault', ['fault_code']],
  ['motor', fields.motor.map(({ key }) => key)],
])('a sample speaks for %s when it has one of %j', (name, decisive) => {
  expect(groupRules.find(({ group }) => group === name)?.decisive).toEqual(decisive)
})
