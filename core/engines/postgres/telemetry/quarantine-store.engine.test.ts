import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import type { QuarantineEntry, QuarantineStore } from '../../../telemetry/quarantine/port.ts'
import { waitsForBike } from '../../../telemetry/quarantine/waiting.ts'
import type { Sql } from '../client/connect.ts'
import { createKnownBikes } from '../fleet/known-bikes.ts'
import { createQuarantineStore } from './quarantine-store.ts'

let store: QuarantineStore
let sql: Sql
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  store = createQuarantineStore(sql)
  return database.drop
})

test('entries are listed without their records, and weighed before they are read', async () => {
  const entry = {
    trackId: null,
    uploadId: null,
    bikeId: null,
    stage: 'normalize',
    reason: 'undecodable',
    samples: 3,
    ranges: '0+3',
    detail: 'no track',
    record: Buffer.alloc(100_000, 1),
    source: 'test',
    quarantinedAtMs: 1_700_000_000_000,
    receivedAtMs: null,
    bikeVersion: 0,
  }
  await store.add([entry])
  const [listed] = await store.list({}, 10)
  const { record, source: _, ...facts } = entry
  expect(listed).toEqual({ ...facts, id: expect.any(String), replayedAtMs: null })
  const id = listed?.id as string
  expect(await store.pending({}, 10)).toEqual([{ id, bytes: record.length }])
  expect(await store.find(id)).toEqual({ ...listed, record })
})

const bikeId = randomUUID()
const waits = {
  trackId: null,
  uploadId: null,
  bikeId,
  stage: 'normalize',
  reason: 'bike_foreign',
  samples: 3,
  ranges: '0+3',
  detail: '',
  record: Buffer.from('record'),
  source: '',
  quarantinedAtMs: 1_700_000_000_000,
  receivedAtMs: 1_600_000_000_000,
  bikeVersion: 4,
}

const learn = (version: bigint, judgedBy = 'an owner', of = bikeId) =>
  createKnownBikes(sql).learn([{ bikeId: of, version, entity: Buffer.from(''), judgedBy }])

test.each<[string, Partial<QuarantineEntry>, boolean]>([
  ['judged by an older version waits for news of the bike', {}, true],
  ['of a bike that was not known waits for it', { reason: 'bike_unregistered', bikeVersion: 0 }, true],
  ['judged by this version does not wait', { bikeVersion: 5 }, false],
  ['of another bike is left alone', { bikeId: randomUUID() }, false],
  ['that no news of a bike mends does not wait for it', { reason: 'event_in_future' }, false],
  [
    'of a stage that does not know bikes does not wait for them',
    { stage: 'devices', reason: 'device_mismatch' },
    false,
  ],
])('an entry %s', async (_, entry, isWaiting) => {
  await learn(5n)
  await store.add([{ ...waits, ...entry, source: randomUUID() }])
  const waiting = await store.waiting({ ...waitsForBike, bikeIds: [bikeId] }, 10)
  expect(waiting.length).toBe(isWaiting ? 1 : 0)
  await store.replay(
    waiting.map(({ id }) => id),
    async () => undefined,
  )
  expect(await store.waiting({ ...waitsForBike, bikeIds: [bikeId] }, 10)).toEqual([])
})

test('what waits is replayed in the order of receipt', async () => {
  const times = [5, 3, 9, 1].map((n) => waits.receivedAtMs + n)
  await learn(5n)
  await store.add(times.map((receivedAtMs) => ({ ...waits, receivedAtMs, source: randomUUID() })))
  const ids = (await store.waiting({ ...waitsForBike, bikeIds: [bikeId] }, 10)).map(({ id }) => id)
  const sent: (number | null)[] = []
  await store.replay(ids.toReversed(), async (entries) => {
    sent.push(...entries.map(({ receivedAtMs }) => receivedAtMs))
  })
  expect(sent).toEqual(times.toSorted((a, b) => a - b))
})

test('news by which no telemetry is judged wakes nothing, and a track that is judged again and again has one entry', async () => {
  const [trackId, mine] = [randomUUID(), randomUUID()]
  const entry = { ...waits, trackId, bikeId: mine }
  const woken = async () => {
    const ids = (await store.waiting({ ...waitsForBike, bikeIds: [mine] }, 10)).map(({ id }) => id)
    await store.replay(ids, async () => undefined)
    return ids.length
  }
  await learn(100n, 'an owner', mine)
  await store.add([{ ...entry, bikeVersion: 100, source: 'a' }])
  for (let version = 101; version < 111; version++) {
    await learn(BigInt(version), 'an owner', mine)
    expect(await woken()).toBe(0)
  }
  for (let version = 111; version < 116; version++) {
    await learn(BigInt(version), `owner ${version}`, mine)
    expect(await woken()).toBe(1)
    const again = { ...entry, bikeVersion: version, source: `a${version}` }
    expect(await store.add([again])).toBe(1)
    expect(await store.add([again])).toBe(0)
  }
  const rows = await sql`select source, replayed_at from quarantine where track_id = ${trackId}`
  expect(rows).toEqual([{ source: 'a115', replayed_at: null }])
})

test('what waits of a bike is summed up, a small track for at least so many', async () => {
  const mine = randomUUID()
  const entries = [3, 500].map((samples, n) => ({
    ...waits,
    bikeId: mine,
    samples,
    source: `sum ${mine} ${n}`,
  }))
  await store.add(entries)
  expect(await store.pendingSamples([mine, randomUUID()], 10)).toEqual(new Map([[mine, 510]]))
})

test('a parked track is due again after as long as it has been here, two seconds at least and five minutes at most', async () => {
  const nowMs = Date.now()
  const parked = (secondsHere: number, parkedForSeconds: number): QuarantineEntry => ({
    ...{
      ...waits,
      trackId: randomUUID(),
      stage: 'search',
      reason: 'partition_pending',
      source: randomUUID(),
    },
    quarantinedAtMs: nowMs - parkedForSeconds * 1_000,
    receivedAtMs: nowMs - (secondsHere + parkedForSeconds) * 1_000,
  })
  const due = [parked(0, 60), parked(30, 60), parked(86_400, 600)]
  await store.add([...due, parked(3_600, 60), parked(100, 10)])
  const found = await Promise.all((await store.parked(10)).map(({ id }) => store.find(id)))
  expect(found.map((entry) => entry?.trackId).sort()).toEqual(due.map(({ trackId }) => trackId).sort())
  expect(await store.parked(1)).toHaveLength(1)
  await store.replay(
    found.flatMap((entry) => entry?.id ?? []),
    async () => undefined,
  )
  expect(await store.parked(10)).toEqual([])
})
