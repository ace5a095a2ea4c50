import { randomUUID } from 'node:crypto'
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase, testEngines, uniqueNamespace } from '../../testkit/engines.ts'
import {
  createTelemetryReader,
  createTelemetryWriter,
  dropTelemetry,
  provisionElasticsearch,
} from '../engines/elasticsearch/index.ts'
import type { Sql } from '../engines/postgres/client/connect.ts'
import { createLatestStore } from '../engines/postgres/telemetry/latest-store.ts'
import { createLedgerStore } from '../engines/postgres/telemetry/ledger-store.ts'
import { registerBikes } from '../fleet/registry/stores.ts'
import type { Stage } from '../telemetry/contracts/outcomes.ts'
import { cutChunks } from '../telemetry/search/chunks.ts'
import { createNewPartitions } from '../telemetry/search/partitions.ts'
import { openTrack } from '../telemetry/search/planned-track.ts'
import { storeChunk } from '../telemetry/search/store-chunk.ts'
import { cleanTrack } from '../telemetry/search/testing/fixtures.ts'
import { withMonths } from '../telemetry/search/testing/months.ts'
import { createApi } from './app.ts'
import { createAuthenticate } from './authenticate.ts'
import { createApiMetrics } from './metrics.ts'
import { createTestStores } from './testing/stores.ts'

const issuer = 'https://issuer.test'
const audience = 'mobility'
const log = pino({ level: 'silent' })
const elasticsearch = { ...testEngines().elasticsearch, namespace: uniqueNamespace(), log }
const { privateKey, publicKey } = await generateKeyPair('ES256')
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] })

let database: TestDatabase
let sql: Sql
let telemetry: ReturnType<typeof createTelemetryReader>
let api: ReturnType<typeof createApi>

beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
  await provisionElasticsearch(elasticsearch)
  telemetry = createTelemetryReader(elasticsearch)
  api = createApi({
    authenticate: createAuthenticate({ issuer, audience, keys, maxLifetimeS: 86_400 }),
    stores: createTestStores(sql, {
      readSamples: telemetry.readSamples,
    }),
    metrics: createApiMetrics(),
    log,
    stopping: new AbortController().signal,
  })
  await prepareRides()
})
afterAll(async () => {
  await telemetry.close()
  await dropTelemetry(elasticsearch)
  await database.drop()
})

// Anna sold her bike to Ben at noon; it recorded five seconds around it.
const bikeId = randomUUID()
const recorderId = randomUUID()
const noonMs = Date.UTC(2026, 0, 15, 12)
const timesMs = [-2, -1, 0, 1, 2].map((second) => noonMs + second * 1_000)

async function prepareRides(): Promise<void> {
  const producedAt = new Date('2025-01-01')
  await registerBikes(sql, [{ bikeId, riderId: 'anna', producedAt }])
  await registerBikes(sql, [{ bikeId, riderId: 'ben', producedAt, ownedFrom: new Date(noonMs) }])
  const columns = [{ key: 'speed_kmh' as const, values: [10_000, 11_000, 12_000, 13_000, 14_500] }]
  const open = openTrack(cleanTrack({ bikeId, recorderId, timesMs, columns, receivedAtMs: noonMs + 60_000 }))
  const store = withMonths(createTelemetryWriter(elasticsearch))
  const deps = {
    store,
    openSiblings: new Set<string>(),
    newPartitions: createNewPartitions(),
    onDelay: () => undefined,
  }
  for await (const chunk of cutChunks([open], { samples: 50, bytes: 1e6 })) {
    await storeChunk(deps, chunk, new AbortController().signal)
  }
  await store.close()
  const credentials = Buffer.from(`${elasticsearch.username}:${elasticsearch.password}`).toString('base64')
  await fetch(`${elasticsearch.url}/_refresh`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
  })
  const reading = { bikeId, recorderId, receivedAtMs: noonMs + 60_000, trackId: randomUUID() }
  await createLatestStore(sql).merge([
    { ...reading, group: 'battery', eventAtMs: noonMs - 2_000, values: { state_of_charge_pct: 80 } },
    { ...reading, group: 'ride', eventAtMs: noonMs + 2_000, values: { speed_kmh: 14.5 } },
  ])
}

interface Token {
  readonly subject?: string
  readonly audience?: string
  readonly expires?: string
}

const token = (options: Token) =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(issuer)
    .setAudience(options.audience ?? audience)
    .setSubject(options.subject ?? 'ben')
    .setExpirationTime(options.expires ?? '5m')
    .sign(privateKey)

async function get(path: string, rider?: string) {
  const headers = rider === undefined ? {} : { authorization: `Bearer ${await token({ subject: rider })}` }
  const response = await api.request(path, { headers })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

test('the owner sees the latest state, and only what was measured while the bike was his', async () => {
  const { status, body, headers } = await get(`/v1/bikes/${bikeId}/latest`, 'ben')
  expect(status).toBe(200)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body).toEqual({
    bikeId,
    presence: null,
    groups: {
      ride: {
        eventAt: '2026-01-15T12:00:02.000Z',
        receivedAt: '2026-01-15T12:01:00.000Z',
        values: { speed_kmh: 14.5 },
      },
    },
  })
})

test.each([
  ['anna', [11, 10]],
  ['ben', [14.5, 13, 12]],
])('%s sees the telemetry of her or his time as owner', async (rider, speeds) => {
  const { status, body } = await get(`/v1/bikes/${bikeId.toUpperCase()}/telemetry?kind=ride`, rider)
  expect(status).toBe(200)
  expect(body.samples.map(({ speed_kmh }: { speed_kmh: number }) => speed_kmh)).toEqual(speeds)
  expect(body.next).toBeNull()
})

test('telemetry comes page by page, with its provenance, inside the times asked for', async () => {
  const path = `/v1/bikes/${bikeId}/telemetry?from=2026-01-15T12:00:01Z&to=${noonMs + 3_000}&limit=1`
  const first = await get(path, 'ben')
  expect(first.body.samples).toEqual([
    {
      time: '2026-01-15T12:00:02.000Z',
      kind: 'ride',
      recorderId,
      speed_kmh: 14.5,
      provenance: {
        recordedAt: '2026-01-15T12:00:02.000Z',
        receivedAt: '2026-01-15T12:01:00.000Z',
        rule: 'none',
        offsetMs: 0,
      },
    },
  ])
  const second = await get(`${path}&cursor=${first.body.next}`, 'ben')
  expect(second.body).toMatchObject({ samples: [{ speed_kmh: 13 }], next: null })
})

test('the sender sees what became of an upload', async () => {
  const uploadId = randomUUID()
  const book = (stage: Stage, counts: { outcome: string; reason: string; samples: number }[]) => ({
    ...{ trackId: recorderId, uploadId, trackIndex: 0, sender: 'anna', bikeId, receivedAtMs: noonMs },
    ...{ acceptedSamples: 5, deliveryTracks: 1, stage, counts },
  })
  const ledger = createLedgerStore(sql)
  const normalized = book('normalize', [
    { outcome: 'clean', reason: '', samples: 4 },
    { outcome: 'quarantined', reason: 'event_in_future', samples: 1 },
  ])
  const merged = book('latest', [{ outcome: 'merged', reason: '', samples: 4 }])
  await ledger.book([normalized, merged], [normalized], [])
  expect((await get(`/v1/uploads/${uploadId}`, 'anna')).body).toMatchObject({ settled: false })
  await ledger.book(
    [
      book('search', [{ outcome: 'stored', reason: '', samples: 4 }]),
      book('analytics', [{ outcome: 'withheld', reason: 'consent_absent', samples: 4 }]),
    ],
    [],
    [],
  )
  const { body } = await get(`/v1/uploads/${uploadId}`, 'anna')
  expect(body).toMatchObject({
    uploadId,
    settled: true,
    searchableBy: expect.stringMatching(/^\d{4}-.*Z$/),
    totals: { accepted: 5, search: { stored: 4, duplicate: 0, quarantined: 0 } },
    tracks: [
      {
        index: 0,
        bikeId,
        accepted: 5,
        settled: true,
        normalize: { clean: 4, quarantined: 1, reasons: { event_in_future: 1 } },
        analytics: { delivered: 0, withheld: 4, reasons: { consent_absent: 4 } },
      },
    ],
  })
  expect((await get(`/v1/uploads/${uploadId}`, 'ben')).status).toBe(404)
})

test('an upload that was sent 60 times is answered in pages, each of whole deliveries', async () => {
  const uploadId = randomUUID()
  const tracks = Array.from({ length: 120 }, (_, n) => ({
    ...{ trackId: randomUUID(), uploadId, trackIndex: n % 2, sender: 'anna', bikeId, acceptedSamples: 5 },
    ...{ receivedAtMs: noonMs + Math.floor(n / 2), deliveryTracks: 2, stage: 'normalize' as const },
    counts: [{ outcome: 'repeated', reason: '', samples: 5 }],
  }))
  await createLedgerStore(sql).book(tracks, tracks, [])
  const pages: { tracks: { receivedAt: string; index: number }[]; totals: { accepted: number } }[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = cursor === '' ? '' : `?cursor=${cursor}`
    const { body } = await get(`/v1/uploads/${uploadId}${query}`, 'anna')
    pages.push(body)
    cursor = body.next
  }
  expect(pages.map((page) => page.tracks.length)).toEqual(Array(15).fill(8))
  expect(pages.map(({ totals }) => totals.accepted)).toEqual(Array(15).fill(40))
  const seen = pages.flatMap((page) => page.tracks.map(({ receivedAt, index }) => `${receivedAt} ${index}`))
  expect(new Set(seen).size).toBe(120)
  expect(seen).toEqual([...seen].sort())
  expect((await get(`/v1/uploads/${uploadId}?deliveries=5`, 'anna')).status).toBe(400)
  expect((await get(`/v1/uploads/${uploadId}?cursor=bm9uZQ`, 'anna')).status).toBe(400)
})

const temporary = ['token_missing', 'upload_unknown']
test.each([
  ['the latest state of a bike sold', `/v1/bikes/${bikeId}/latest`, 'anna', 404, 'not_found'],
  ['a foreign bike', `/v1/bikes/${bikeId}/telemetry`, 'mallory', 404, 'not_found'],
  ['a bike that is none', `/v1/bikes/${randomUUID()}/latest`, 'ben', 404, 'not_found'],
  ['an unknown upload', `/v1/uploads/${randomUUID()}`, 'ben', 404, 'upload_unknown'],
  ['an unknown resource', '/v1/bikes', 'ben', 404, 'not_found'],
  ['an id that is none', '/v1/bikes/b1/latest', 'ben', 400, 'request_invalid'],
  ['a time that is none', `/v1/bikes/${bikeId}/telemetry?from=noon`, 'ben', 400, 'request_invalid'],
  ['times in the wrong order', `/v1/bikes/${bikeId}/telemetry?from=2&to=1`, 'ben', 400, 'request_invalid'],
  ['a limit too high', `/v1/bikes/${bikeId}/telemetry?limit=5001`, 'ben', 400, 'request_invalid'],
  ['an unknown parameter', `/v1/bikes/${bikeId}/telemetry?frm=1`, 'ben', 400, 'request_invalid'],
  ['an unknown kind', `/v1/bikes/${bikeId}/telemetry?kind=x`, 'ben', 400, 'request_invalid'],
  ['a cursor that is none', `/v1/bikes/${bikeId}/telemetry?cursor=x`, 'ben', 400, 'request_invalid'],
  ['no token', `/v1/bikes/${bikeId}/latest`, undefined, 401, 'token_missing'],
])('%s is refused with a problem document', async (_, path, rider, status, reason) => {
  const answer = await get(path, rider)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.body).toMatchObject({ status, reason, temporary: temporary.includes(reason) })
  expect(answer.status).toBe(status)
})

test('a method that a resource does not take is answered with those it does', async () => {
  const headers = { authorization: `Bearer ${await token({ subject: 'ben' })}` }
  const response = await api.request(`/v1/bikes/${bikeId}/commands`, { method: 'DELETE', headers })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
})

test.each([
  ['of another audience', { audience: 'others' }],
  ['that has expired', { expires: '1 minute ago' }],
])('a token %s does not pass', async (_, options) => {
  const headers = { authorization: `Bearer ${await token(options)}` }
  const response = await api.request(`/v1/bikes/${bikeId}/latest`, { headers })
  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({ reason: 'token_invalid' })
})

test('the contract needs no token, and has all routes', async () => {
  const contract = await (await api.request('/openapi.json')).json()
  expect(contract).toMatchObject({ openapi: '3.1.0' })
  const served = api.routes.filter(({ path }) => path.startsWith('/v1/') && !path.endsWith('*'))
  const inContract = Object.entries(contract.paths).flatMap(([path, methods]) =>
    Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(
    new Set(served.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)),
  ).toEqual(new Set(inContract))
})

test.each(['/metrics', '/healthz', '/readyz', '/readyz/api', '/v1/../metrics', '/v1/%2e%2e/metrics'])(
  'nothing of operators is served to the public: %s',
  async (path) => {
    for (const as of [undefined, 'ben']) expect((await get(path, as)).status).toBeGreaterThanOrEqual(401)
  },
)
