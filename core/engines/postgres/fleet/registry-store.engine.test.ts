import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import { registerBikes } from '../../../fleet/registry/stores.ts'
import type { Sql } from '../client/connect.ts'
import { listBikes, ownershipsOf } from './registry-store.ts'

let sql: Sql
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  return database.drop
})

const producedAt = new Date('2024-01-01T00:00:00Z')

test('a bike belongs to its rider since its production, however often it is registered', async () => {
  const bike = { bikeId: randomUUID(), riderId: 'anna', producedAt }
  await registerBikes(sql, [bike])
  await registerBikes(sql, [bike])
  expect(await ownershipsOf(sql, bike.bikeId, 'anna')).toEqual([
    { fromMs: producedAt.getTime(), untilMs: Number.POSITIVE_INFINITY, now: true },
  ])
})

test('a sale ends the ownership before it', async () => {
  const bikeId = randomUUID()
  const sold = new Date('2025-06-01T00:00:00Z')
  await registerBikes(sql, [{ bikeId, riderId: 'anna', producedAt }])
  await registerBikes(sql, [{ bikeId, riderId: 'ben', producedAt, ownedFrom: sold }])
  expect(await ownershipsOf(sql, bikeId, 'anna')).toEqual([
    { fromMs: producedAt.getTime(), untilMs: sold.getTime(), now: false },
  ])
  expect(await ownershipsOf(sql, bikeId, 'ben')).toMatchObject([{ fromMs: sold.getTime(), now: true }])
})

test('two owners at once are refused, and nothing of the batch is kept', async () => {
  const bikeId = randomUUID()
  const other = randomUUID()
  await registerBikes(sql, [{ bikeId, riderId: 'anna', producedAt }])
  const clash = registerBikes(sql, [
    { bikeId, riderId: 'ben', producedAt },
    { bikeId: other, riderId: 'ben', producedAt },
  ])
  await expect(clash).rejects.toThrow('exclusion constraint')
  expect(await ownershipsOf(sql, other, 'ben')).toEqual([])
})

test('the list goes through all pages', async () => {
  const bikes = Array.from({ length: 2_100 }, () => ({ bikeId: randomUUID(), riderId: 'fleet', producedAt }))
  await registerBikes(sql, bikes)
  const listed = new Set<string>()
  for await (const { bikeId, isOwned } of listBikes(sql)) if (isOwned) listed.add(bikeId)
  expect(bikes.filter(({ bikeId }) => !listed.has(bikeId))).toEqual([])
})

test('an ownership without a known start reaches back for ever', async () => {
  const bikeId = randomUUID()
  await sql`insert into bikes (bike_id, produced_at) values (${bikeId}, ${producedAt})`
  await sql`insert into ownerships (bike_id, rider_id, owned) values (${bikeId}, 'anna', '(,)')`
  expect(await ownershipsOf(sql, bikeId, 'anna')).toEqual([
    { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY, now: true },
  ])
})
