import { expect, test } from 'vitest'
import { offerValidForMs, planClaim, planOffer, planRelease, planWithdrawal } from './plan.ts'
import type { Known, KnownBike, KnownCode, Ownership, OwnershipCase } from './port.ts'

const open = Number.POSITIVE_INFINITY
const [may, june, july, august] = [5, 6, 7, 8].map((month) => Date.UTC(2026, month - 1, 1)) as [
  number,
  number,
  number,
  number,
]
const bikeId = 'b'
const owned = (riderId: string, fromMs: number, untilMs = open): Ownership => ({ riderId, fromMs, untilMs })
const bike = (ownerships: Ownership[], facts: Partial<KnownBike> = {}): KnownBike => ({
  ...{ bikeId, frameNumber: 'F-1', ownerships, openCase: undefined, openOffer: undefined },
  ...facts,
})
const code = (facts: Partial<KnownCode> = {}): KnownCode => ({
  ...{ bikeId, offeredBy: undefined, beginsAtMs: june, validUntilMs: august + 1 },
  ...{ isEnded: false, usedBy: undefined },
  ...facts,
})
const known = (facts: Partial<Known>): Known => ({ nowMs: august, code: code(), bike: bike([]), ...facts })
const openCase = { caseId: 'c' } as OwnershipCase
const ben = { riderId: 'ben', codeSha256: 'c5' }
const annas = bike([owned('anna', may)])
const offered = code({ offeredBy: 'anna' })

test.each<[string, Partial<Known>, number]>([
  ['a bike that nobody ever owned is his since the sale', {}, june],
  ['… never ahead of now', { code: code({ beginsAtMs: august + 9 }) }, august],
  ['a bike that was given up before the sale', { bike: bike([owned('anna', may, june - 1)]) }, june],
  ['… and after it: no moment of the former owner’s', { bike: bike([owned('anna', may, july)]) }, july],
  ['an offer since the time that it names', { bike: annas, code: offered }, june],
  ['… or since now', { bike: annas, code: { ...offered, beginsAtMs: undefined } }, august],
  ['… never before it was the giver’s', { bike: bike([owned('anna', july)]), code: offered }, july],
])('%s', (_, facts, fromMs) => {
  const { outcome, writes } = planClaim(known(facts), ben)
  expect(outcome).toEqual({ bikeId, fromMs })
  const former = facts.bike?.ownerships.find(({ untilMs }) => untilMs === open)
  expect(writes).toMatchObject({ usedCode: 'c5', change: { newRiderId: 'ben', atMs: fromMs, former } })
  expect(writes.change?.kind).toBe(former === undefined ? 'claim' : 'offer')
})

test.each<[string, Partial<Known>]>([
  ['unknown', { code: undefined, bike: undefined }],
  ['used or of no use any more', { code: code({ isEnded: true }) }],
  ['too old', { code: code({ validUntilMs: august }) }],
  ['of a bike that somebody owns', { bike: annas }],
  ['of his own bike', { bike: bike([owned('ben', may)]) }],
  [
    'used by him, of a bike that is another’s now',
    { code: code({ usedBy: 'ben', isEnded: true }), bike: annas },
  ],
  ['of a bike that is disputed', { bike: bike([], { openCase }) }],
  ['an offer of who gave the bike up', { bike: bike([owned('anna', may, june)]), code: offered }],
  ['an offer of a former owner', { bike: bike([owned('carl', may)]), code: offered }],
])('a code that is %s gives no bike', (_, facts) => {
  expect(planClaim(known(facts), ben)).toEqual({ outcome: { refused: 'code_refused' }, writes: {} })
})

test('the code that gave him the bike may be shown again, and changes nothing', () => {
  const again = known({ code: code({ usedBy: 'ben', isEnded: true }), bike: bike([owned('ben', june)]) })
  expect(planClaim(again, ben)).toEqual({ outcome: { bikeId, fromMs: june }, writes: {} })
})

const asked = { riderId: 'anna', offerId: 'o', codeSha256: 'c5', beginsAtMs: july }

test('an owner offers the bike for 14 days', () => {
  const offer = { ...asked, bikeId, validUntilMs: august + offerValidForMs }
  expect(planOffer(known({ bike: annas }), asked)).toEqual({ outcome: offer, writes: { offer } })
})

test.each<[string, Partial<Known>, object, string]>([
  ['who owns nothing', { bike: bike([]) }, {}, 'not_owner'],
  ['who owned it once', { bike: bike([owned('anna', may, june)]) }, {}, 'not_owner'],
  ['whose bike nobody knows', { bike: undefined }, {}, 'not_owner'],
  ['whose bike is disputed', { bike: bike([owned('anna', may)], { openCase }) }, {}, 'contested'],
  ['who names a time ahead', { bike: annas }, { beginsAtMs: august + 1 }, 'offer_in_future'],
])('nobody offers a bike %s', (_, facts, more, refused) => {
  expect(planOffer(known(facts), { ...asked, ...more })).toEqual({ outcome: { refused }, writes: {} })
})

test('an offer is withdrawn as long as it is open, also while the bike is disputed', () => {
  const openOffer = { ...asked, bikeId, validUntilMs: august }
  const withdraw = (facts: Partial<KnownBike>, riderId = 'anna') =>
    planWithdrawal(known({ bike: bike([owned('anna', may)], facts) }), { riderId, offerId: 'o' })
  expect(withdraw({ openOffer, openCase })).toEqual({ outcome: true, writes: { withdrawsOffer: true } })
  expect(withdraw({ openOffer: { ...openOffer, offerId: 'another' } })).toEqual({ outcome: true, writes: {} })
  expect(withdraw({ openOffer }, 'ben').outcome).toEqual({ refused: 'not_owner' })
})

test('a bike that is given up belongs to nobody, and sales of it are judged again', () => {
  const { outcome, writes } = planRelease(known({ bike: annas }), 'anna')
  expect(outcome).toEqual({ bikeId, fromMs: august })
  expect(writes).toMatchObject({ change: { kind: 'release', newRiderId: undefined }, touched: ['frame:F-1'] })
  expect(planRelease(known({ bike: annas }), 'ben').outcome).toEqual({ refused: 'not_owner' })
  const byHand = bike([owned('anna', may)], { frameNumber: undefined })
  expect(planRelease(known({ bike: byHand }), 'anna').writes.touched).toEqual([])
})
