// Grants: whom a rider lets read a bike, for how long, and what ends it.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../testkit/engines.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createLatestStore } from '../../engines/postgres/telemetry/latest-store.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { mostGrants } from '../../riders/grants/port.ts'
import { createAsker } from '../testing/ask.ts'

let sql: Sql
interface Answered {
  readonly status: number
  readonly body: { readonly [field: string]: unknown; readonly reason?: string; readonly grantId?: string }
}
let ask: (method: string, path: string, asked?: { as?: string; body?: unknown }) => Promise<Answered>

beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  const asker = createAsker(sql)
  ask = (method, path, asked = {}) => asker(path, { method, ...asked })
  return database.drop
})

const dayMs = 86_400_000
const until = new Date(Date.now() + dayMs).toISOString()
const insurer = 'insurer third_party'

async function annasBike(): Promise<string> {
  const bikeId = randomUUID()
  await registerBikes(sql, [{ bikeId, riderId: 'anna', producedAt: new Date('2026-01-01') }])
  const reading = { bikeId, group: 'battery' as const, recorderId: bikeId, trackId: randomUUID() }
  const times = { eventAtMs: Date.parse('2026-03-01'), receivedAtMs: Date.parse('2026-03-01') }
  await createLatestStore(sql).merge([{ ...reading, ...times, values: { state_of_charge_pct: 42 } }])
  return bikeId
}

const give = (bikeId: string, more: object = {}, as = 'anna') =>
  ask('POST', `/v1/riders/me/bikes/${bikeId}/grants`, {
    as,
    body: { to: 'insurer', scopes: ['state'], until, ...more },
  })
const readAs = (as: string, bikeId: string) => ask('GET', `/v1/bikes/${bikeId}/latest`, { as })
const refused = { status: 403, body: { reason: 'grant_missing' } }

test('a third party reads what its grant says, and no more once it is revoked', async () => {
  const bikeId = await annasBike()
  expect(await readAs(insurer, bikeId)).toMatchObject(refused)
  expect(await readAs(insurer, randomUUID())).toMatchObject(refused)
  const { status, body } = await give(bikeId)
  expect([status, body.holds]).toEqual([201, true])
  expect(await readAs(insurer, bikeId)).toMatchObject({
    status: 200,
    body: { groups: { battery: { values: { state_of_charge_pct: 42 } } } },
  })
  expect(await readAs('other third_party', bikeId)).toMatchObject(refused)
  expect((await readAs('insurer', bikeId)).status).toBe(404)
  expect((await ask('GET', '/v1/third-parties/me/grants', { as: insurer })).body).toMatchObject({
    grants: [{ bikeId, scopes: ['state'] }],
  })

  const path = `/v1/riders/me/bikes/${bikeId}/grants`
  expect((await ask('DELETE', `${path}/${body.grantId}`, { as: 'ben' })).status).toBe(404)
  expect((await ask('DELETE', `${path}/${body.grantId}`)).status).toBe(204)
  expect((await ask('DELETE', `${path}/${body.grantId}`)).status).toBe(204)
  expect(await readAs(insurer, bikeId)).toMatchObject(refused)
  expect((await ask('GET', path)).body).toMatchObject({
    grants: [{ holds: false, ended: expect.any(String) }],
  })
  expect((await ask('GET', '/v1/third-parties/me/grants', { as: insurer })).body).toEqual({ grants: [] })
})

test('a grant of another scope, one that ran out, and one of a former owner open nothing', async () => {
  const bikeId = await annasBike()
  await give(bikeId, { scopes: ['rides'] })
  expect(await readAs(insurer, bikeId)).toMatchObject(refused)

  await give(bikeId)
  await sql`update bike_grants set valid_until = clock_timestamp() where bike_id = ${bikeId}`
  expect(await readAs(insurer, bikeId)).toMatchObject(refused)

  await give(bikeId)
  await sql`update ownerships set owned = tstzrange(lower(owned), clock_timestamp()) where bike_id = ${bikeId}`
  expect(await readAs(insurer, bikeId)).toMatchObject(refused)
  await sql`insert into ownerships values (${bikeId}, 'anna', tstzrange(clock_timestamp() + interval '1 ms', null))`
  expect(await readAs(insurer, bikeId)).toMatchObject(refused)
})

test('only the owner gives, for a time ahead, to a bounded number', async () => {
  const bikeId = await annasBike()
  expect(await give(bikeId, {}, 'ben')).toMatchObject({ status: 404 })
  for (const wrong of [Date.now() - 1, Date.now() + 3 * 365 * dayMs]) {
    const answer = await give(bikeId, { until: new Date(wrong).toISOString() })
    expect(answer).toMatchObject({ status: 422, body: { reason: 'grant_time_invalid' } })
  }
  for (const wrong of [{ scopes: [] }, { scopes: ['commands'] }, { to: '' }, { until: 'tomorrow' }])
    expect((await give(bikeId, wrong)).status).toBe(400)
  for (let n = 0; n < mostGrants; n++) expect((await give(bikeId, { to: `party ${n}` })).status).toBe(201)
  expect(await give(bikeId)).toMatchObject({ status: 409, body: { reason: 'too_many_grants' } })
})
