// Streams of a bike's latest state, over a real database and the real loop that looks for all of them.
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../testkit/engines.ts'
import { presenceOfBike } from '../../devices/presence/plan.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createLiveStore } from '../../engines/postgres/riders/live-store.ts'
import { createLatestStore } from '../../engines/postgres/telemetry/latest-store.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { createLive } from '../../riders/live/look-again.ts'
import type { Live, LiveStore } from '../../riders/live/port.ts'
import { createApi } from '../app.ts'
import { createApiMetrics } from '../metrics.ts'
import { authenticateByName } from '../testing/callers.ts'
import { createTestStores } from '../testing/stores.ts'

let sql: Sql
let api: ReturnType<typeof createApi>
/** Of the loop's store, while a test takes it away. */
let away: Error | undefined
let watched = 0

beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  const store = createLiveStore(sql, { presenceOf: presenceOfBike })
  const log = pino({ level: 'silent' })
  const failing: LiveStore = {
    ...store,
    look: async (readers) => (away ? Promise.reject(away) : store.look(readers)),
  }
  const live = createLive({ store: failing, log, everyMs: 20 })
  const counting: Live = {
    watch(reader) {
      watched++
      const watch = live.watch(reader)
      const end = () => {
        watched--
        watch.end()
      }
      return { ...watch, end }
    },
  }
  api = createApi({
    authenticate: authenticateByName,
    stores: createTestStores(sql, { live: counting }),
    ...{ metrics: createApiMetrics(), log, stopping: new AbortController().signal },
  })
  const stop = new AbortController()
  const running = live.loop.run(stop.signal)
  return async () => {
    stop.abort()
    await running
    await database.drop()
  }
})

async function bikeOf(riderId: string): Promise<string> {
  const bikeId = randomUUID()
  await registerBikes(sql, [{ bikeId, riderId, producedAt: new Date('2026-01-01') }])
  return bikeId
}

let lastMs = Date.parse('2026-03-01')
const charge = (bikeId: string, percent: number) =>
  createLatestStore(sql).merge([
    {
      ...{
        bikeId,
        group: 'battery',
        eventAtMs: ++lastMs,
        receivedAtMs: lastMs,
        recorderId: bikeId,
        trackId: randomUUID(),
      },
      values: { state_of_charge_pct: percent },
    },
  ])

interface Follower {
  /** The next event that is no sign of life. */
  next(): Promise<{ readonly event: string; readonly id?: string; readonly charge?: number }>
  leave(): Promise<void>
}

async function follow(bikeId: string, { as = 'anna', last = '' } = {}): Promise<Follower> {
  const response = await api.request(`/v1/bikes/${bikeId}/live`, {
    headers: { authorization: as, ...(last && { 'last-event-id': last }) },
  })
  expect(response.status, await (response.ok ? '' : response.text())).toBe(200)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  const next = async (): ReturnType<Follower['next']> => {
    for (;;) {
      const [block, ...rest] = text.split('\n\n')
      if (rest.length > 0 && block !== undefined) {
        text = rest.join('\n\n')
        const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)))
        if (fields.event === undefined) continue
        const { groups } = JSON.parse(fields.data)
        return { event: fields.event, id: fields.id, charge: groups?.battery?.values.state_of_charge_pct }
      }
      const { value, done } = await reader.read()
      if (done) return { event: 'closed' }
      text += new TextDecoder().decode(value)
    }
  }
  return { next, leave: () => reader.cancel() }
}

test('an owner sees the state and each change of it, and where he left off nothing twice', async () => {
  const bikeId = await bikeOf('anna')
  await charge(bikeId, 80)
  const follower = await follow(bikeId)
  expect(await follower.next()).toMatchObject({ event: 'state', charge: 80 })
  await charge(bikeId, 79)
  const { id = '', charge: second } = await follower.next()
  expect(second).toBe(79)
  await follower.leave()

  const again = await follow(bikeId, { last: id })
  await charge(bikeId, 78)
  expect(await again.next()).toMatchObject({ charge: 78 })
  await again.leave()
  await expect.poll(() => watched).toBe(0)
})

test('a stream ends with the ownership, and with the grant that opened it', async () => {
  const bikeId = await bikeOf('anna')
  await charge(bikeId, 60)
  const asked = { authorization: 'anna', 'content-type': 'application/json' }
  const until = new Date(Date.now() + 86_400_000).toISOString()
  const given = await api.request(`/v1/riders/me/bikes/${bikeId}/grants`, {
    ...{ method: 'POST', headers: asked, body: JSON.stringify({ to: 'insurer', scopes: ['state'], until }) },
  })
  const { grantId } = (await given.json()) as { grantId: string }

  const insurer = await follow(bikeId, { as: 'insurer third_party' })
  expect(await insurer.next()).toMatchObject({ charge: 60 })
  const path = `/v1/riders/me/bikes/${bikeId}/grants/${grantId}`
  expect((await api.request(path, { method: 'DELETE', headers: asked })).status).toBe(204)
  expect(await insurer.next()).toMatchObject({ event: 'end' })

  const owner = await follow(bikeId)
  expect(await owner.next()).toMatchObject({ charge: 60 })
  await sql`update ownerships set owned = tstzrange(lower(owned), clock_timestamp()) where bike_id = ${bikeId}`
  expect(await owner.next()).toMatchObject({ event: 'end' })
  expect(await owner.next()).toMatchObject({ event: 'closed' })
})

test('by a grant the state is empty once while the bike is within a zone, whatever it does there', async () => {
  const bikeId = await bikeOf('dora')
  const until = new Date(Date.now() + 86_400_000).toISOString()
  await api.request(`/v1/riders/me/bikes/${bikeId}/grants`, {
    ...{ method: 'POST', headers: { authorization: 'dora' } },
    body: JSON.stringify({ to: 'insurer', scopes: ['state'], until }),
  })
  const [position, at] = [
    { latitude_deg: 47, longitude_deg: 8 },
    { bikeId, group: 'position', recorderId: bikeId },
  ]
  const move = (latitude_deg: number) =>
    createLatestStore(sql).merge([
      {
        ...{ ...at, eventAtMs: ++lastMs, receivedAtMs: lastMs, trackId: randomUUID() },
        values: { ...position, latitude_deg },
      } as never,
    ])
  await move(47.1)
  await charge(bikeId, 60)
  const insurer = await follow(bikeId, { as: 'insurer third_party' })
  expect(await insurer.next()).toMatchObject({ charge: 60 })
  await api.request('/v1/riders/me/privacy-zones', {
    ...{ method: 'PUT', headers: { authorization: 'dora' } },
    body: JSON.stringify({ zones: [{ latitudeDeg: 47, longitudeDeg: 8, radiusM: 200 }] }),
  })
  await move(47)
  const hidden = await insurer.next()
  expect(hidden).toEqual({ event: 'state', id: 'hidden', charge: undefined })
  await charge(bikeId, 59)
  await new Promise((resolve) => setTimeout(resolve, 100))
  await move(47.1)
  expect(await insurer.next()).toMatchObject({ charge: 59 })
  await insurer.leave()
})

test('where nobody can tell whose the bike is, the stream ends', async () => {
  const bikeId = await bikeOf('anna')
  await charge(bikeId, 50)
  const follower = await follow(bikeId)
  expect(await follower.next()).toMatchObject({ charge: 50 })
  away = new Error('away')
  expect(await follower.next()).toMatchObject({ event: 'end' })
  away = undefined
})

test.each([
  ['a stranger', 'ben', 404, 'not_found'],
  ['staff', 'staff', 404, 'not_found'],
  ['a third party without a grant', 'insurer third_party', 403, 'grant_missing'],
])('%s follows nothing', async (_, authorization, status, reason) => {
  const bikeId = await bikeOf('anna')
  const response = await api.request(`/v1/bikes/${bikeId}/live`, { headers: { authorization } })
  expect([response.status, ((await response.json()) as { reason: string }).reason]).toEqual([status, reason])
})

test('HEAD takes no place, and ten streams are what a caller gets', async () => {
  const bikeId = await bikeOf('cleo')
  const headers = { authorization: 'cleo' }
  for (let n = 0; n < 30; n++) {
    const head = await api.request(`/v1/bikes/${bikeId}/live`, { method: 'HEAD', headers })
    expect(head.status).toBe(200)
  }
  const followers = await Promise.all(Array.from({ length: 10 }, () => follow(bikeId, { as: 'cleo' })))
  expect((await api.request(`/v1/bikes/${bikeId}/live`, { headers })).status).toBe(503)
  await Promise.all(followers.map((one) => one.leave()))
  await expect
    .poll(async () => {
      const response = await api.request(`/v1/bikes/${bikeId}/live`, { headers })
      await response.body?.cancel()
      return response.status
    })
    .toBe(200)
})
