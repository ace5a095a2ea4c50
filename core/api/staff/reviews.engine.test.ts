import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { writeCursor } from '../../engines/postgres/client/cursor.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { createFleetEnvironment, type FleetEnvironment } from '../../fleet/testing/fleet-environment.ts'
import {
  built,
  dayMs,
  definitions,
  frameNumber,
  made,
  madeMs,
  name,
  say,
  serialNumber,
  sold,
  wholeBike,
} from '../../fleet/testing/statement-fixtures.ts'
import { createStaffApi } from '../testing/staff-api.ts'

let database: TestDatabase
let environment: FleetEnvironment
let ask: ReturnType<typeof createStaffApi>
let next = 0

beforeAll(async () => {
  database = await createTestDatabase()
  environment = createFleetEnvironment(database.sql)
  ask = createStaffApi(database.sql)
  await environment.intake(definitions())
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
  await environment.intake([made('battery', number), made('motor', number), bike])
  return { eventId: bike.eventId, right: serialNumber('battery', number) }
}

const etagOf = async (eventId: string) => (await ask(`/reviews/${eventId}`)).headers.get('etag') ?? '"none"'

const decide = async (
  eventId: string,
  body: object,
  more: { key?: string; as?: string; etag?: string } = {},
) => {
  const { key = randomUUID(), as = 'staff-berta', etag = await etagOf(eventId) } = more
  const headers = { 'idempotency-key': key, 'if-match': etag }
  return ask(`/reviews/${eventId}/decisions`, { as, headers, body })
}
const approve = (proposalId: string, as = 'staff-otto') =>
  ask(`/v1/staff/proposals/${proposalId}/approval`, { as, body: { reason: 'seen the bill' } })
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
  const asked = { key: 'k1', etag: await etagOf(eventId) }
  const first = await decide(eventId, reject, asked)
  expect(first).toMatchObject({ status: 201, body: { state: 'refused' } })
  const again = await decide(eventId, reject, asked)
  expect(again).toMatchObject({ status: 200, body: { decisionId: first.body.decisionId, state: 'refused' } })
  expect((await ask(`/reviews/${eventId}`)).body.decisions).toHaveLength(1)
})

describe('no rider is named', () => {
  const soldMs = madeMs + 3 * dayMs
  const ownedFrom = new Date('2025-04-20T09:00:00Z')

  /** Sold once; somebody owns it; an old statement says that it was sold again. */
  async function soldTwice(number: number) {
    const [sale, second] = [sold(number, 'rider-anna', soldMs), sold(number, 'rider-ben', soldMs)]
    const bike = wholeBike(number)
    await environment.intake([...bike, sale])
    const bikeId = bike.flatMap(({ event }) => (event.case === 'bikeProduced' ? event.value.bikeId : []))
    const owned = { bikeId: String(bikeId), riderId: 'rider-carl', producedAt: new Date(madeMs), ownedFrom }
    await registerBikes(database.sql, [owned])
    await environment.intake([second])
    return { sale, second }
  }

  test('in a sale, whether it waits for a decision or was applied', async () => {
    const { sale, second } = await soldTwice(700)
    const waiting = await ask(`/reviews/${second.eventId}`)
    expect(waiting.body).toMatchObject({ state: 'held', findings: [{ reason: 'bike_owned' }] })
    expect(JSON.stringify(waiting.body.others)).toContain(sale.eventId)
    expect(JSON.stringify(waiting.body)).not.toContain('rider-')

    const applied = await ask(`/reviews/${sale.eventId}`)
    expect(applied.body.state).toBe('applied')
    expect(applied.body.statement).toMatchObject({ bikeSold: { soldAt: '2025-03-06T09:00:00Z' } })
    expect(JSON.stringify(applied.body)).not.toContain('rider-')
  })

  test('in what was decided about the sale, nor in what it said before', async () => {
    const { second } = await soldTwice(701)
    const correction = { bikeSold: { soldAt: ownedFrom.toISOString() } }
    const decided = await decide(second.eventId, { verdict: 'correct', reason: 'by the bill', correction })
    expect(decided).toMatchObject({ status: 202, body: { kind: 'review_decision', state: 'open' } })
    const approved = await approve(decided.body.proposalId)
    expect(approved.body).toMatchObject({ state: 'approved', outcome: { done: true } })
    const { body } = await ask(`/reviews/${second.eventId}`)
    expect(body.state).toBe('applied')
    expect(body.judgements[0].findings).toMatchObject([{ reason: 'bike_owned' }])
    expect(body.decisions[0].before).toMatchObject({ bikeSold: { soldAt: '2025-03-06T09:00:00Z' } })
    expect(JSON.stringify(body)).not.toContain('rider-')
  })
})

describe('a decision that lets somebody claim a bike takes two', () => {
  const hash = 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s='

  /** A row that nobody could read, and a bike that a reviewer wants: he corrects the row into its sale, with his own code. */
  async function corrupt(number: number) {
    const row = say({
      case: 'unreadableRow',
      value: { file: 'sales.csv', line: 7, text: '?;?', faults: ['no date'] },
    })
    const bike = wholeBike(number)
    await environment.intake([...bike, row])
    const soldAt = new Date(madeMs + 3 * dayMs).toISOString()
    const sale = { frameNumber: frameNumber(number), soldAt, claimCodeSha256: hash }
    const correction = { unreadableRow: null, bikeSold: sale, source: 'oem:acme', occurredAt: soldAt }
    return { row, asked: { verdict: 'correct', reason: 'by the bill', correction } }
  }
  const codes = async (eventId: string) =>
    (await database.sql`select bike_id from claim_codes where said_by = ${eventId}`).length

  test('and shows who gains before it counts', async () => {
    const { row, asked } = await corrupt(710)
    const etag = await etagOf(row.eventId)
    const proposed = await decide(row.eventId, asked, { key: 'k1', etag })
    expect(proposed).toMatchObject({
      status: 202,
      body: { kind: 'review_decision', subject: row.eventId, proposedBy: 'staff:staff-berta' },
    })
    expect(proposed.body.effects).toEqual([
      {
        who: expect.stringContaining('ab'.repeat(4)),
        change: 'gains',
        what: expect.stringContaining('claim'),
      },
    ])
    expect([(await ask(`/reviews/${row.eventId}`)).body.state, await codes(row.eventId)]).toEqual([
      'refused',
      0,
    ])

    const { proposalId } = proposed.body
    expect(await decide(row.eventId, asked, { key: 'k1', etag })).toMatchObject({ body: { proposalId } })
    const other = { ...asked, reason: 'another one' }
    expect(await decide(row.eventId, other, { key: 'k1', etag })).toMatchObject({ status: 422 })
    expect(await approve(proposalId, 'staff-berta')).toMatchObject({ status: 403 })
    expect(await codes(row.eventId)).toBe(0)

    const approved = await approve(proposalId)
    expect(approved).toMatchObject({ status: 200, body: { state: 'approved', outcome: { done: true } } })
    expect(await codes(row.eventId)).toBe(1)
    expect(await approve(proposalId)).toMatchObject({ status: 200, body: { outcome: { done: true } } })
    expect((await ask(`/reviews/${row.eventId}`)).body.decisions).toMatchObject([{ decisionId: proposalId }])
    expect(await decide(row.eventId, asked, { key: 'k1', etag })).toMatchObject({ status: 200 })
  })

  test('and is none where the case changed meanwhile', async () => {
    const { row, asked } = await corrupt(711)
    const { proposalId } = (await decide(row.eventId, asked)).body
    const [bike] = await database.sql`select bike_id from bikes where frame_number = ${frameNumber(711)}`
    const owner = { riderId: 'rider-carl', producedAt: new Date(madeMs) }
    await registerBikes(database.sql, [{ bikeId: String(bike?.bike_id), ...owner }])
    const { body } = await approve(proposalId)
    expect(body.outcome).toMatchObject({ done: false, detail: expect.stringContaining('look at it again') })
    expect(await codes(row.eventId)).toBe(0)
  })
})

describe('refused is', () => {
  test('another decision under the same key', async () => {
    const { eventId } = await heldBike()
    await decide(eventId, reject, { key: 'k1' })
    const other = await decide(eventId, { ...reject, reason: 'changed my mind' }, { key: 'k1' })
    expect(other).toMatchObject({ status: 422, body: { reason: 'idempotency_key_reused' } })
  })

  test('a decision about what is not there any more', async () => {
    const { eventId } = await heldBike()
    const etag = await etagOf(eventId)
    await decide(eventId, {
      verdict: 'correct',
      reason: 'x',
      correction: { bikeProduced: { plant: 'gera' } },
    })
    expect(await decide(eventId, reject, { etag })).toMatchObject({
      status: 412,
      body: { reason: 'review_changed', temporary: false },
    })
    expect((await ask(`/reviews/${eventId}`)).body).toMatchObject({ state: 'held' })
  })

  test.each([undefined, 'weak', '"a" "b"'])('a decision about nothing that was read: %s', async (etag) => {
    const { eventId } = await heldBike()
    const headers = { 'idempotency-key': 'k1', ...(etag && { 'if-match': etag }) }
    const { status, body } = await ask(`/reviews/${eventId}/decisions`, { headers, body: reject })
    expect([status, body.reason, body.detail]).toEqual([
      400,
      'request_invalid',
      expect.stringContaining('if-match'),
    ])
  })

  test('a decision about what was read with a weak tag, which is never the same', async () => {
    const { eventId } = await heldBike()
    const etag = `W/${await etagOf(eventId)}`
    expect(await decide(eventId, reject, { etag })).toMatchObject({ status: 412 })
  })

  test('a decision about what is applied already', async () => {
    const { eventId } = made('battery', 500)
    await environment.intake([{ ...made('battery', 500), eventId }])
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
    ['a reason that no database takes', { verdict: 'reject', reason: 'a\0b' }],
    ['a correction that corrects nothing', { verdict: 'correct', reason: 'x' }],
    ['a merge into nothing', { verdict: 'merge', reason: 'x' }],
    ['a rejection with a correction', { ...reject, correction: {} }],
    ['what nobody knows', { ...reject, author: 'somebody else' }],
    ['no object', 'reject'],
  ])('%s', async (_, body) => {
    expect(await decide(randomUUID(), body as object)).toMatchObject({ status: 400 })
  })

  test.each([
    '/search?q=%00ab',
    '/reviews?source=a%00b',
    '/reviews?subject=a%00b',
    `/search?q=FR&cursor=${writeCursor(['FR\0', 'bike', randomUUID()])}`,
  ])('what no database takes: %s', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 400, body: { reason: 'request_invalid' } })
  })

  test('a decision without a key', async () => {
    expect((await ask(`/reviews/${randomUUID()}/decisions`, { body: reject })).status).toBe(400)
  })

  test('a decision of a rider', async () => {
    expect((await decide(randomUUID(), reject, { as: 'anna' })).status).toBe(403)
  })
})
