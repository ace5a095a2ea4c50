import { expect, test } from 'vitest'
import type { Accounts } from '../chaos/accounts.ts'
import { nothing } from '../chaos/comparison.ts'
import { formatDrill, holds } from './report.ts'
import type { DrillResult } from './run.ts'

const exact = { ...nothing, recorded: 5, found: 5 }
const accounts: Accounts = {
  ...{
    stored: exact,
    latest: exact,
    delivered: exact,
    everything: { documents: 5, states: 5 },
    largestOffsetMs: 0,
  },
  ...{
    booked: { accepted: 5, stored: 5, duplicate: 0 },
    imbalances: [],
    quarantined: 0,
    incompleteDeliveries: 0,
  },
}
const result: DrillResult = {
  ...{ recorded: 5, olderS: { postgres: 2, elasticsearch: 20 }, restoredS: 30, servedS: 40, completeS: 50 },
  ...{ rejected: [], accounts },
}
const having = (changed: Partial<Accounts>): DrillResult => ({
  ...result,
  accounts: { ...accounts, ...changed },
})

test('a drill holds when each sample is in each store once', () => {
  expect(holds(result)).toBe(true)
  expect(formatDrill(result)).toContain('20.0 s')
})

test('the research stream may have samples twice, and none lost', () => {
  expect(holds(having({ delivered: { ...exact, doubled: 1 } }))).toBe(true)
  expect(holds(having({ delivered: { ...exact, lost: 1 } }))).toBe(false)
})

test.each<[string, DrillResult]>([
  ['nothing recorded', { ...result, recorded: 0 }],
  ['a sample lost', having({ stored: { ...exact, lost: 1 } })],
  ['a sample doubled', having({ stored: { ...exact, doubled: 1 } })],
  ['a state changed', having({ latest: { ...exact, changed: 1 } })],
  ['books that do not balance', having({ imbalances: ['accepted is not clean'] })],
  ['a sample in quarantine', having({ quarantined: 1 })],
  ['a delivery without all its tracks', having({ incompleteDeliveries: 1 })],
  ['an upload refused for ever', { ...result, rejected: ['400'] }],
])('%s fails it', (_, failed) => {
  expect(holds(failed)).toBe(false)
})
