// A rider's export over a real database and a real connection; samples and rides are of this test.
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { create, toBinary } from '@bufbuild/protobuf'
import { createAdaptorServer } from '@hono/node-server'
import { pino } from 'pino'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { QuarantinedTrackSchema, writeTrack } from '../../../proto/index.ts'
import { createTestDatabase } from '../../../testkit/engines.ts'
import { readZips } from '../../../testkit/read-zip.ts'
import type { Sample } from '../../engines/elasticsearch/port.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { recordKinds } from '../../riders/own-data/export/port.ts'
import type { Ride } from '../../riders/rides/port.ts'
import { createApi } from '../app.ts'
import { createApiMetrics } from '../metrics.ts'
import type { ApiStores } from '../port.ts'
import { authenticateByName } from '../testing/callers.ts'
import { createTestStores } from '../testing/stores.ts'

const bikeId = randomUUID()
const [recorder, moduleId] = [randomUUID(), randomUUID()]
const at = (day: number) => Date.UTC(2026, 2, day)
/** The bike is anna's until the 15th of March and ben's from then on. */
const soldMs = at(15)
const stopping = new AbortController()

let sql: Sql
let url: string
/** While a test takes the telemetry away, or waits in it. */
let onRead: () => Promise<void>

beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  await fill()
  const api = createApi({
    authenticate: authenticateByName,
    stores: createTestStores(sql, telemetry),
    ...{ metrics: createApiMetrics(), log: pino({ level: 'silent' }), stopping: stopping.signal },
  })
  const server = createAdaptorServer({ fetch: api.fetch })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/riders/me/export`
  return async () => {
    await new Promise((resolve) => server.close(resolve))
    await database.drop()
  }
})
afterEach(() => {
  onRead = async () => undefined
})

/** A sample a minute from noon of each day on, of the first ten days by the phone and then by the module. */
const samples: readonly Sample[] = Array.from({ length: 28 * 30 }, (_, i) => {
  const timeMs = at(1 + Math.floor(i / 30)) + 12 * 3_600_000 + (i % 30) * 60_000
  const clock =
    timeMs < at(11) ? { rule: 'sent_at', offsetMs: 5_000 + (i % 2) } : { rule: 'monotonic', offsetMs: 0 }
  return {
    ...{ timeMs, kind: 'ride', recorderId: timeMs < at(11) ? recorder : moduleId },
    values: { speed_kmh: 20 + (i % 7), latitude_deg: 47, longitude_deg: 8 },
    provenance: { recordedAtMs: timeMs - clock.offsetMs, receivedAtMs: timeMs + 1_000, ...clock },
  }
})

const ride = (riderId: string, day: number): Ride => {
  const fromMs = at(day) + 12 * 3_600_000
  return {
    ...{ rideId: `${bikeId}-${fromMs.toString(16).padStart(12, '0')}`, bikeId, riderId, fromMs, end: 'rest' },
    ...{ untilMs: fromMs + 29 * 60_000, closesAtMs: fromMs + 40 * 60_000 },
    summary: {
      ...{ movingS: 1_740, standingS: 0, unrecordedS: 0, pauses: 0, stops: 0, gaps: [], energyCoverage: 0 },
      ...{ assistShares: [], clockRules: ['sent_at'], recorderIds: [recorder], recordings: [], samples: 30 },
    },
  }
}
const rides = [ride('ben', 20), ride('anna', 3), ride('anna', 2)]

const telemetry: Partial<ApiStores> = {
  async readSamples({ fromMs, toMs, windows = [], limit, cursor }) {
    await onRead()
    const found = samples.filter(
      ({ timeMs }) =>
        timeMs >= fromMs &&
        timeMs < toMs &&
        windows.some(({ fromMs, toMs = Infinity }) => timeMs >= fromMs && timeMs < toMs),
    )
    const from = Number(cursor ?? 0)
    const page = found.slice(from, from + Math.min(limit, 100))
    return from + 100 < found.length ? { samples: page, next: String(from + 100) } : { samples: page }
  },
  sampleMonthsOf: async () => ['2026-03'],
  rides: {
    ridesOf: async ({ riderId, fromMs = 0, untilMs = Infinity }) =>
      rides.filter((one) => one.riderId === riderId && one.fromMs >= fromMs && one.fromMs < untilMs),
    covering: async () => undefined,
  },
}

/** Something of each kind, for anna before the sale and for ben behind it. */
async function fill(): Promise<void> {
  await sql`insert into bikes (bike_id, produced_at, frame_number) values (${bikeId}, ${new Date(at(1))}, 'F-1')`
  await sql`
    insert into ownerships (bike_id, rider_id, owned) values
      (${bikeId}, 'anna', tstzrange(${new Date(at(1))}, ${new Date(soldMs)})),
      (${bikeId}, 'ben', tstzrange(${new Date(soldMs)}, null))`
  await sql`insert into devices (device_id, bike_id) values (${moduleId}, ${bikeId})`
  await sql`
    insert into bike_settings (bike_id, desired) values (${bikeId}, ${sql.json({ values: { massKg: 95 }, atMs: 1 })})`
  for (const [rider, day] of [
    ['anna', 5],
    ['ben', 20],
  ] as const) {
    const [time, other] = [new Date(at(day)), rider === 'anna' ? 'ben' : 'anna']
    const [upload, phoneTrack, moduleTrack, command] = [1, 2, 3, 4].map(() => randomUUID())
    await sql`insert into rider_references (rider_id) values (${rider})`
    await sql`insert into privacy_zones (rider_id, zones) values (${rider}, ${sql.json([{ radiusM: 200 }])})`
    await sql`insert into consents values (${rider}, 'research', tstzrange(${time}, null))`
    await sql`
      insert into consent_acts (rider_id, purpose, act, at, effective_from, text_version, by)
      values (${rider}, 'research', 'given', ${time}, ${time}, '1', 'rider')`
    await sql`
      insert into ownership_changes (bike_id, at, kind, former_rider, new_rider, author)
      values (${bikeId}, ${time}, 'offer', ${other}, ${rider}, ${`rider:${other}`})`
    await sql`
      insert into ownership_cases (case_id, bike_id, former_rider, new_rider, reason, author, state, opened_at, object_until, closed_at)
      values (${randomUUID()}, ${bikeId}, ${rider}, null, ${`case of ${rider}`}, 'staff:eva', 'dismissed', ${time}, ${time}, ${time})`
    await sql`
      insert into ownership_offers (offer_id, bike_id, rider_id, sha256, made_at, valid_until, ended_at, used_by)
      values (${randomUUID()}, ${bikeId}, ${rider}, sha256(${rider}::bytea), ${time}, ${time}, ${time}, ${other})`
    await sql`insert into notices (rider_id, kind, bike_id, at) values (${rider}, 'case_opened', ${bikeId}, ${time})`
    await sql`
      insert into bike_grants (bike_id, rider_id, grantee, scopes, granted_at, valid_until)
      values (${bikeId}, ${rider}, ${`insurer of ${rider}`}, '{state}', ${time}, ${time})`
    await sql`
      insert into commands (command_id, bike_id, requested_by, idempotency_key, action, payload, created_at, expires_at)
      values (${command as string}, ${bikeId}, ${`rider:${rider}`}, '1', ${sql.json({ kind: 'light' })}, '', ${time}, ${time})`
    await sql`
      insert into command_history (command_id, number, state, at) values (${command as string}, 1, 'queued', ${time})`
    await sql`
      with access as (
        insert into access_log (at, who, operation, reason) values (${time}, 'staff:eva', 'readLatest', ${`asked by ${rider}`})
        returning access_id)
      insert into access_concerns (access_id, rider_id, bike_id) select access_id, ${rider}, ${bikeId}::uuid from access`
    await sql`
      insert into ledger_tracks (track_id, upload_id, track_index, bike_id, sender, received_at, delivery_tracks, accepted) values
        (${phoneTrack as string}, ${upload as string}, 0, ${bikeId}, ${rider}, ${time}, 1, 30),
        (${moduleTrack as string}, ${upload as string}, 0, ${bikeId}, ${`bike:${bikeId}`}, ${time}, 1, 30)`
    await sql`
      insert into ledger_counts (track_id, stage, outcome, samples) values (${phoneTrack as string}, 'search', 'stored', 30)`
    await sql`
      insert into clock_decisions (sender, recorder_id, clock_epoch, rule, offset_ms, decided_by, decided_at)
      values (${rider}, ${recorder}, 1, 'sent_at', 5000, ${phoneTrack as string}, ${time})`
    await sql`
      insert into ride_notes (rider_id, bike_id, at, name, hidden, not_me)
      values (${rider}, ${bikeId}, ${new Date(rides.find((one) => one.riderId === rider)?.fromMs ?? 0)}, ${`=${rider}'s way`}, false, false)`
    await quarantine(phoneTrack as string, { sender: rider, day })
    await quarantine(moduleTrack as string, {
      sender: `bike:${bikeId}`,
      day,
      device: { bikeId: new Uint8Array(16) },
    })
  }
  // Came when the bike was ben's, and was recorded when it was anna's.
  const late = randomUUID()
  await sql`
    insert into ledger_tracks (track_id, upload_id, track_index, bike_id, sender, received_at, delivery_tracks, accepted)
    values (${late}, ${late}, 0, ${bikeId}, ${`bike:${bikeId}`}, ${new Date(at(20))}, 1, 30)`
  await quarantine(late, { sender: `bike:${bikeId}`, day: 5, device: { bikeId: new Uint8Array(16) } })
}

async function quarantine(
  trackId: string,
  { day, ...raw }: { day: number; sender: string; device?: object },
) {
  const track = writeTrack({
    ...{ bikeId, recorderId: recorder, kind: 'ride', clock: { bootId: 1, clockEpoch: 2 } },
    ...{
      timesMs: [at(day), at(day) + 1_000],
      columns: [{ key: 'speed_kmh', values: [190_000, Number.NaN] }],
    },
  })
  const record = toBinary(
    QuarantinedTrackSchema,
    create(QuarantinedTrackSchema, { raw: { ...raw, track } as never }),
  )
  await sql`
    insert into quarantine (track_id, bike_id, stage, reason, samples, ranges, detail, record, source, quarantined_at)
    values (${trackId}, ${bikeId}, 'normalize', 'implausible', 2, '0+2', ${`sent by ${raw.sender}`}, ${Buffer.from(record)},
      ${trackId}, ${new Date(at(raw.sender === 'ben' ? 20 : Math.max(day, 5)))})`
}

const get = (path: string, as: string, signal?: AbortSignal) =>
  fetch(`${url}${path}`, { headers: { authorization: as }, ...(signal && { signal }) })

async function partOf(rider: string, month = '2026-03') {
  const response = await get(`/${month}`, rider)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip'])
  const [files = new Map<string, Buffer>()] = await readZips([new Uint8Array(await response.arrayBuffer())])
  return files
}
const json = (files: ReadonlyMap<string, Buffer>, path: string) => JSON.parse(String(files.get(path)))

test('the months are those in which anything lies, newest first', async () => {
  const now = new Date().toISOString().slice(0, 7)
  const { parts } = (await (await get('', 'anna')).json()) as { parts: { month: string; path: string }[] }
  expect(parts).toEqual([now, '2026-03'].map((month) => ({ month, path: `/v1/riders/me/export/${month}` })))
})

test.each([
  ['anna', 'ben', 2, 14],
  ['ben', 'anna', 1, 14],
] as const)('%s gets what is of that rider, and nothing of %s', async (rider, other, rideCount, days) => {
  const files = await partOf(rider)
  const kinds = recordKinds.filter((kind) => kind !== 'profile')
  expect([...files.keys()].filter((path) => path.endsWith('.json') && !path.includes('/'))).toEqual([
    ...kinds.map((kind) => `${kind}.json`),
    ...['quarantine.json', 'rides.json', 'manifest.json'],
  ])
  for (const kind of kinds.filter((kind) => kind !== 'ownership-changes'))
    expect(json(files, `${kind}.json`), kind).toHaveLength(1)
  expect(json(files, 'ownership-changes.json')).toMatchObject(
    rider === 'anna'
      ? [{ change: 'gained' }, { change: 'lost' }]
      : [{ change: 'lost' }, { change: 'gained' }],
  )
  const names = [...files].filter(([path]) => path.endsWith('.json')).map(([, bytes]) => String(bytes))
  expect(names.filter((text) => text.includes(other))).toEqual([])

  const told = json(files, 'rides.json')
  expect(told).toHaveLength(rideCount)
  expect(told[0]).toMatchObject({ name: `=${rider}'s way`, summary: { movingS: 1_740 } })
  const lines = String(files.get(`telemetry/${bikeId}.csv`))
    .trim()
    .split('\r\n')
  expect(lines).toHaveLength(1 + days * 30)
  const own = (line: string) => Date.parse(line.split(',')[0] ?? '') < soldMs === (rider === 'anna')
  expect(lines.slice(1).every(own)).toBe(true)
  expect(lines.slice(1)).toEqual(lines.slice(1).toSorted())

  // The phone's and the module's; what came late is nobody's: it was not yet or no longer his.
  expect(json(files, 'quarantine.json')).toMatchObject([
    { reason: 'implausible', recorded: { timesMs: [expect.any(Number), expect.any(Number)] } },
    { recorded: { columns: { speed_kmh: [190_000, null] } } },
  ])
})

test('the manifest says how the clocks of each file were corrected', async () => {
  const files = await partOf('anna')
  const { files: listed } = json(files, 'manifest.json')
  const of = (path: string) => listed.find((file: { path: string }) => file.path === path)
  const phone = { recorderId: recorder, rule: 'sent_at', leastOffsetMs: 5_000, greatestOffsetMs: 5_001 }
  expect(of(`telemetry/${bikeId}.csv`).clocks).toEqual([
    phone,
    { recorderId: moduleId, rule: 'monotonic', leastOffsetMs: 0, greatestOffsetMs: 0 },
  ])
  expect(of('consents.json').clocks).toEqual([])
  const gpx = [...files.keys()].filter((path) => path.endsWith('.gpx'))
  expect(gpx.map((path) => of(path).clocks)).toEqual([[phone], [phone]])
  expect(
    [...files.keys()].filter((path) => path.startsWith('rides/')).map((path) => path.split('.')[1]),
  ).toEqual(['gpx', 'fit', 'csv', 'json', 'gpx', 'fit', 'csv', 'json'])
})

test('what holds now is in the part of this month, with the zones and without their secret', async () => {
  const files = await partOf('anna', new Date().toISOString().slice(0, 7))
  expect(json(files, 'profile.json')).toEqual([
    {
      reference: expect.stringMatching(/^[0-9a-f-]{36}$/),
      privacyZones: [{ radiusM: 200 }],
      consents: [{ purpose: 'research', from: '2026-03-05T00:00:00.000Z', until: null }],
      settings: null,
    },
  ])
  const [ofBuyer] = json(await partOf('ben', new Date().toISOString().slice(0, 7)), 'profile.json')
  expect(ofBuyer.settings).toEqual([{ bikeId, desired: { values: { massKg: 95 }, atMs: 1 }, reported: null }])
})

test('a month without anything has a manifest, and no month is no address', async () => {
  expect([...(await partOf('anna', '1999-01')).keys()]).toEqual(['manifest.json'])
  expect((await get('/2026-13', 'anna')).status).toBe(400)
})

test('a store that fails breaks the transfer off, so that nobody takes the part for whole', async () => {
  let reads = 0
  onRead = async () => {
    if (++reads > 4) throw new Error('away')
  }
  const response = await get('/2026-03', 'anna')
  expect(response.status).toBe(200)
  await expect(response.arrayBuffer()).rejects.toThrow()
  onRead = async () => undefined
  await expect.poll(async () => (await partOf('anna')).has('manifest.json')).toBe(true)
})

test('one part at a time: a second one waits for the first one, or for its reader to leave', async () => {
  let go = () => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  onRead = () => gate
  const leaving = new AbortController()
  const first = await get('/2026-03', 'anna', leaving.signal)
  expect(first.status).toBe(200)
  const second = await get('/2026-03', 'anna')
  expect([second.status, second.headers.get('retry-after')]).toEqual([429, '30'])
  expect(await second.json()).toMatchObject({ reason: 'too_many_exports', temporary: true })
  const head = await fetch(`${url}/2026-03`, { method: 'HEAD', headers: { authorization: 'anna' } })
  expect(head.status).toBe(200)

  leaving.abort()
  go()
  await expect
    .poll(async () => {
      const { status, body } = await get('/1999-01', 'anna')
      await body?.cancel()
      return status
    })
    .toBe(200)
})

test('when the process ends, so does a transfer', async () => {
  let go = () => {}
  onRead = () =>
    new Promise((resolve) => {
      go = resolve
    })
  const response = await get('/2026-03', 'ben')
  const read = response.arrayBuffer()
  stopping.abort()
  await expect(read).rejects.toThrow()
  go()
})
