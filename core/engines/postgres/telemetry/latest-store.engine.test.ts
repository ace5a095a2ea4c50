import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import { collapse, type GroupState } from '../../../telemetry/latest/latest-state.ts'
import type { Sql } from '../client/connect.ts'
import { createLatestStore, latestOf } from './latest-store.ts'

let sql: Sql
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  return database.drop
})

// Few distinct values, so that ties of every depth come up.
const ids = ['0a', '9f', 'a0', 'ff'].map((byte) => `${byte}000000-0000-4000-8000-000000000000`)
const few = fc.integer({ min: 0, max: 3 })
const state = fc.tuple(few, few, few, few).map(
  ([event, recorder, received, track]): Omit<GroupState, 'bikeId'> => ({
    group: 'ride',
    eventAtMs: Date.UTC(2026, 0, 1) + event,
    recorderId: ids[recorder] as string,
    receivedAtMs: Date.UTC(2026, 5, 1) + received,
    trackId: ids[track] as string,
    values: { speed_kmh: event + recorder / 10 + received / 100 + track / 1000 },
  }),
)

test('the database prefers the same state as the pure rule, whatever arrives in between', async () => {
  const store = createLatestStore(sql)
  await fc.assert(
    fc.asyncProperty(fc.array(state, { minLength: 1, maxLength: 12 }), async (states) => {
      const bikeId = randomUUID()
      const given = states.map((one) => ({ ...one, bikeId }))
      for (const one of given) await store.merge([one])
      const { group, eventAtMs, receivedAtMs, values } = collapse(given)[0] as GroupState
      expect(await latestOf(sql, bikeId)).toEqual([{ group, eventAtMs, receivedAtMs, values }])
    }),
    { numRuns: 50 },
  )
})

test('writers of the same bikes at once neither deadlock nor lose the newest state', async () => {
  const store = createLatestStore(sql)
  const bikeIds = Array.from({ length: 50 }, () => randomUUID())
  const recorderId = randomUUID()
  const batch = (n: number) =>
    collapse(
      bikeIds.map((bikeId) => ({
        ...{ bikeId, recorderId, group: 'ride' as const, trackId: recorderId },
        ...{ eventAtMs: n, receivedAtMs: 1_000, values: { odometer_m: n } },
      })),
    )
  await Promise.all(Array.from({ length: 40 }, (_, n) => store.merge(batch((n * 7) % 40))))
  for (const bikeId of bikeIds) expect(await latestOf(sql, bikeId)).toMatchObject([{ eventAtMs: 39 }])
})
