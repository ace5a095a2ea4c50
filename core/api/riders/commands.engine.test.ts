import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import type { ReportStage } from '../../devices/commands/life-cycle.ts'
import { planReports } from '../../devices/commands/plan.ts'
import type { CommandOutbox } from '../../devices/commands/port.ts'
import { concernedBy, planPresence } from '../../devices/presence/plan.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { listenTo, type Notifications } from '../../engines/postgres/client/notifications.ts'
import { createCommandOutbox } from '../../engines/postgres/devices/command-outbox.ts'
import { changedChannel } from '../../engines/postgres/devices/command-store.ts'
import { createPresenceStore } from '../../engines/postgres/devices/presence-store.ts'
import { createLatestStore } from '../../engines/postgres/telemetry/latest-store.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { createApi } from '../app.ts'
import { createApiMetrics } from '../metrics.ts'
import { authenticateByName } from '../testing/callers.ts'
import { createTestStores } from '../testing/stores.ts'

let database: TestDatabase
let sql: Sql
let outbox: CommandOutbox
let changes: Notifications
let api: ReturnType<typeof createApi>
const stopping = new AbortController()

beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
  outbox = createCommandOutbox(sql)
  changes = listenTo({ url: database.url, name: 'test', channel: changedChannel })
  api = createApi({
    authenticate: authenticateByName,
    stores: createTestStores(sql, { watchCommand: changes.watch }),
    metrics: createApiMetrics(),
    log: pino({ level: 'silent' }),
    stopping: stopping.signal,
  })
})
afterAll(async () => {
  await changes.close()
  await database.drop()
})

const producedAt = new Date('2025-01-01')

/** A bike of Anna's with a module; `[bikeId, deviceId]`. */
async function annasBike(): Promise<[string, string]> {
  const [bikeId, deviceId] = [randomUUID(), randomUUID()]
  await registerBikes(sql, [{ bikeId, riderId: 'anna', producedAt }])
  await sql`insert into devices (device_id, bike_id) values (${deviceId}, ${bikeId})`
  return [bikeId, deviceId]
}

interface Asked {
  readonly as?: string
  readonly key?: string | undefined
  readonly body?: unknown
}

async function post(bikeId: string, { as = 'anna', body = { kind: 'lock' }, ...rest }: Asked = {}) {
  const key = 'key' in rest ? rest.key : randomUUID()
  const headers = { authorization: as, ...(key !== undefined && { 'idempotency-key': key }) }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await api.request(`/v1/bikes/${bikeId}/commands`, { method: 'POST', headers, body: text })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

async function get(path: string, as = 'anna') {
  const response = await api.request(path, { headers: { authorization: as, 'access-reason': 'a test' } })
  return { status: response.status, body: await response.json() }
}

const report = (bikeId: string, commandId: string, stage: ReportStage) =>
  outbox.change({ kind: 'named', commandIds: [commandId] }, (known) =>
    planReports(known, [{ bikeId, commandId, stage, detail: '' }]),
  )

test('the owner requests a command, and reads where it stands', async () => {
  const [bikeId] = await annasBike()
  const asked = await post(bikeId, { body: { kind: 'light', on: true, ttlS: 60 } })
  expect(asked.status).toBe(202)
  const { commandId, createdAt, expiresAt } = asked.body
  expect(asked.body).toMatchObject({ bikeId, kind: 'light', on: true, requestedBy: 'rider', state: 'queued' })
  expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(60_000)
  expect(asked.headers.get('location')).toBe(`/v1/bikes/${bikeId}/commands/${commandId}`)

  await report(bikeId, commandId, 'acknowledged')
  const { status, body } = await get(asked.headers.get('location') as string)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    state: 'acknowledged',
    history: [{ state: 'queued', at: createdAt }, { state: 'acknowledged' }],
  })
  const second = await post(bikeId)
  const list = await get(`/v1/bikes/${bikeId}/commands?limit=2`)
  expect(list.body.commands.map(({ commandId: id }: { commandId: string }) => id)).toEqual([
    second.body.commandId,
    commandId,
  ])
})

test('the same request answers with the first command; another one under its key is refused', async () => {
  const [bikeId] = await annasBike()
  const first = await post(bikeId, { key: 'k1' })
  const again = await post(bikeId, { key: 'k1' })
  expect([again.status, again.body]).toEqual([200, first.body])
  const other = await post(bikeId, { key: 'k1', body: { kind: 'unlock' } })
  expect(other.body).toMatchObject({ status: 422, reason: 'idempotency_key_reused' })
})

test('service staff command and see every bike, and the owner sees in which role', async () => {
  const [bikeId, deviceId] = await annasBike()
  const reading = { bikeId, group: 'battery' as const, recorderId: deviceId, trackId: randomUUID() }
  const values = { state_of_charge_pct: 80 }
  await createLatestStore(sql).merge([{ ...reading, eventAtMs: 1_800_000_000_000, receivedAtMs: 0, values }])
  const opened = { type: 'opened', deviceId, connection: bikeId, atMs: 1_000 } as const
  await createPresenceStore(sql).change(concernedBy([opened]), (known) => planPresence(known, [opened]))
  const { status, body } = await get(`/v1/bikes/${bikeId}/latest`, 'staff')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    presence: { online: true, since: '1970-01-01T00:00:01.000Z' },
    groups: { battery: { values } },
  })
  expect(await post(bikeId, { as: 'staff' })).toMatchObject({ status: 202 })
  const list = await get(`/v1/bikes/${bikeId}/commands`)
  expect(list.body.commands).toMatchObject([{ requestedBy: 'service' }])
})

test('commands from before a sale are the former owner’s, who cannot command any more', async () => {
  const [bikeId] = await annasBike()
  const before = await post(bikeId)
  await registerBikes(sql, [{ bikeId, riderId: 'ben', producedAt, ownedFrom: new Date(Date.now() + 1) }])
  await expect.poll(async () => (await post(bikeId, { as: 'ben' })).status).toBe(202)
  expect((await get(`/v1/bikes/${bikeId}/commands`, 'ben')).body.commands).toHaveLength(1)
  expect((await get(`/v1/bikes/${bikeId}/commands/${before.body.commandId}`, 'ben')).status).toBe(404)
  expect((await post(bikeId)).status).toBe(404)
})

test.each<[string, Asked, number, string]>([
  ['a foreign bike', { as: 'mallory' }, 404, 'not_found'],
  ['no key', { key: undefined }, 400, 'request_invalid'],
  ['a key too long', { key: 'k'.repeat(256) }, 400, 'request_invalid'],
  ['no JSON', { body: 'lock' }, 400, 'request_invalid'],
  ['an unknown kind', { body: { kind: 'explode' } }, 400, 'request_invalid'],
  ['a body beyond all sense', { body: { kind: 'lock', filler: 'x'.repeat(5_000) } }, 413, 'body_too_large'],
])('a command with %s is refused and queued nowhere', async (_, asked, status, reason) => {
  const [bikeId] = await annasBike()
  expect((await post(bikeId, asked)).body).toMatchObject({ status, reason })
  expect((await get(`/v1/bikes/${bikeId}/commands`)).body).toEqual({ commands: [] })
})

test('a bike without a module in service cannot be commanded', async () => {
  const [bikeId, deviceId] = await annasBike()
  await sql`update devices set revoked_at = now(), revoked_reason = 'lost' where device_id = ${deviceId}`
  expect((await post(bikeId)).body).toMatchObject({ status: 409, reason: 'module_missing' })
})

test.each([
  ['another bike’s command', async () => (await post((await annasBike())[0])).body.commandId, 404],
  ['an unknown command', async () => randomUUID(), 404],
  ['an id that is none', async () => 'c1', 400],
])('%s is not shown', async (_, idOf, status) => {
  const [bikeId] = await annasBike()
  const path = `/v1/bikes/${bikeId}/commands/${await idOf()}`
  expect((await get(path)).status).toBe(status)
  expect((await get(`${path}/events`)).status).toBe(status)
})

async function follow(path: string, lastEventId?: number) {
  const headers = { authorization: 'anna', ...(lastEventId && { 'last-event-id': String(lastEventId) }) }
  const response = await api.request(`${path}/events`, { headers })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const states = () => [...text.matchAll(/"state":"(\w+)"/g)].map((match) => match[1])
  return {
    response,
    /** Reads until the state has come, or until the end. */
    async until(state?: string) {
      for (;;) {
        if (state !== undefined && states().includes(state)) return states()
        const { done, value } = (await reader?.read()) ?? { done: true }
        if (done) return states()
        text += value
      }
    },
    text: () => text,
    cancel: () => reader?.cancel(),
  }
}

test('a command is followed until its end, and from where the reader left off', async () => {
  const [bikeId] = await annasBike()
  const { commandId } = (await post(bikeId)).body
  const path = `/v1/bikes/${bikeId}/commands/${commandId}`
  const stream = await follow(path)
  expect(stream.response.headers.get('content-type')).toBe('text/event-stream')
  expect(stream.response.headers.get('cache-control')).toBe('no-store')
  await stream.until('queued')
  await report(bikeId, commandId, 'acknowledged')
  await stream.until('acknowledged')
  await report(bikeId, commandId, 'executed')
  expect(await stream.until()).toEqual(['queued', 'acknowledged', 'executed'])
  expect(stream.text()).toMatch(/event: state\ndata: .*"final":true.*\nid: 3\n\n$/)

  expect(await (await follow(path, 2)).until()).toEqual(['executed'])
  expect((await follow(path, 3)).response.status).toBe(204)
})

test('a caller has a bounded number of streams, and a place is free again when one ends', async () => {
  const [bikeId] = await annasBike()
  const { commandId } = (await post(bikeId)).body
  const path = `/v1/bikes/${bikeId}/commands/${commandId}`
  const streams = []
  for (let n = 0; n < 10; n++) streams.push(await follow(path))
  expect((await follow(path)).response.status).toBe(503)
  await streams[0]?.cancel()
  await report(bikeId, commandId, 'acknowledged')
  await expect
    .poll(async () => {
      const stream = await follow(path)
      await stream.cancel()
      return stream.response.status
    })
    .toBe(200)
  await Promise.all(streams.slice(1).map((stream) => stream.cancel()))
})

test('streams end when the process stops', async () => {
  const [bikeId] = await annasBike()
  const { commandId } = (await post(bikeId, { as: 'staff' })).body
  const stream = await follow(`/v1/bikes/${bikeId}/commands/${commandId}`)
  await stream.until('queued')
  stopping.abort()
  expect(await stream.until()).toEqual(['queued'])
})

test('the owner learns who of staff looked at the bike, when and why; nobody else does', async () => {
  const [bikeId] = await annasBike()
  const beforeMs = Date.now()
  await get(`/v1/bikes/${bikeId}/latest`, 'staff')
  await get(`/v1/bikes/${bikeId}/commands`, 'staff')
  const own = (body: { accesses: { bikes: string[] }[] }) =>
    body.accesses.filter(({ bikes }) => bikes.includes(bikeId))
  const { status, body } = await get('/v1/riders/me/accesses', 'anna')
  expect(status).toBe(200)
  const entry = { who: 'staff:staff', reason: 'a test', bikes: [bikeId], at: expect.any(String) }
  expect(own(body)).toEqual([
    { ...entry, operation: 'listCommands' },
    { ...entry, operation: 'readLatest' },
  ])
  expect(Date.parse(body.accesses[0].at)).toBeGreaterThanOrEqual(beforeMs - 1_000)
  expect(own((await get('/v1/riders/me/accesses', 'mallory')).body)).toEqual([])
})

test('the owner and staff see all modules of a bike, the second one too; nobody else does', async () => {
  const [bikeId, first] = await annasBike()
  const second = randomUUID()
  await sql`
    insert into devices (device_id, bike_id, enrolled_at, samples_from, verifies_commands)
    values (${second}, ${bikeId}, now() + interval '1 second', '2026-01-01', true)`
  await sql`update devices set revoked_at = now(), revoked_reason = 'broken' where device_id = ${first}`
  await sql`
    insert into module_refusals (device_id, question, reason, wanted, refused_at) values
      (${second}, 'user', 'password', 'connect', '2026-01-02'), (${second}, 'topic', 'topic', 'write x', '2026-01-03')`
  const { status, body } = await get(`/v1/bikes/${bikeId}/modules`)
  expect(status).toBe(200)
  expect(body.modules).toMatchObject([
    {
      ...{ deviceId: second, samplesFrom: '2026-01-01T00:00:00.000Z', revokedAt: null, online: false },
      verifiesCommands: true,
      refusals: [
        { at: '2026-01-03T00:00:00.000Z', question: 'topic', reason: 'topic', wanted: 'write x' },
        { reason: 'password' },
      ],
    },
    { deviceId: first, revokedAt: expect.any(String), verifiesCommands: false, refusals: [] },
  ])
  expect((await get(`/v1/bikes/${bikeId}/modules`, 'eva read')).body).toEqual(body)
  expect((await get(`/v1/bikes/${bikeId}/modules`, 'ben')).status).toBe(404)
})

test('who owns a bike sees why telemetry of his time waits, staff see all of it, and nobody sees whose else it is', async () => {
  const [bikeId] = await annasBike()
  const [soldAtMs, module] = [Date.UTC(2026, 0, 15), `bike:${bikeId}`]
  await registerBikes(sql, [{ bikeId, riderId: 'ben', producedAt, ownedFrom: new Date(soldAtMs) }])
  const wait = async (sender: string, at: string, reason = 'undecodable', of = bikeId) => {
    const trackId = randomUUID()
    await sql`
      insert into ledger_tracks (track_id, upload_id, track_index, bike_id, sender, received_at, delivery_tracks, accepted)
      values (${trackId}, ${trackId}, 0, ${of}, ${sender}, ${at}, 1, 0)`
    await sql`
      insert into quarantine (track_id, upload_id, bike_id, stage, reason, samples, ranges, detail, record, source, quarantined_at, received_at)
      values (${trackId}, ${trackId}, ${of}, 'normalize', ${reason}, 0, '', ${`said of ${sender}`}, '', ${trackId}, ${at}, ${at})`
  }
  await wait(module, '2026-01-14T00:00:00Z')
  await wait('anna', '2026-01-16T00:00:00Z', 'event_before_bike')
  await wait(module, '2026-01-17T00:00:00Z')
  await wait(module, '2026-01-18T00:00:00Z', 'event_in_future')
  await wait(module, '2026-01-19T00:00:00Z', 'device_mismatch', randomUUID())
  await wait(`bike:${randomUUID()}`, '2026-01-20T00:00:00Z', 'device_mismatch')
  await wait('ben', '2026-01-21T00:00:00Z', 'event_in_future')

  const all = async (as: string) => {
    const entries: { quarantinedAt: string; detail: string | null }[] = []
    for (let next: string | null = ''; next !== null; ) {
      const cursor = next === '' ? '' : `&cursor=${next}`
      const { status, body } = await get(`/v1/bikes/${bikeId}/quarantine?limit=2${cursor}`, as)
      expect(status).toBe(200)
      entries.push(...body.entries)
      next = body.next
    }
    return entries
  }
  const days = (entries: Awaited<ReturnType<typeof all>>) =>
    entries.map(({ quarantinedAt }) => Number(quarantinedAt.slice(8, 10)))
  const bens = await all('ben')
  expect(days(bens)).toEqual([21, 19, 18, 17])
  // When a module's track was recorded nobody knows who could not read it: what tells a time is not told.
  expect(bens.map(({ detail }) => detail)).toEqual([
    'said of ben',
    `said of ${module}`,
    null,
    `said of ${module}`,
  ])
  expect(bens[3]).toMatchObject({
    ...{ from: 'module', stage: 'normalize', reason: 'undecodable', samples: 0 },
    receivedAt: '2026-01-17T00:00:00.000Z',
  })
  expect(days(await all('eva read'))).toEqual([21, 20, 19, 18, 17, 16, 14])
  expect((await get(`/v1/bikes/${bikeId}/quarantine`, 'anna')).status).toBe(404)
  expect((await get(`/v1/bikes/${bikeId}/quarantine?cursor=x`, 'ben')).status).toBe(400)
})
