import { expect, test } from 'vitest'
import type { Ledger } from '../testkit/books.ts'
import { checkDevices, devicesReport } from './device-checks.ts'
import type { DevicesResult } from './devices.ts'

const line = (stage: string, outcome: string, samples: number) => ({ stage, outcome, reason: '', samples })
const ledger: Ledger = {
  accepted: 30,
  lines: [
    line('normalize', 'clean', 30),
    line('search', 'stored', 30),
    line('latest', 'merged', 30),
    line('analytics', 'withheld', 30),
  ],
}
const module = { recorded: () => 30, published: () => 30, commands: [{ action: 'light' }] }
const good = {
  modules: [module],
  executed: { state: 'executed', states: ['queued', 'sent', 'acknowledged', 'executed'] },
  expired: { state: 'expired', states: ['queued', 'sent', 'expired'] },
  strangerRefused: 'unknown ca',
  backlog: { published: 12, booked: 0 },
  ledger,
  chargesRight: 1,
} as unknown as DevicesResult
const failed = (over: object, documents = 30) =>
  checkDevices({ ...good, ...over }, documents)
    .filter(({ holds }) => !holds)
    .map(({ what }) => what)

test('all is well when every sample arrived, once, and bikes did what they were told', () => {
  expect(failed({})).toEqual([])
  expect(devicesReport(good)).toEqual({ published: 30, stored: 30, commands: { executed: 1, expired: 1 } })
})

test.each<[string, object, string]>([
  ['a sample that was never published', { modules: [{ ...module, recorded: () => 31 }] }, 'published (MQTT'],
  ['a sample that is not in the books', { ledger: { ...ledger, accepted: 29 } }, 'in the ledger'],
  [
    'a command that was obeyed twice',
    { modules: [{ ...module, commands: [{ action: 'light' }, { action: 'light' }] }] },
    'bikes did',
  ],
  ['a stranger who got in', { strangerRefused: undefined }, 'stranger'],
  ['a worker that was not away', { backlog: { published: 12, booked: 3 } }, 'before it came back'],
])('%s is found', (_, over, what) => {
  expect(failed(over).join()).toContain(what)
})

test('a document too many is found', () => {
  expect(failed({}, 31).join()).toContain('documents')
})
