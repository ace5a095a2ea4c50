// Settings of a bike through the API: whose they are, lost updates, and what estimates take from them.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../testkit/engines.ts'
import { takeReport } from '../../devices/settings/settings.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createSettingsStore } from '../../engines/postgres/devices/settings-store.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { createAsker } from '../testing/ask.ts'

let sql: Sql
let ask: ReturnType<typeof createAsker>
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  ask = createAsker(sql)
  return database.drop
})

async function annasBike(): Promise<string> {
  const bikeId = randomUUID()
  await registerBikes(sql, [{ bikeId, riderId: 'anna', producedAt: new Date('2026-01-01') }])
  return bikeId
}
const path = (bikeId: string) => `/v1/bikes/${bikeId}/settings`
const read = (bikeId: string, as = 'anna') => ask(path(bikeId), { as })
const wish = (bikeId: string, body: unknown, ifMatch: string, as = 'anna') =>
  ask(path(bikeId), { as, method: 'PUT', headers: { 'if-match': ifMatch }, body })

test('an owner begins with none, and wishes for some', async () => {
  const bikeId = await annasBike()
  const first = await read(bikeId)
  expect(first.body).toEqual({ desired: null, reported: null, agreedAt: null, pending: false })
  expect([first.headers.get('etag'), first.headers.get('cache-control')]).toEqual(['"0.0"', 'no-store'])
  const wished = await wish(bikeId, { assistLevel: 2, lightMode: 'auto' }, '"0.0"')
  expect(wished).toMatchObject({
    status: 200,
    body: { desired: { version: 1, values: { assistLevel: 2, lightMode: 'auto' } }, pending: true },
  })
  expect(wished.headers.get('etag')).toBe('"1.0"')
  const report = { version: 1, localChanges: 0, values: { assistLevel: 2 } }
  await takeReport(createSettingsStore(sql), bikeId, report)
  const { body } = await read(bikeId)
  expect(body).toMatchObject({ reported: report, pending: false })
  expect(body.agreedAt).toBe(body.reported.at)
})

test('a lost update is refused; the same wish again is none', async () => {
  const bikeId = await annasBike()
  expect((await wish(bikeId, { massKg: 90 }, '"0.0"')).status).toBe(200)
  expect(await wish(bikeId, { massKg: 95 }, '"0.0"')).toMatchObject({
    ...{ status: 412, body: { reason: 'settings_changed' } },
  })
  expect(await wish(bikeId, { massKg: 90 }, '"0.0"')).toMatchObject({
    ...{ status: 200, body: { desired: { version: 1 } } },
  })
})

test.each<[string, number]>([
  ['"0.0"', 200],
  ['"7.0", "0.0"', 200],
  ['*', 200],
  ['W/"0.0"', 412],
  ['"7.0"', 412],
  ['0.0', 400],
  ['', 400],
])('If-Match %s → %i', async (ifMatch, status) => {
  expect((await wish(await annasBike(), { massKg: 90 }, ifMatch)).status).toBe(status)
})

test.each<[string, unknown]>([
  ['too much power', { maxAssistW: 1_001 }],
  ['half a level', { assistLevel: 1.5 }],
  ['a setting that there is not', { seatMm: 700 }],
  ['a mode that there is not', { lightMode: 'party' }],
  ['no object', [1]],
])('%s is refused, and changes nothing', async (_, body) => {
  const bikeId = await annasBike()
  expect(await wish(bikeId, body, '*')).toMatchObject({ status: 400, body: { reason: 'request_invalid' } })
  expect((await read(bikeId)).headers.get('etag')).toBe('"0.0"')
})

test('nobody but the owner sees or changes them', async () => {
  const bikeId = await annasBike()
  for (const as of ['ben', 'staff-eva', 'insurer third_party']) {
    expect((await read(bikeId, as)).status).toBe(404)
    expect((await wish(bikeId, { massKg: 90 }, '*', as)).status).toBe(404)
  }
  expect((await read(randomUUID())).status).toBe(404)
})

test('an estimate takes the mass of the settings, unless the question names one', async () => {
  const bikeId = await annasBike()
  const assumed = async (more: object = {}) => {
    const body = { chargePct: 80, capacityWh: 500, ...more }
    return (await ask(`/v1/bikes/${bikeId}/range`, { body })).body
  }
  expect((await assumed()).assumed).toContain('massKg')
  await wish(bikeId, { massKg: 160 }, '*')
  const heavy = await assumed()
  expect(heavy.assumed).not.toContain('massKg')
  expect((await assumed({ massKg: 160 })).rangeKm).toEqual(heavy.rangeKm)
  expect((await assumed({ massKg: 70 })).rangeKm.p50).toBeGreaterThan(heavy.rangeKm.p50)
})
