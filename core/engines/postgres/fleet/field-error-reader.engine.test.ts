import { randomUUID } from 'node:crypto'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../testkit/engines.ts'
import { cohortRules, cohortsOf } from '../../../fleet/field-errors/cohorts.ts'
import type { Grouping } from '../../../fleet/field-errors/port.ts'
import { addBike, consent, defineBatteries, note } from '../../../fleet/field-errors/testing/fleet.ts'
import { consentedThroughout, consentsNow } from '../../../riders/consent/rules.ts'
import type { Sql } from '../client/connect.ts'
import { createConsentReader } from '../riders/consent-store.ts'
import { createCohortReader } from './field-error-reader.ts'
import { createFieldStore } from './field-error-store.ts'

const year = { from: '2026-01-01', until: '2027-01-01' }
const always = ['2025-01-01', null] as const
let database: TestDatabase
let sql: Sql
let saidBy: string

beforeAll(async () => {
  database = await createTestDatabase()
  sql = database.sql
  saidBy = await defineBatteries(sql)
  return database.drop
})
afterEach(async () => {
  await sql`truncate fault_events, bike_days, consents, installations, components, bikes cascade`
})

async function ask(by: Grouping = 'batch', more = {}) {
  const question = { type: 'battery', by, ...year, ...more }
  const groups = await createCohortReader(sql).cohorts(question, cohortRules)
  return groups && cohortsOf(groups)
}

interface Bikes {
  readonly count: number
  readonly batch: string
  readonly granted?: readonly [string, string | null]
}

/** Bikes of one batch, each with a rider of its own who consents. */
async function addBikes({ count, batch, granted = always }: Bikes) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const riderId = randomUUID()
      const bike = await addBike(sql, { batch, saidBy })
      await consent(sql, riderId, granted)
      return { ...bike, riderId }
    }),
  )
}
type Bike = Awaited<ReturnType<typeof addBikes>>[number]

const rideAll = (bikes: readonly Bike[], more: { day?: string; km?: number; faults?: number[] } = {}) =>
  note(
    sql,
    bikes.map(({ bikeId, riderId }) => ({ bikeId, riderId, day: '2026-05-01', km: 10, ...more })),
  )

test('a group has the bikes, the way, and the faults of its components', async () => {
  const bikes = await addBikes({ count: 6, batch: 'B1' })
  await rideAll(bikes)
  await rideAll(bikes.slice(0, 2), { day: '2026-05-02', km: 20, faults: [1_001, 1_002] })
  await rideAll(bikes.slice(0, 2), { day: '2026-05-03', km: 40 })
  expect(await ask()).toEqual([{ group: 'B1', bikes: 6, km: 180, kmAtRisk: 100, affected: 2, faults: 4 }])
})

test('what was noted again changes nothing', async () => {
  const bikes = await addBikes({ count: 5, batch: 'B1' })
  for (let round = 0; round < 3; round++) await rideAll(bikes, { faults: [1_001] })
  expect(await ask()).toMatchObject([{ km: 50, faults: 5 }])
})

test('a fault counts when it appears, whoever tells of it and however often', async () => {
  const bikes = await addBikes({ count: 5, batch: 'B1' })
  await rideAll(bikes)
  const [{ bikeId, riderId }] = bikes as [Bike]
  const [module, phone] = [randomUUID(), randomUUID()]
  const told = (recorderId: string, at: string, active = true) => ({
    ...{ bikeId, riderId, recorderId, code: 1_001, severity: 3, active, atMs: Date.parse(at) },
  })
  const faults = [
    // From before the days that are asked for, told again and by another recorder.
    told(module, '2025-12-31T23:50:00Z'),
    told(module, '2026-01-01T00:10:00Z'),
    told(phone, '2026-01-01T00:10:02Z'),
    told(module, '2026-01-01T01:00:00Z', false),
    // It appears again, is told each hour, and its end by nobody.
    told(phone, '2026-01-01T02:00:00Z'),
    told(module, '2026-01-01T03:00:00Z'),
    // Half a day later it is another one.
    told(module, '2026-01-01T15:00:00Z'),
  ]
  await createFieldStore(sql).note({ faults, days: [] })
  expect(await ask()).toMatchObject([{ affected: 1, faults: 2 }])
})

test('faults of other components and other days are not counted', async () => {
  const bikes = await addBikes({ count: 5, batch: 'B1' })
  await rideAll(bikes, { faults: [999, 2_000] })
  await rideAll(bikes, { day: '2025-12-31', faults: [1_001] })
  await rideAll(bikes, { day: '2027-01-01', faults: [1_001] })
  expect(await ask()).toMatchObject([{ km: 50, affected: 0, faults: 0 }])
})

test.each<[Grouping, string]>([
  ['week', '2025-W10'],
  ['plant', 'North'],
  ['batch', 'B1'],
  ['hardware', 'H1'],
  ['firmware', '1.0'],
])('grouped by %s', async (by, group) => {
  await rideAll(await addBikes({ count: 5, batch: 'B1' }))
  expect(await ask(by)).toMatchObject([{ group, bikes: 5 }])
})

describe('without consent nothing is seen of', () => {
  let bikes: Bike[]
  beforeEach(async () => {
    bikes = await addBikes({ count: 5, batch: 'B1' })
    await rideAll(bikes)
  })

  test.each<[string, readonly [string, string | null] | undefined]>([
    ['riders who never consented', undefined],
    ['riders who do not any more', ['2025-01-01', '2026-06-01']],
    ['riders who did not yet at the time', ['2026-05-02', null]],
    ['a day that was covered in part', ['2026-05-01T10:20:00Z', null]],
  ])('%s', async (_, granted) => {
    const others = await addBikes({ count: 6, batch: 'B2', ...(granted && { granted }) })
    if (granted === undefined)
      await sql`delete from consents where rider_id = any(${others.map((b) => b.riderId)})`
    await rideAll(others)
    expect(await ask()).toMatchObject([{ group: 'B1', bikes: 5, affected: 0 }])
  })

  test('a fault at a time that no consent covers', async () => {
    const [bike] = bikes as [Bike]
    await sql`delete from consents where rider_id = ${bike.riderId}`
    await consent(sql, bike.riderId, ['2025-01-01', '2026-05-01T12:00:00Z'])
    await consent(sql, bike.riderId, ['2026-06-01', null])
    await note(sql, [{ ...bike, day: '2026-05-20', km: 10, faults: [1_001] }])
    expect(await ask()).toMatchObject([{ bikes: 5, km: 50, affected: 0 }])
  })
})

test('who is counted is whom the rule of consents lets through', async () => {
  const [before, start, fault, end, after] = ['09:00', '10:00', '10:30', '11:00', '12:00'].map(
    (time) => `2026-05-01T${time}:00Z`,
  ) as [string, string, string, string, string]
  const moment = '2026-05-01T11:00:00.001Z'
  const now = ['2026-06-01', null] as const
  const histories: (readonly [string, string | null])[][] = [
    ...[[], [[before, null]], [[start, null]], [[fault, null]], [[end, null]], [[after, null]], [now]],
    ...[[[before, after]], [[before, start], now], [[start, end], now], [[start, moment], now]],
    ...[
      [[start, after], now],
      [
        [before, fault],
        [fault, null],
      ],
      [
        [before, start],
        [fault, null],
      ],
    ],
    ...[
      [[before, fault], [fault, moment], now],
      [
        [before, fault],
        [end, null],
      ],
      [[fault, moment], now],
    ],
  ] as (readonly [string, string | null])[][]
  const bikes = await addBikes({ count: histories.length, batch: 'B1', granted: always })
  await sql`truncate consents`
  for (const [n, { riderId }] of bikes.entries()) {
    for (const range of histories[n] ?? []) await consent(sql, riderId, range)
  }
  await rideAll(bikes, { faults: [1_001] })

  const riders = bikes.map(({ riderId }) => riderId)
  const consents = await createConsentReader(sql).consentsOf(riders, 'research')
  const allowed = (firstMs: number, lastMs: number) =>
    bikes.filter(({ riderId }) => {
      const ofRider = consents.get(riderId) ?? []
      return consentsNow(ofRider) && consentedThroughout(ofRider, firstMs, lastMs)
    })
  const days = allowed(Date.parse(start), Date.parse(end))
  const faults = allowed(Date.parse(fault), Date.parse(fault))
  const question = { type: 'battery', by: 'batch', ...year } as const
  const rules = { ...cohortRules, membersBelow: histories.length }
  const [facts] = (await createCohortReader(sql).cohorts(question, rules)) ?? []
  const idsOf = (of: readonly Bike[]) => new Set(of.map(({ bikeId }) => bikeId))
  expect(facts?.way).toEqual({
    ...{ beforeFirstFaultKm: 0, onThatDayKm: 10 * days.length, afterwardsKm: 0 },
  })
  expect(new Set(facts?.members?.affectedBikeIds)).toEqual(idsOf(faults))
  expect(new Set(facts?.members?.bikeIds)).toEqual(idsOf([...days, ...faults]))
  expect([days.length, faults.length]).toEqual([6, 10])
})

test('faults and ways follow a battery from bike to bike', async () => {
  const bad = await addBikes({ count: 5, batch: 'bad' })
  const good = await addBikes({ count: 5, batch: 'good' })
  const swappedAt = '2026-07-01'
  for (const [index, { bikeId, componentId }] of bad.entries()) {
    const other = good[index] as Bike
    await sql`update installations set installed = tstzrange(lower(installed), ${swappedAt})
      where bike_id in (${bikeId}, ${other.bikeId})`
    await sql`
      insert into installations (bike_id, slot, component_id, installed, installed_by) values
        (${other.bikeId}, 'battery', ${componentId}, tstzrange(${swappedAt}, null), ${saidBy}),
        (${bikeId}, 'battery', ${other.componentId}, tstzrange(${swappedAt}, null), ${saidBy})`
  }
  await rideAll(bad, { faults: [1_001] })
  await rideAll(good)
  await rideAll(bad, { day: '2026-08-01', km: 7 })
  await rideAll(good, { day: '2026-08-01', km: 30, faults: [1_001] })
  expect(await ask()).toMatchObject([
    { group: 'bad', bikes: 10, km: 200, affected: 10, faults: 10 },
    { group: 'good', bikes: 10, km: 85, affected: 0, faults: 0 },
  ])
})

describe('small groups', () => {
  test('are put together', async () => {
    await rideAll(await addBikes({ count: 5, batch: 'B1' }))
    await rideAll(await addBikes({ count: 4, batch: 'B2' }), { faults: [1_001] })
    await rideAll(await addBikes({ count: 2, batch: 'B3' }))
    expect(await ask()).toMatchObject([
      { group: 'B1', bikes: 5 },
      { group: undefined, bikes: 6, affected: 4 },
    ])
  })

  test('are not shown when even together they are small', async () => {
    await rideAll(await addBikes({ count: 5, batch: 'B1' }))
    await rideAll(await addBikes({ count: 2, batch: 'B2' }))
    await rideAll(await addBikes({ count: 2, batch: 'B3' }))
    expect(await ask()).toMatchObject([{ group: 'B1', bikes: 5 }])
  })

  test('are those of few riders, too', async () => {
    const bikes = await addBikes({ count: 8, batch: 'B1' })
    const [{ riderId }] = bikes as [Bike]
    await rideAll(bikes.map((bike) => ({ ...bike, riderId })))
    expect(await ask()).toEqual([])
  })
})

test('two recorders on one bike ride its way once', async () => {
  const bikes = await addBikes({ count: 5, batch: 'B1' })
  await rideAll(bikes)
  const phones = bikes.map(({ bikeId, riderId }) => ({ bikeId, riderId, recorderId: randomUUID() }))
  await note(
    sql,
    phones.map((phone) => ({ ...phone, day: '2026-05-01', km: 8 })),
  )
  expect(await ask()).toMatchObject([{ bikes: 5, km: 50 }])
})

test('recorders one after the other, and an odometer that restarts, add up', async () => {
  const bikes = await addBikes({ count: 5, batch: 'B1' })
  const day = (recorderId: string, [from, until]: [string, string], km: [number, number][]) =>
    bikes.map(({ bikeId, riderId }) => ({
      ...{ bikeId, riderId, recorderId, day: '2026-05-01' },
      ...{ firstAtMs: Date.parse(`2026-05-01T${from}Z`), lastAtMs: Date.parse(`2026-05-01T${until}Z`) },
      odometerCm: km.map(([a, b]) => ({ from: a * 100_000, until: b * 100_000 })),
    }))
  const [phone, module] = [randomUUID(), randomUUID()]
  const store = createFieldStore(sql)
  const inKeyOrder = (days: ReturnType<typeof day>) => days.toSorted((a, b) => (a.bikeId < b.bikeId ? -1 : 1))
  await store.note({ faults: [], days: inKeyOrder(day(phone, ['08:00', '09:00'], [[100, 110]])) })
  await store.note({ faults: [], days: inKeyOrder(day(module, ['10:00', '10:30'], [[310, 315]])) })
  // The new display; and between two tracks a kilometre that nobody recorded.
  const later = day(
    module,
    ['11:00', '12:00'],
    [
      [0, 5],
      [6, 7],
    ],
  )
  for (let round = 0; round < 2; round++) await store.note({ faults: [], days: inKeyOrder(later) })
  expect(await ask()).toMatchObject([{ bikes: 5, km: 5 * (10 + 5 + 7) }])
})

test('an odometer that jumps is no way', async () => {
  await rideAll(await addBikes({ count: 5, batch: 'B1' }), { km: 501 })
  expect(await ask()).toMatchObject([{ bikes: 5, km: 0, kmAtRisk: 0 }])
})

test('a type of component that there is not is told apart from one without bikes', async () => {
  expect(await ask('batch', { type: 'sail' })).toBeUndefined()
  expect(await ask()).toEqual([])
})
