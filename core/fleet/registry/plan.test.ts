import { expect, test } from 'vitest'
import { planRegistrations } from './plan.ts'
import type { KnownOwners } from './port.ts'

const [may, june, july] = [5, 6, 7].map((month) => Date.UTC(2026, month - 1, 1)) as [number, number, number]
const open = Number.POSITIVE_INFINITY
type Known = KnownOwners['ownerships'][number]
const owned = (riderId: string, fromMs: number, untilMs = open): Known => {
  return { bikeId: 'a', riderId, fromMs, untilMs }
}
const register = (ownerships: Known[], { ownedFrom = new Date(june), contested = [] as string[] } = {}) =>
  planRegistrations(
    [{ bikeId: 'a', riderId: 'ben', producedAt: new Date(may), ownedFrom }],
    { ownerships, contested },
    'console:eva',
  )
const begins = (former?: Known) => [
  {
    ...{ kind: 'import', bikeId: 'a', former, newRiderId: 'ben', atMs: june },
    ...{ author: 'console:eva', reason: '' },
  },
]

test.each<[string, Known[], object[]]>([
  ['a bike without an owner gets one', [], begins()],
  ['another owner’s time ends', [owned('anna', may)], begins(owned('anna', may))],
  ['another owner’s time that is over stays', [owned('anna', may, june)], begins()],
  ['another owner since the same moment is left to the database', [owned('anna', june)], begins()],
  ['another owner since later is left to the database', [owned('anna', july)], begins()],
  ['another owner for ever is left to the database', [owned('anna', -open)], begins()],
  ['another bike’s owner stays', [{ ...owned('anna', may), bikeId: 'b' }], begins()],
  ['who owns it already goes on', [owned('ben', may)], []],
  ['who owns it since then goes on', [owned('ben', june)], []],
  ['who owned it before owns it again', [owned('ben', may, june)], begins()],
])('%s', (_, known, plan) => {
  expect(register(known)).toEqual(plan)
})

test('an ownership without a beginning begins with the production', () => {
  const bike = { bikeId: 'a', riderId: 'ben', producedAt: new Date(may) }
  const planned = planRegistrations([bike], { ownerships: [], contested: [] }, 'console:eva')
  expect(planned).toMatchObject([{ newRiderId: 'ben', atMs: may }])
})

test('while staff find out whose the bike is, nobody else gets it', () => {
  expect(() => register([owned('anna', may)], { contested: ['a'] })).toThrow('disputed')
  expect(register([owned('ben', may)], { contested: ['a'] })).toEqual([])
})
