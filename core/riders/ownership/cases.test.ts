import { expect, test } from 'vitest'
import { objectionForMs, planCase, planElapsed, planObjection, planSettlement } from './cases.ts'
import type { CaseRequest, Known, KnownBike, Ownership, OwnershipCase } from './port.ts'

const open = Number.POSITIVE_INFINITY
const [begun, opened] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 5, 1)] as const
const over = opened + objectionForMs
const annas: Ownership = { riderId: 'anna', fromMs: begun, untilMs: open }
const request: CaseRequest = {
  ...{ caseId: 'c', bikeId: 'b', newRiderId: 'vera', beginsAtMs: undefined },
  ...{ reason: 'by the invoice', author: 'staff:eva+otto' },
}
const waiting: OwnershipCase = {
  ...{ ...request, formerRiderId: 'anna', state: 'waiting', openedAtMs: opened, objectUntilMs: over },
  objection: undefined,
}
const known = (facts: Partial<KnownBike> = {}, nowMs = opened): Known => ({
  ...{ nowMs, code: undefined },
  bike: {
    ...{ bikeId: 'b', frameNumber: 'F-1', ownerships: [annas], openCase: undefined, openOffer: undefined },
    ...facts,
  },
})

test('the owner is told, has 14 days, and nobody commands the bike meanwhile', () => {
  const { outcome, writes } = planCase(known(), request)
  expect(outcome).toMatchObject({ state: 'waiting', objectUntilMs: over })
  expect(writes).toMatchObject({
    ownershipCase: waiting,
    notices: [{ riderId: 'anna', kind: 'case_opened', objectUntilMs: over, reason: 'by the invoice' }],
    endsCommands: 'it is disputed whose the bike is',
  })
  expect(writes.change).toBeUndefined()
})

test('without an owner there is nobody to ask', () => {
  const { outcome, writes } = planCase(known({ ownerships: [{ ...annas, untilMs: opened - 5 }] }), request)
  expect(outcome).toMatchObject({ state: 'effective' })
  expect(writes).toMatchObject({
    change: { former: undefined, newRiderId: 'vera', atMs: opened },
    notices: [],
  })
})

test.each<[string, Known, Partial<CaseRequest>, object]>([
  ['no bike', { ...known(), bike: undefined }, {}, { impossible: 'no_bike' }],
  ['another case', known({ openCase: waiting }), { caseId: 'd' }, { impossible: 'case_open' }],
  ['the owner himself', known(), { newRiderId: 'anna' }, { impossible: 'no_change' }],
  [
    'nobody, of a bike that nobody owns',
    known({ ownerships: [] }),
    { newRiderId: undefined },
    { impossible: 'no_change' },
  ],
  ['the same case again', known({ openCase: waiting }), {}, waiting],
])('a case about %s writes nothing', (_, facts, more, outcome) => {
  expect(planCase(facts, { ...request, ...more })).toEqual({ outcome, writes: {} })
})

test('it takes effect when its time is over, not a moment before', () => {
  const at = (nowMs: number, openCase = waiting) => planElapsed(known({ openCase }, nowMs), 'c')
  expect(at(over - 1)).toEqual({ outcome: undefined, writes: {} })
  expect(at(over, { ...waiting, state: 'objected' }).outcome).toBeUndefined()
  expect(at(over).writes).toMatchObject({
    change: { kind: 'staff_case', former: annas, newRiderId: 'vera', atMs: over },
    ownershipCase: { state: 'effective' },
    notices: [{ riderId: 'anna', kind: 'case_effective' }],
    touched: [],
  })
})

test.each([
  ['before it was the owner’s', begun - 5, begun],
  ['while it was', begun + 5, begun + 5],
  ['ahead', over + 5, over],
])('one that shall begin %s takes nobody else’s time', (_, beginsAtMs, atMs) => {
  const { writes } = planElapsed(known({ openCase: { ...waiting, beginsAtMs } }, over), 'c')
  expect(writes.change?.atMs).toBe(atMs)
})

test('who shall own nothing leaves a bike whose sales are judged again', () => {
  const { writes } = planElapsed(known({ openCase: { ...waiting, newRiderId: undefined } }, over), 'c')
  expect(writes).toMatchObject({ change: { newRiderId: undefined }, touched: ['frame:F-1'] })
})

const object = (riderId: string, nowMs: number, openCase: OwnershipCase | undefined = waiting) =>
  planObjection(known({ openCase }, nowMs), { caseId: 'c', riderId, objection: 'it is mine' })

test('the owner objects in time, and may say more later', () => {
  const objected = { ...waiting, state: 'objected' as const, objection: 'it is mine' }
  expect(object('anna', over - 1)).toEqual({ outcome: objected, writes: { ownershipCase: objected } })
  expect(object('anna', over + 1, objected).outcome).toEqual(objected)
  expect(object('anna', over).outcome).toEqual({ refused: 'no_case' })
  expect(object('mallory', opened).outcome).toEqual({ refused: 'no_case' })
})

test('staff uphold a case only after they heard the owner, and may dismiss it at any time', () => {
  const settle = (verdict: 'uphold' | 'dismiss', openCase: OwnershipCase | undefined) =>
    planSettlement(known({ openCase }), { caseId: 'c', verdict, reason: 'looked', author: 'staff:x+y' })
  expect(settle('uphold', waiting)).toEqual({ outcome: undefined, writes: {} })
  expect(settle('dismiss', undefined).outcome).toBeUndefined()
  const objected: OwnershipCase = { ...waiting, state: 'objected', objection: 'it is mine' }
  expect(settle('uphold', objected).writes).toMatchObject({
    change: { newRiderId: 'vera', atMs: opened, author: 'staff:x+y' },
    ownershipCase: { state: 'effective' },
  })
  expect(settle('dismiss', waiting).writes).toEqual({
    ownershipCase: { ...waiting, state: 'dismissed' },
    notices: [{ riderId: 'anna', kind: 'case_dismissed', bikeId: 'b', caseId: 'c', reason: 'looked' }],
  })
})
