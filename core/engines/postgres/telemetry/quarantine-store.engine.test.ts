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
  await createKnownBikes(sql).learn([{ bikeId, version: 5n, entity: Buffer.from('') }])
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
  await createKnownBikes(sql).learn([{ bikeId, version: 5n, entity: Buffer.from('') }])
  await store.add(times.map((receivedAtMs) => ({ ...waits, receivedAtMs, source: randomUUID() })))
  const ids = (await store.waiting({ ...waitsForBike, bikeIds: [bikeId] }, 10)).map(({ id }) => id)
  const sent: (number | null)[] = []
  await store.replay(ids.toReversed(), async (entries) => {
    sent.push(...entries.map(({ receivedAtMs }) => receivedAtMs))
  })
  expect(sent).toEqual(times.toSorted((a, b) => a - b))
})
