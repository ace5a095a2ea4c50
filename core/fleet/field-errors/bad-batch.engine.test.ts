// A fleet as plants made it and riders rode it, through intake and the analysis on the real database: a bad batch is found.

import { beforeAll, expect, test } from 'vitest'
import {
  type FieldRecord,
  makeBikes,
  rideInTheField,
  type Statement,
  sayAbout,
  sayCatalogue,
  statementRecord,
} from '../../../simulator/manufacturing/index.ts'
import { storedRecord } from '../../../testkit/clean-records.ts'
import { createTestDatabase } from '../../../testkit/engines.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createCohortReader } from '../../engines/postgres/fleet/field-error-reader.ts'
import { createFieldStore } from '../../engines/postgres/fleet/field-error-store.ts'
import { createFleetStore } from '../../engines/postgres/fleet/store.ts'
import { readStoredRecord } from '../../telemetry/contracts/clean-samples.ts'
import { takeIn } from '../judging/decide.ts'
import { rules } from '../judging/rules/index.ts'
import { receive } from '../statements/records.ts'
import { readFieldErrors } from './field-errors.ts'
import { observe } from './observations.ts'

const seed = 17
const startMs = Date.UTC(2025, 0, 6)
const bikes = makeBikes({ bikes: 300, seed, startMs, days: 30, batchSize: 50 })
const question = { type: 'battery', from: '2025-01-01', until: '2026-01-01' } as const

let sql: Sql
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  await tell([...sayCatalogue({ seed, atMs: startMs }), ...sayAbout(bikes, { seed })])
  return database.drop
})

async function tell(statements: readonly Statement[]): Promise<void> {
  const store = createFleetStore(sql)
  const all = statements.map((statement, n) => {
    const { key, value } = statementRecord(statement)
    const place = { topic: 'manufacturing.events', partition: 0, offset: BigInt(n), timestampMs: startMs }
    const record = { ...place, key: Buffer.from(key), value: Buffer.from(value) }
    return { ...receive(record), speaker: { provenance: 'legacy' } as const }
  })
  for (let at = 0; at < all.length; at += 500) {
    await takeIn(all.slice(at, at + 500), { store, rules })
  }
  expect(await store.held()).toMatchObject({ statements: 0 })
}

async function rideAll(field: readonly FieldRecord[]): Promise<void> {
  await sql`truncate consents, fault_events, bike_days`
  const riders = field.map(({ bike }) => bike.riderId)
  await sql`
    insert into consents (rider_id, purpose, granted)
    select rider_id, 'research', tstzrange(${new Date(startMs).toISOString()}::timestamptz, null)
    from unnest(${riders}::text[]) as given (rider_id)`
  const records = field.flatMap(({ bike, tracks }) =>
    tracks.map((track) => readStoredRecord(storedRecord({ track, riderId: bike.riderId }).value)),
  )
  await createFieldStore(sql).note(observe(records))
}

async function outliers(by: 'batch' | 'plant' | 'week') {
  const errors = await readFieldErrors(createCohortReader(sql), { ...question, by })
  const { groups = [] } = errors ?? {}
  expect(groups.length).toBeGreaterThan(1)
  return groups.flatMap(({ group, outlier }) => (outlier ? [group] : []))
}

test('a batch of batteries that fails eight times as often as the others is found, and no other', async () => {
  await rideAll(rideInTheField(bikes, { seed, bad: { batch: 'B-0003', times: 8 } }))
  expect(await outliers('batch')).toEqual(['B-0003'])
})

test('where no batch is bad, none is flagged, by batch, plant or week', async () => {
  await rideAll(rideInTheField(bikes, { seed }))
  for (const by of ['batch', 'plant', 'week'] as const) expect(await outliers(by)).toEqual([])
})
