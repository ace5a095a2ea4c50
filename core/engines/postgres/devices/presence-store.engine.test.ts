import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../testkit/engines.ts'
import { bikesOnline, concernedBy, planPresence, presenceOfBike } from '../../../devices/presence/plan.ts'
import type { ConnectionEvent, PresenceStore } from '../../../devices/presence/port.ts'
import type { Sql } from '../client/connect.ts'
import { createPresenceStore, hasModule, presencesOf } from './presence-store.ts'

let database: TestDatabase
let sql: Sql
let store: PresenceStore
beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
  store = createPresenceStore(sql)
})
afterAll(async () => {
  await database.drop()
})

/** As the worker does it; returns the bikes that came online. */
const apply = async (events: readonly ConnectionEvent[]) =>
  bikesOnline(await store.change(concernedBy(events), (known) => planPresence(known, events)))
const presenceOf = async (bikeId: string) => presenceOfBike(await presencesOf(sql, [bikeId]))

interface Module {
  readonly deviceId: string
  readonly bikeId: string
}

async function enrol(bikeId: string = randomUUID()): Promise<Module> {
  const deviceId = randomUUID()
  await sql`insert into devices (device_id, bike_id) values (${deviceId}, ${bikeId})`
  return { deviceId, bikeId }
}
const revoke = (deviceId: string, agoS: number) => sql`
  update devices set revoked_at = now() - make_interval(secs => ${agoS}), revoked_reason = 'stolen'
  where device_id = ${deviceId}`
const opened = (deviceId: string, connection: string, atMs: number): ConnectionEvent => ({
  ...{ type: 'opened', deviceId, connection, atMs },
})
const closed = (connection: string, atMs: number): ConnectionEvent => ({
  ...{ type: 'closed', connections: [connection], atMs },
})

test('a bike is online while one of its modules is', async () => {
  const { deviceId, bikeId } = await enrol()
  expect(await presenceOf(bikeId)).toBeUndefined()
  expect(await apply([opened(deviceId, 'a1', 1_000)])).toEqual([bikeId])
  expect(await presenceOf(bikeId)).toEqual({ online: true, sinceMs: 1_000 })
  const second = await enrol(bikeId)
  await apply([opened(second.deviceId, 'a2', 2_000)])
  expect(await apply([closed('a1', 3_000)])).toEqual([])
  expect(await presenceOf(bikeId)).toEqual({ online: true, sinceMs: 2_000 })
  await apply([closed('a2', 4_000)])
  expect(await presenceOf(bikeId)).toEqual({ online: false, sinceMs: 4_000 })
})

test('events in another batch are judged by what is stored', async () => {
  const { deviceId, bikeId } = await enrol()
  await apply([opened(deviceId, 'b1', 1_000)])
  await apply([opened(deviceId, 'b2', 2_000)])
  await apply([closed('b1', 2_001), opened(deviceId, 'b1', 1_000)])
  expect(await presenceOf(bikeId)).toEqual({ online: true, sinceMs: 2_000 })
})

test('workers at once neither deadlock nor mistake the last word', async () => {
  const devices = await Promise.all(Array.from({ length: 20 }, () => enrol()))
  const rounds = Array.from({ length: 12 }, (_, n) =>
    devices.map(({ deviceId }) => opened(deviceId, `${deviceId}/${n}`, 1_000 + ((n * 7) % 12))),
  )
  await Promise.all(rounds.map((events, n) => apply(n % 2 === 0 ? events : events.toReversed())))
  for (const { bikeId } of devices) {
    expect(await presenceOf(bikeId)).toEqual({ online: true, sinceMs: 1_011 })
  }
})

test('strangers leave no trace', async () => {
  const stranger = randomUUID()
  expect(await apply([opened(stranger, 's1', 1_000), closed('s1', 2_000)])).toEqual([])
  expect(await sql`select from device_presence where device_id = ${stranger}`).toHaveLength(0)
})

test('those online can be listed', async () => {
  const [online, offline] = [await enrol(), await enrol()]
  await apply([
    opened(online.deviceId, 'l1', 1_000),
    opened(offline.deviceId, 'l2', 1_000),
    closed('l2', 2_000),
  ])
  const listed = []
  for await (const page of store.online()) listed.push(...page.map(({ deviceId }) => deviceId))
  expect(listed).toContain(online.deviceId)
  expect(listed).not.toContain(offline.deviceId)
})

test('revoked are told while they may be connected: lately revoked, or last seen online', async () => {
  const [fresh, old, lingering, inService] = [await enrol(), await enrol(), await enrol(), await enrol()]
  await apply([opened(lingering.deviceId, 'r1', 1_000), opened(inService.deviceId, 'r2', 1_000)])
  await revoke(fresh.deviceId, 5)
  await revoke(old.deviceId, 500)
  await revoke(lingering.deviceId, 500)
  const revoked = await store.revoked(60_000, 10)
  expect(revoked.map(({ deviceId }) => deviceId)).toEqual([lingering.deviceId, fresh.deviceId])
  expect(await hasModule(sql, inService.bikeId)).toBe(true)
  expect(await hasModule(sql, fresh.bikeId)).toBe(false)
  expect(await presenceOf(lingering.bikeId)).toBeUndefined()
})

test('suspended modules in service are told while they may be connected', async () => {
  const modules = [await enrol(), await enrol(), await enrol(), await enrol(), await enrol()]
  const [fresh, old, lingering, over, gone] = modules as [Module, Module, Module, Module, Module]
  await apply([opened(lingering.deviceId, 's1', 1_000)])
  const suspend = ({ bikeId }: Module, agoS: number, forS: number) => sql`
    insert into module_suspensions (bike_id, times, suspended_at, suspended_until)
    values (${bikeId}, 1, now() - make_interval(secs => ${agoS}), now() + make_interval(secs => ${forS}))`
  await suspend(fresh, 5, 600)
  await suspend(old, 500, 600)
  await suspend(lingering, 500, 600)
  await suspend(over, 5, -1)
  await suspend(gone, 5, 600)
  await revoke(gone.deviceId, 5)
  const suspended = await store.suspended(60_000, 10)
  expect(suspended.map(({ deviceId }) => deviceId)).toEqual([lingering.deviceId, fresh.deviceId])
})

test('certificates that are over are told while a module may be connected by them', async () => {
  const device = await enrol()
  const certificates: [serial: string, issuer: string | null, endedAgoS: number, revoked?: boolean][] = [
    ['e1', 'a', 5],
    ['e2', 'a', 500],
    ['e3', 'a', -500],
    ['e4', 'a', -500, true],
    ['e5', 'a', 86_400],
  ]
  const add = async ({ deviceId }: { deviceId: string }, rows: typeof certificates) => {
    for (const [serial, issuer, agoS, revoked = false] of rows) {
      await sql`
        insert into device_certificates (serial_number, device_id, key_sha256, not_before, not_after, issuer,
          revoked_at, revoked_reason)
        values (${serial}, ${deviceId}, ${serial}, now() - interval '9 days', now() - make_interval(secs => ${agoS}),
          ${issuer}, ${revoked ? sql`now() - interval '1 hour'` : null}, ${revoked ? 'copied' : null})`
    }
  }
  await add(device, certificates)
  const over = async () =>
    (await store.ended({ recentMs: 60_000, sinceMs: 3_600_000, limit: 10 }))
      .filter(({ deviceId }) => deviceId === device.deviceId)
      .map(({ certificates: [serial], reason }) => [serial, reason])
  expect(await over()).toEqual([['e1', 'certificate_ended']])
  const isOnlineBy = (certificate: string | undefined, atMs: number) =>
    apply([{ ...{ type: 'opened', deviceId: device.deviceId, connection: `x${atMs}`, atMs }, certificate }])
  await isOnlineBy('e2', 1_000)
  expect(await over()).toEqual([
    ['e2', 'certificate_ended'],
    ['e1', 'certificate_ended'],
  ])
  await isOnlineBy('e4', 2_000)
  expect(await over()).toEqual([
    ['e4', 'certificate_revoked'],
    ['e1', 'certificate_ended'],
  ])
  await isOnlineBy('e3', 3_000)
  expect(await over()).toEqual([['e1', 'certificate_ended']])
  // Those that do not tell their number are over together.
  await add(device, [
    ['f1', null, 5],
    ['f2', null, -500],
  ])
  expect(await over()).toEqual([['e1', 'certificate_ended']])
  await sql`update device_certificates set not_after = now() where serial_number = 'f2'`
  expect(await over()).toContainEqual([undefined, 'certificate_ended'])
})
