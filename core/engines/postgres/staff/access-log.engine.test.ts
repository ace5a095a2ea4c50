import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../testkit/engines.ts'
import { registerBikes } from '../../../fleet/registry/stores.ts'
import { createFleetEnvironment } from '../../../fleet/testing/fleet-environment.ts'
import {
  built,
  definitions,
  frameNumber,
  made,
  madeMs,
  name,
} from '../../../fleet/testing/statement-fixtures.ts'
import type { AccessLog } from '../../../staff/access-log/port.ts'
import { createAccessLog } from './access-log.ts'

let database: TestDatabase
let log: AccessLog
const bikeId = randomUUID()
const noonMs = Date.UTC(2026, 0, 15, 12)
const access = { who: 'staff:eva', operation: 'readLatest', reason: 'ticket 7' }

beforeAll(async () => {
  database = await createTestDatabase()
  log = createAccessLog(database.sql)
  const producedAt = new Date('2025-01-01')
  await registerBikes(database.sql, [{ bikeId, riderId: 'anna', producedAt }])
  await registerBikes(database.sql, [{ bikeId, riderId: 'ben', producedAt, ownedFrom: new Date(noonMs) }])
  return database.drop
})

const seenBy = async (rider: string) =>
  (await log.ofRider(rider, { limit: 50 })).accesses.map(({ reason }) => reason)

test('an access concerns who owned the bike in the time that was shown, and who was named', async () => {
  await log.record({ ...access, reason: 'since the sale', bikes: [{ bikeId, fromMs: noonMs + 1 }] })
  await log.record({ ...access, reason: 'since before', bikes: [{ bikeId, fromMs: noonMs - 1 }] })
  await log.record({ ...access, reason: 'all', bikes: [{ bikeId }] })
  await log.record({ ...access, reason: 'named', riders: ['vera', 'anna'] })
  await log.record({ ...access, reason: 'nobody', bikes: [{ bikeId: randomUUID() }] })
  expect(await seenBy('ben')).toEqual(['all', 'since before', 'since the sale'])
  expect(await seenBy('anna')).toEqual(['named', 'all', 'since before'])
  expect(await seenBy('vera')).toEqual(['named'])
  const [row] = await database.sql`select count(*)::integer as kept from access_log where reason = 'nobody'`
  expect(row).toEqual({ kept: 1 })
})

test('a frame or serial number stands for its bikes, so their owners find the access', async () => {
  const [rider, owned] = ['nora', randomUUID()]
  const { intake } = createFleetEnvironment(database.sql)
  await intake([...definitions(), made('battery', 70), made('motor', 70), built(70, { bikeId: owned })])
  await registerBikes(database.sql, [{ bikeId: owned, riderId: rider, producedAt: new Date(madeMs) }])
  await log.record({ ...access, reason: 'frame', frames: [frameNumber(70), 'NONE'] })
  await log.record({ ...access, reason: 'part', components: [name('battery', 70)] })
  await log.record({ ...access, reason: 'other part', components: [{ type: 'motor', serialNumber: 'NONE' }] })
  const { accesses } = await log.ofRider(rider, { limit: 10 })
  expect(accesses).toMatchObject([
    { reason: 'part', bikeIds: [owned] },
    { reason: 'frame', bikeIds: [owned] },
  ])
})

test('it is read page by page, each with the rider’s own bikes', async () => {
  const rider = 'carla'
  const own = randomUUID()
  await registerBikes(database.sql, [{ bikeId: own, riderId: rider, producedAt: new Date('2025-01-01') }])
  await log.record({ ...access, reason: '1', bikes: [{ bikeId: own }, { bikeId }] })
  await log.record({ ...access, reason: '2', bikes: [{ bikeId: own }] })
  const first = await log.ofRider(rider, { limit: 1 })
  expect(first.accesses).toMatchObject([{ ...access, reason: '2', bikeIds: [own] }])
  const second = await log.ofRider(rider, { limit: 1, cursor: first.nextCursor })
  expect(second).toMatchObject({ accesses: [{ reason: '1', bikeIds: [own] }], nextCursor: undefined })
})

test('what is older than its time is forgotten, with whom it concerned', async () => {
  await log.record({ ...access, reason: 'old', riders: ['dora'] })
  await log.record({ ...access, reason: 'new', riders: ['dora'] })
  await database.sql`update access_log set at = now() - interval '731 days' where reason = 'old'`
  expect(await log.forget(730)).toBe(1)
  expect(await log.forget(730)).toBe(0)
  expect(await seenBy('dora')).toEqual(['new'])
})
