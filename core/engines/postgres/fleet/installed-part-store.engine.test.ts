// Findings about reported parts, opened and closed in the real database.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import { reconcileParts } from '../../../fleet/installed-parts/compare.ts'
import type { PartReport } from '../../../fleet/installed-parts/port.ts'
import { installedPartPlan, mostSlots } from '../../../fleet/installed-parts/reports.ts'
import { changedParts } from '../../../fleet/judging/changes/consequences.ts'
import { locksOf } from '../../../fleet/statements/subjects.ts'
import type { Sql } from '../client/connect.ts'
import { reconcile, reconcileChanged } from './installed-part-findings.ts'
import { createInstalledPartStore } from './installed-part-store.ts'
import { lockSubjects } from './store.ts'

let sql: Sql
let said: string
beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  said = randomUUID()
  await sql`
    insert into manufacturing_events (event_id, source, kind, subjects, statement, sha256, record, state, provenance)
    values (${said}::uuid, 'plant:a', 'bikeProduced', '{}', '', '', 'a/0/0', 'applied', 'legacy')`
  await sql`
    insert into component_types (component_type, name, serial_pattern, check_digit, said_by)
    values ('battery', 'Battery', '.*', 'none', ${said}::uuid)`
  await sql`
    insert into bike_models (model_id, name, slots, produced, said_by)
    values ('m1', 'M1', ${sql.json([{ slot: 'battery', type: 'battery', required: true }])}, tstzrange(null, null), ${said}::uuid)`
  return database.drop
})

const dayMs = 86_400_000
const startMs = Date.UTC(2026, 0, 1)
const at = (days: number) => new Date(startMs + days * dayMs).toISOString()

async function newBike({ model = 'm1' as string | null } = {}): Promise<string> {
  const bikeId = randomUUID()
  await sql`
    insert into bikes (bike_id, produced_at, model_id, frame_number, said_by)
    values (${bikeId}::uuid, ${at(0)}::timestamptz, ${model}, ${`F-${bikeId}`}, ${said}::uuid)`
  return bikeId
}

async function newBattery(serialNumber = `B-${randomUUID()}`.toUpperCase()) {
  const componentId = randomUUID()
  await sql`
    insert into components (component_id, component_type, serial_number, hardware_revision, firmware_revision, batch,
      plant, produced_at, said_by)
    values (${componentId}::uuid, 'battery', ${serialNumber}, '1', '1', 'L1', 'p', ${at(0)}::timestamptz, ${said}::uuid)`
  return { componentId, serialNumber }
}

const componentOf = ({ componentId, serialNumber }: { componentId: string; serialNumber: string }) => ({
  ...{ componentId, serialNumber, type: 'battery', hardwareRevision: '1', firmwareRevision: '1' },
  ...{ batch: 'L1', plant: 'p', source: undefined, producedAtMs: startMs, recycledAtMs: undefined },
})

const install = (bikeId: string, { componentId }: { componentId: string }, fromDays: number) => sql`
  insert into installations (bike_id, slot, component_id, installed, installed_by)
  values (${bikeId}::uuid, 'battery', ${componentId}::uuid, tstzrange(${at(fromDays)}::timestamptz, null), ${said}::uuid)`
const remove = (bikeId: string, days: number) => sql`
  update installations set installed = tstzrange(lower(installed), ${at(days)}::timestamptz)
  where bike_id = ${bikeId}::uuid and upper_inf(installed)`

const report = (bikeId: string, serialNumber: string, days: number): PartReport => ({
  ...{ bikeId, slot: 'battery', serialNumber, toldAtMs: startMs + days * dayMs, trackId: randomUUID() },
})
const takeIn = (...reports: PartReport[]) => createInstalledPartStore(sql).update(reports, installedPartPlan)

const findingsOf = async (bikeId: string) =>
  (
    await sql<{ reason: string; closedBy: string | null }[]>`
      select reason, closed_by as "closedBy" from fleet_findings where bike_id = ${bikeId}::uuid order by opened_at`
  ).map(({ reason, closedBy }) => (closedBy === null ? reason : `${reason}, closed`))

test('a battery that nobody exchanged on paper is a finding, once, and a later statement of the swap closes it', async () => {
  const [bikeId, old, fresh] = [await newBike(), await newBattery(), await newBattery()]
  await install(bikeId, old, 1)
  expect(await takeIn(report(bikeId, old.serialNumber, 5))).toEqual({ opened: 0, closed: 0 })
  expect(await takeIn(report(bikeId, fresh.serialNumber, 10))).toEqual({ opened: 1, closed: 0 })
  expect(await takeIn(report(bikeId, fresh.serialNumber, 11))).toEqual({ opened: 0, closed: 0 })
  await remove(bikeId, 9)
  await install(bikeId, fresh, 9)
  const statement = randomUUID()
  const counts = await sql.begin((tx) => reconcile(tx, new Map([[bikeId, statement]]), reconcileParts))
  expect(counts).toEqual({ opened: 0, closed: 1 })
  expect(await findingsOf(bikeId)).toEqual(['undocumented_swap, closed'])
  expect(await sql`select closed_by from fleet_findings where bike_id = ${bikeId}::uuid`).toEqual([
    { closed_by: statement },
  ])
})

test('the bike itself closes a finding when it carries what the records say again', async () => {
  const [bikeId, old, loan] = [await newBike(), await newBattery(), await newBattery()]
  await install(bikeId, old, 1)
  await takeIn(report(bikeId, loan.serialNumber, 3))
  expect(await takeIn(report(bikeId, old.serialNumber, 4))).toEqual({ opened: 0, closed: 1 })
})

test('reports in any order leave the newest one, and its findings', async () => {
  const [bikeId, old, fresh] = [await newBike(), await newBattery(), await newBattery()]
  await install(bikeId, old, 1)
  await takeIn(report(bikeId, old.serialNumber, 20))
  expect(await takeIn(report(bikeId, fresh.serialNumber, 10))).toEqual({ opened: 0, closed: 0 })
  expect(await findingsOf(bikeId)).toEqual([])
})

test('whatever the order, batches and repetition of reports, the same findings are open', async () => {
  const [old, fresh] = [await newBattery(), await newBattery()]
  const serials = [old.serialNumber, fresh.serialNumber, 'UNKNOWN']
  const said = fc.record({ serial: fc.nat(2), days: fc.integer({ min: 2, max: 30 }) })
  const delivery = fc
    .uniqueArray(said, { minLength: 1, maxLength: 6, selector: ({ days }) => days })
    .chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })),
    )
  await fc.assert(
    fc.asyncProperty(delivery, async ([all, delivered]) => {
      const bikeId = await newBike()
      for (const { serial, days } of delivered) await takeIn(report(bikeId, serials[serial] as string, days))
      const last = all.reduce((newest, each) => (each.days > newest.days ? each : newest))
      const open = (await findingsOf(bikeId)).filter((finding) => !finding.endsWith('closed'))
      expect(open).toEqual([last.serial === 2 ? 'part_unregistered' : 'undocumented_swap'])
    }),
    { numRuns: 15 },
  )
})

test('of made-up slots only the latest are remembered', async () => {
  const bikeId = await newBike()
  const reports = Array.from({ length: mostSlots + 5 }, (_, n) => ({
    ...report(bikeId, 'ANY', n),
    slot: `slot ${n}`,
  }))
  await takeIn(...reports)
  const kept = await sql<{ slot: string }[]>`
    select slot from reported_parts where bike_id = ${bikeId}::uuid order by told_at`
  expect(kept.map(({ slot }) => slot)).toEqual(reports.slice(5).map(({ slot }) => slot))
})

test('a part that becomes known is found again as a swap, and one of another bike as that bike’s', async () => {
  const [bikeId, other] = [await newBike(), await newBike()]
  const serialNumber = `X-${bikeId}`.toUpperCase()
  await takeIn(report(bikeId, serialNumber, 10))
  const component = componentOf(await newBattery(serialNumber))
  const { componentId } = component
  await sql.begin((tx) =>
    reconcileChanged(
      tx,
      changedParts([{ change: { kind: 'add_component', component }, saidBy: said }]),
      reconcileParts,
    ),
  )
  await install(other, component, 2)
  const installation = { bikeId: other, slot: 'battery', componentId, fromMs: startMs, untilMs: Infinity }
  await sql.begin((tx) =>
    reconcileChanged(
      tx,
      changedParts([{ change: { kind: 'install', installation }, saidBy: said }]),
      reconcileParts,
    ),
  )
  expect(await findingsOf(bikeId)).toEqual([
    'part_unregistered, closed',
    'undocumented_swap, closed',
    'part_of_another_bike',
  ])
  expect(await findingsOf(other)).toEqual([])
})

test('a serial number under which a component is understood names it', async () => {
  const [bikeId, battery] = [await newBike(), await newBattery()]
  await install(bikeId, battery, 1)
  const wrong = `W-${bikeId}`.toUpperCase()
  await sql`
    insert into component_aliases (component_type, serial_number, component_id, said_by)
    values ('battery', ${wrong}, ${battery.componentId}::uuid, ${said}::uuid)`
  expect(await takeIn(report(bikeId, wrong, 5))).toEqual({ opened: 0, closed: 0 })
})

test('bikes that were registered by hand, or are not known, have no findings about unknown parts', async () => {
  const byHand = await newBike({ model: null })
  expect(await takeIn(report(byHand, 'ANY', 5), report(randomUUID(), 'OTHER', 5))).toEqual({
    opened: 0,
    closed: 0,
  })
})

test('a report and a statement at the same moment do not overlook each other', async () => {
  for (let round = 0; round < 20; round++) {
    const [bikeId, old, fresh] = [await newBike(), await newBattery(), await newBattery()]
    await install(bikeId, old, 1)
    const swap = sql.begin(async (tx) => {
      const subjects = [`frame:F-${bikeId}`, `battery:${old.serialNumber}`, `battery:${fresh.serialNumber}`]
      await lockSubjects(tx, locksOf(subjects))
      await tx`
        update installations set installed = tstzrange(lower(installed), ${at(9)}::timestamptz)
        where bike_id = ${bikeId}::uuid and upper_inf(installed)`
      await tx`
        insert into installations (bike_id, slot, component_id, installed, installed_by)
        values (${bikeId}::uuid, 'battery', ${fresh.componentId}::uuid, tstzrange(${at(9)}::timestamptz, null), ${said}::uuid)`
      return reconcile(tx, new Map([[bikeId, said]]), reconcileParts)
    })
    await Promise.all([takeIn(report(bikeId, fresh.serialNumber, 10)), swap])
    expect((await findingsOf(bikeId)).filter((finding) => !finding.endsWith('closed'))).toEqual([])
  }
})
