import { expect, test } from 'vitest'
import { type ChaosRun, formatReport, reportOf } from './report.ts'

const exact = { recorded: 9, found: 9, lost: 0, doubled: 0, changed: 0 }
const healed = { healed: true, seconds: 2, last: 'search lags' } as const
const good: ChaosRun = {
  seed: 1,
  seconds: 60,
  leastFaults: 1,
  faults: [{ target: 'search', kind: 'kill', atSeconds: 5, healing: healed }],
  recorded: 9,
  rejected: [],
  ended: [],
  accounts: {
    stored: exact,
    latest: exact,
    delivered: exact,
    everything: { documents: 9, states: 9 },
    largestOffsetMs: 0,
    booked: { accepted: 12, stored: 9, duplicate: 3 },
    imbalances: [],
    quarantined: 0,
    incompleteDeliveries: 0,
  },
}
const withAccounts = (accounts: Partial<ChaosRun['accounts']>) => ({
  accounts: { ...good.accounts, ...accounts },
})

const none = { recorded: 0, found: 0, lost: 0, doubled: 0, changed: 0 }
const ofNothing = {
  recorded: 0,
  ...withAccounts({
    stored: none,
    delivered: none,
    everything: { documents: 0, states: 9 },
    booked: { accepted: 0, stored: 0, duplicate: 0 },
  }),
}

test('a run in which everything came out right holds', () => {
  const report = reportOf(good)
  expect(report).toMatchObject({ lost: 0, doubled: 0, holds: true })
  const text = formatReport(report)
  expect(text).toContain('lost 0, doubled 0')
  expect(text).toContain('| `kill` | services | 1      | 2.0      | 2.0       | search | search lags     |')
})

test.each<[string, Partial<ChaosRun>]>([
  ['no fault was done', { leastFaults: 0, faults: [] }],
  ['fewer faults were done than asked for', { leastFaults: 2 }],
  ['a sample is lost', withAccounts({ stored: { ...exact, lost: 1 } })],
  ['a sample is there twice', withAccounts({ delivered: { ...exact, doubled: 1 } })],
  ['a state is another one', withAccounts({ latest: { ...exact, changed: 1 } })],
  ['research got other values', withAccounts({ delivered: { ...exact, changed: 1 } })],
  ['research got less than was recorded', withAccounts({ delivered: { ...exact, recorded: 8, found: 8 } })],
  ['nothing was recorded', ofNothing],
  ['no latest state was recorded', withAccounts({ latest: none, everything: { documents: 9, states: 0 } })],
  [
    'a document is of a bike that recorded nothing',
    withAccounts({ everything: { documents: 10, states: 9 } }),
  ],
  ['a state is of a bike that recorded nothing', withAccounts({ everything: { documents: 9, states: 10 } })],
  ['the platform shifts times', withAccounts({ largestOffsetMs: 60_000 })],
  ['the ledger misses a sample', withAccounts({ booked: { accepted: 12, stored: 8, duplicate: 3 } })],
  ['an equation fails', withAccounts({ imbalances: ['clean = merged: 1 is not 2'] })],
  ['a sample is in quarantine', withAccounts({ quarantined: 1 })],
  ['a delivery lacks a track', withAccounts({ incompleteDeliveries: 1 })],
  ['an upload is refused for ever', { rejected: ['400'] }],
  ['a service ended by itself', { ended: ['search'] }],
  ['two samples had one identity', { recorded: 10 }],
  [
    'a fault did not heal',
    {
      faults: [{ target: 'edge', kind: 'stop', atSeconds: 1, healing: { healed: false, missing: ['edge'] } }],
    },
  ],
])('it does not when %s', (_, difference) => {
  expect(reportOf({ ...good, ...difference }).holds).toBe(false)
})
