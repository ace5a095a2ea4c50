import { randomUUID } from 'node:crypto'
import { type JsonObject, toJson } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { testAudience, testPartner } from '../../../testkit/partners.ts'
import { made, sold } from '../testing/statement-fixtures.ts'
import { createApiDoor, planBatch } from './api-door.ts'

const { privateKey, key } = testPartner('platform')
const sealing = { privateKey, keyId: key.keyId, audience: testAudience }
const speaking = { partnerId: 'oem:acme', kinds: ['bikeSold', 'componentProduced'], sealing }

const json = (said: ManufacturingEvent) => toJson(ManufacturingEventSchema, said) as JsonObject
const say = (statement: JsonObject, makeClaimCode = false) => ({ statement, makeClaimCode })
const sale = () => json(sold(1, '', Date.UTC(2026, 4, 1)))
const statementsOf = ({ taken }: ReturnType<typeof planBatch>) =>
  'statements' in taken ? taken.statements : []

test('a statement is accepted under the id that follows from partner and event id', () => {
  const { taken, events } = planBatch([say(sale())], speaking)
  expect(taken).toMatchObject({ statements: [{ outcome: 'accepted', eventId: events[0]?.eventId }] })
  expect(statementsOf({ taken, events })[0]).not.toHaveProperty('claimCode')
})

const about = (event: JsonObject) => {
  const { bikeSold: _, ...envelope } = sale()
  return { ...envelope, ...event }
}
const soldAt = '2026-05-01T00:00:00Z'

test.each<[string, JsonObject, string, string]>([
  ['no field of a statement', { eventId: 5 }, 'statement_invalid', 'no ManufacturingEvent'],
  ['no event id', { ...sale(), eventId: 'x' }, 'statement_invalid', 'its event id is no UUID'],
  ['nothing said', about({}), 'statement_invalid', 'the statement says nothing'],
  ['no frame number', about({ bikeSold: { soldAt } }), 'statement_invalid', 'frameNumber'],
  ['a later version', { ...sale(), version: 2 }, 'statement_invalid', 'version 2'],
  ['a row of a file', about({ unreadableRow: { file: 'f' } }), 'statement_invalid', 'line 0 of f'],
  [
    'a kind that is not granted',
    about({ bikeDelivered: { frameNumber: 'FR-1', deliveredAt: soldAt } }),
    ...(['outside_grant', 'may not say bikeDelivered'] as const),
  ],
])('%s is refused alone, with the reason', (_, statement, reason, detail) => {
  const planned = planBatch([say(statement), say(sale())], speaking)
  expect(statementsOf(planned)).toMatchObject([
    { outcome: 'refused', reason, detail: expect.stringContaining(detail) },
    { outcome: 'accepted' },
  ])
  expect(planned.events).toHaveLength(1)
})

test('a statement in another’s name refuses the whole batch', () => {
  const planned = planBatch([say(sale()), say({ ...sale(), source: 'oem:other' })], speaking)
  expect(planned.taken).toMatchObject({ refused: 'source_foreign' })
  expect(planned.events).toEqual([])
})

test('a sale gets the digest of its code: the same sale the same code, another one another', () => {
  const first = say(sale(), true)
  const [again, other] = [structuredClone(first), say({ ...sale(), eventId: randomUUID() }, true)]
  const planned = planBatch([first, again, other], speaking)
  const codes = statementsOf(planned).map((each) => ('claimCode' in each ? each.claimCode : undefined))
  expect(codes[0]).toMatch(/^(\w{4}-){3}\w{4}$/)
  expect(codes[1]).toBe(codes[0])
  expect(codes[2]).not.toBe(codes[0])
  const digests = planned.events.map(({ event }) => event.case === 'bikeSold' && event.value.claimCodeSha256)
  expect(digests[0]).toHaveLength(32)
  expect(digests[1]).toEqual(digests[0])
})

test.each<[string, JsonObject]>([
  ['another kind of statement', json(made('battery', 1, { source: 'oem:acme' }))],
  [
    'a sale that has one',
    {
      ...sale(),
      bikeSold: { ...(sale().bikeSold as JsonObject), claimCodeSha256: Buffer.alloc(32).toString('base64') },
    },
  ],
])('no code is made for %s', (_, statement) => {
  expect(statementsOf(planBatch([say(statement, true)], speaking))).toMatchObject([
    { reason: 'statement_invalid' },
  ])
})

test('what is sealed names no rider', () => {
  const { events } = planBatch([say(json(sold(1, 'anna', Date.UTC(2026, 4, 1))))], speaking)
  expect(events[0]?.event.value).toMatchObject({ riderId: '' })
})

test.each([
  ['partner_unknown', undefined],
  ['door_closed', testPartner('oem:acme')],
])('%s: nothing is written', async (reason, partner) => {
  const sent: unknown[] = []
  const door = createApiDoor({
    partners: { find: async () => partner && { ...partner, keys: [] } },
    producer: { send: async (records) => void sent.push(...records) },
    ...{ topic: 'events', sealing },
  })
  expect(await door('oem:acme', [say(sale())])).toMatchObject({ refused: reason })
  expect(sent).toEqual([])
})
