import { expect, test } from 'vitest'
import { planRegistrations } from './plan.ts'
import type { KnownOwnership } from './port.ts'

const [may, june, july] = [5, 6, 7].map((month) => Date.UTC(2026, month - 1, 1)) as [number, number, number]
const open = Number.POSITIVE_INFINITY
const owned = (riderId: string, fromMs: number, untilMs = open): KnownOwnership => {
  return { bikeId: 'a', riderId, fromMs, untilMs }
}
const register = (known: KnownOwnership[], ownedFrom: Date | undefined = new Date(june)) =>
  planRegistrations([{ bikeId: 'a', riderId: 'ben', producedAt: new Date(may), ownedFrom }], known)
const begins = [owned('ben', june)]

test.each<[string, KnownOwnership[], ReturnType<typeof register>]>([
  ['a bike without an owner gets one', [], { ends: [], begins }],
  ['another owner’s time ends', [owned('anna', may)], { ends: [owned('anna', may, june)], begins }],
  ['another owner’s time that is over stays', [owned('anna', may, june)], { ends: [], begins }],
  [
    'another owner since the same moment is left to the database',
    [owned('anna', june)],
    { ends: [], begins },
  ],
  ['another owner since later is left to the database', [owned('anna', july)], { ends: [], begins }],
  ['another owner for ever is left to the database', [owned('anna', -open)], { ends: [], begins }],
  ['another bike’s owner stays', [{ ...owned('anna', may), bikeId: 'b' }], { ends: [], begins }],
  ['who owns it already goes on', [owned('ben', may)], { ends: [], begins: [] }],
  ['who owns it since then goes on', [owned('ben', june)], { ends: [], begins: [] }],
  ['who owned it before owns it again', [owned('ben', may, june)], { ends: [], begins }],
])('%s', (_, known, plan) => {
  expect(register(known)).toEqual(plan)
})

test('an ownership without a beginning begins with the production', () => {
  const [bike] = [{ bikeId: 'a', riderId: 'ben', producedAt: new Date(may) }]
  expect(planRegistrations([bike], []).begins).toEqual([owned('ben', may)])
})
