import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/engines.ts'
import type { QuarantineStore } from '../quarantine/port.ts'
import { createQuarantineStore } from './quarantine-store.ts'

let store: QuarantineStore
beforeAll(async () => {
  const database = await createTestDatabase()
  store = createQuarantineStore(database.sql)
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
  }
  await store.add([entry])
  const [listed] = await store.list({}, 10)
  const { record, source: _, ...facts } = entry
  expect(listed).toEqual({ ...facts, id: expect.any(String), replayedAtMs: null })
  const id = listed?.id as string
  expect(await store.pending({}, 10)).toEqual([{ id, bytes: record.length }])
  expect(await store.find(id)).toEqual({ ...listed, record })
})
