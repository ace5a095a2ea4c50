// A forged statement is taken back by two of staff.
import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { createFleetEnvironment, type FleetEnvironment } from '../../fleet/testing/fleet-environment.ts'
import {
  dayMs,
  definitions,
  made,
  madeMs,
  swapped,
  wholeBike,
} from '../../fleet/testing/statement-fixtures.ts'
import { createApiStores } from '../stores.ts'
import { createStaffApi } from '../testing/staff-api.ts'

let database: TestDatabase
let environment: FleetEnvironment
let ask: ReturnType<typeof createStaffApi>
const forged = swapped(1, [1, 2], madeMs + 5 * dayMs)

beforeAll(async () => {
  database = await createTestDatabase()
  ask = createStaffApi(database.sql)
  environment = createFleetEnvironment(database.sql)
  await environment.intake([...definitions(), ...wholeBike(1), made('battery', 2), forged])
  return database.drop
})

beforeEach(() => environment.settle())

const propose = (eventId: string, as = 'staff-eva') =>
  ask(`/statements/${eventId}/retraction`, { as, body: { reason: 'no workshop did that' } })
const state = async () => (await environment.states()).get(forged.eventId)

test.each(['anna', 'kai read,approve', 'plant partner'])('%s cannot propose it', async (as) => {
  expect(await propose(forged.eventId, as)).toMatchObject({ status: 403, body: { reason: 'role_missing' } })
})

test('what nobody knows is not found', async () => {
  expect(await propose(randomUUID())).toMatchObject({ status: 404, body: { reason: 'not_found' } })
})

test('one proposes, another one approves; who proposed it cannot', async () => {
  const { status, body } = await propose(forged.eventId)
  expect(status).toBe(201)
  expect(body).toMatchObject({
    kind: 'retract',
    subject: forged.eventId,
    proposedBy: 'staff:staff-eva',
    state: 'open',
  })
  expect(body.effects[0]).toMatchObject({ change: 'loses', what: 'applied → retracted' })
  expect(await state()).toBe('applied')

  const { approvals } = createApiStores(database.sql)
  const approve = (by: string) =>
    approvals.decide(body.proposalId, { verdict: 'approved', by, reason: 'looked at it' })
  expect(await approve('staff:staff-eva')).toEqual({ refused: 'second_person_needed' })
  expect(await state()).toBe('applied')
  expect(await approve('staff:staff-kai')).toMatchObject({ proposal: { outcome: { done: true } } })
  expect(await state()).toBe('retracted')
  expect(await propose(forged.eventId)).toMatchObject({ status: 409, body: { reason: 'review_closed' } })
})
