import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/engines.ts'
import { createFleetRig, type FleetRig } from '../fleet/testing/fleet-rig.ts'
import { built, definitions, made, name, serialNumber } from '../fleet/testing/sayings.ts'
import { createStaffApi } from './testing/staff-api.ts'

let database: TestDatabase
let rig: FleetRig
let ask: ReturnType<typeof createStaffApi>
let next = 0

beforeAll(async () => {
  database = await createTestDatabase()
  rig = createFleetRig(database.sql)
  ask = createStaffApi(database.sql)
  await rig.intake(definitions())
  return database.drop
})

/** A bike whose battery was never said to be produced under that number: the bike is held. */
async function heldBike() {
  const number = ++next
  const typo = serialNumber('battery', number).replace(/^B0/, 'B9')
  const parts = [
    { slot: 'battery', component: { type: 'battery', serialNumber: typo } },
    { slot: 'motor', component: name('motor', number) },
  ]
  const bike = built(number, { parts })
  await rig.intake([made('battery', number), made('motor', number), bike])
  return { eventId: bike.eventId, right: serialNumber('battery', number) }
}

const decide = (eventId: string, body: object, more: { key?: string; as?: string } = {}) => {
  const { key = randomUUID(), as = 'staff-berta' } = more
  return ask(`/reviews/${eventId}/decisions`, { as, headers: { 'idempotency-key': key }, body })
}
const reject = { verdict: 'reject', reason: 'nobody built it' }

test('what waits is listed by what is wrong with it, in pages', async () => {
  const ids = [(await heldBike()).eventId, (await heldBike()).eventId]
  const first = await ask('/reviews?source=plant:dresden&limit=1')
  expect(first.body.statements).toMatchObject([{ eventId: ids[0], says: 'bikeProduced', state: 'held' }])
  const second = await ask(`/reviews?source=plant:dresden&limit=1&cursor=${first.body.next}`)
  expect(second.body).toMatchObject({ statements: [{ eventId: ids[1] }], next: null })
  expect(first.body.statements[0].findings).toContainEqual(
    expect.objectContaining({ reason: 'check_digit', severity: 'hold' }),
  )
  expect((await ask('/reviews?reason=check_digit')).body.statements).toHaveLength(2)
  expect((await ask('/reviews?reason=time_in_future')).body.statements).toEqual([])
})

test('a corrected serial number makes the bike, in the name of who corrected it', async () => {
  const { eventId, right } = await heldBike()
  const { body, headers } = await ask(`/reviews/${eventId}`)
  expect(body).toMatchObject({
    eventId,
    says: 'bikeProduced',
    judgements: [{ state: 'held' }],
    decisions: [],
  })
  const etag = headers.get('etag') ?? ''
  expect((await ask(`/reviews/${eventId}`, { headers: { 'if-none-match': etag } })).status).toBe(304)

  const [{ verdict, correction, because }] = body.suggestions
  expect([verdict, because]).toEqual(['correct', expect.stringContaining(right)])
  const decided = await decide(eventId, { verdict: 'correct', reason: 'misread label', correction })
  expect(decided).toMatchObject({ status: 201, body: { state: 'applied' } })
  const after = await ask(`/reviews/${eventId}`)
  expect(after.body).toMatchObject({
    state: 'applied',
    decisions: [{ verdict: 'correct', author: 'staff-berta', reason: 'misread label' }],
  })
  expect(after.headers.get('etag')).not.toBe(etag)
})

test('a decision made twice under one key is made once', async () => {
  const { eventId } = await heldBike()
  const first = await decide(eventId, reject, { key: 'k1' })
  expect(first).toMatchObject({ status: 201, body: { state: 'refused' } })
  const again = await decide(eventId, reject, { key: 'k1' })
  expect(again).toMatchObject({ status: 200, body: { decisionId: first.body.decisionId, state: 'refused' } })
  expect((await ask(`/reviews/${eventId}`)).body.decisions).toHaveLength(1)
})

describe('refused is', () => {
  test('another decision under the same key', async () => {
    const { eventId } = await heldBike()
    await decide(eventId, reject, { key: 'k1' })
    const other = await decide(eventId, { ...reject, reason: 'changed my mind' }, { key: 'k1' })
    expect(other).toMatchObject({ status: 422, body: { reason: 'idempotency_key_reused' } })
  })

  test('a decision about what is applied already', async () => {
    const { eventId } = made('battery', 500)
    await rig.intake([{ ...made('battery', 500), eventId }])
    expect(await decide(eventId, reject)).toMatchObject({ status: 409, body: { reason: 'review_closed' } })
  })

  test('a merge into a component that there is not', async () => {
    const { eventId } = await heldBike()
    const merge = { verdict: 'merge', reason: 'the same', mergeInto: randomUUID() }
    expect(await decide(eventId, merge)).toMatchObject({ status: 422, body: { reason: 'decision_invalid' } })
  })

  test('a statement that nobody made', async () => {
    expect((await ask(`/reviews/${randomUUID()}`)).status).toBe(404)
    expect((await decide(randomUUID(), reject)).status).toBe(404)
  })

  test.each([
    ['a verdict that there is not', { ...reject, verdict: 'burn' }],
    ['no reason', { verdict: 'reject', reason: ' ' }],
    ['a correction that corrects nothing', { verdict: 'correct', reason: 'x' }],
    ['a merge into nothing', { verdict: 'merge', reason: 'x' }],
    ['a rejection with a correction', { ...reject, correction: {} }],
    ['what nobody knows', { ...reject, author: 'somebody else' }],
    ['no object', 'reject'],
  ])('%s', async (_, body) => {
    expect(await decide(randomUUID(), body as object)).toMatchObject({ status: 400 })
  })

  test('a decision without a key', async () => {
    expect((await ask(`/reviews/${randomUUID()}/decisions`, { body: reject })).status).toBe(400)
  })

  test('a decision of a rider', async () => {
    expect((await decide(randomUUID(), reject, { as: 'anna' })).status).toBe(403)
  })
})
