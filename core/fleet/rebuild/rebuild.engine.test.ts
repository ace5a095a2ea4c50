// A fleet's database that is lost is rebuilt: from its memory in a file, and from manufacturing.events read from the beginning.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { toBinary } from '@bufbuild/protobuf'
import { beforeAll, expect, test } from 'vitest'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { registerPartners, sealedBy, storedId, testAudience, testPartner } from '../../../testkit/partners.ts'
import type { KafkaRecord } from '../../engines/kafka/port.ts'
import { memoryTables } from '../../engines/postgres/fleet/memory-store.ts'
import { createPartnerStore } from '../../engines/postgres/fleet/partner-store.ts'
import { createSealStore } from '../../engines/postgres/fleet/partners.ts'
import { createRetractionStore } from '../../engines/postgres/fleet/retraction-store.ts'
import { takeIn } from '../judging/decide.ts'
import { rules } from '../judging/rules/index.ts'
import { receiveRecords } from '../partners/receive.ts'
import { createRetraction } from '../retraction/retract.ts'
import type { ReviewRequest } from '../review/port.ts'
import { receive as receiveRecord } from '../statements/records.ts'
import { createFleetEnvironment, createReviewOn } from '../testing/fleet-environment.ts'
import {
  dayMs,
  definitions,
  frameNumber,
  made,
  madeMs,
  name,
  removed,
  say,
  serialNumber,
  sold,
  swapped,
  wholeBike,
} from '../testing/statement-fixtures.ts'

const command = fileURLToPath(new URL('command.ts', import.meta.url))
let former: TestDatabase
let anew: TestDatabase
let other: TestDatabase
let folder: string
/** The topic. */
const records: KafkaRecord[] = []

beforeAll(async () => {
  ;[former, anew, other] = await Promise.all([
    createTestDatabase(),
    createTestDatabase(),
    createTestDatabase(),
  ])
  folder = await mkdtemp(join(tmpdir(), 'rebuild-'))
  return async () => {
    for (const each of [former, anew, other]) await each.drop()
    await rm(folder, { recursive: true })
  }
})

async function rebuild({ url }: TestDatabase, ...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: url }
  try {
    return (
      await promisify(execFile)(process.execPath, [command, ...args], { env, timeout: 60_000 })
    ).stdout.trim()
  } catch (error) {
    return (error as { stderr: string }).stderr.trim()
  }
}

const on = (day: number) => madeMs + day * dayMs
const bytes = (said: ManufacturingEvent) => Buffer.from(toBinary(ManufacturingEventSchema, said))
const unsealed = (said: ManufacturingEvent) => recorded(bytes(said))
const sealed = (said: ManufacturingEvent, by = testPartner(said.source)) =>
  recorded(sealedBy(by, bytes(said)))

function recorded(value: Buffer, timestampMs = Date.now()): KafkaRecord {
  const record = {
    topic: 'events',
    partition: 0,
    offset: BigInt(records.length),
    key: null,
    value,
    timestampMs,
  }
  records.push(record)
  return record
}

/** As the worker hands them over. */
async function receive({ sql }: TestDatabase, some: readonly KafkaRecord[]) {
  const found = await receiveRecords(some, {
    ...{ seals: createSealStore(sql), audience: testAudience, unsealed: 'hold' },
  })
  const fleet = createFleetEnvironment(sql)
  const plan = await takeIn(found.received, { store: fleet.store, rules })
  await fleet.settle()
  return plan
}

type Decided = Pick<ReviewRequest, 'eventId' | 'verdict'> & Partial<ReviewRequest>

async function decide({ sql }: TestDatabase, request: Decided) {
  const [last] = await sql<{ seen: number }[]>`
    select max(number) as seen from manufacturing_judgements where event_id = ${request.eventId}`
  const told = {
    decisionId: randomUUID(),
    author: 'staff:eva',
    reason: 'looked at it',
    seen: last?.seen ?? 0,
  }
  return createReviewOn(sql).decide({ ...told, ...request })
}

/** All that statements led to. Left out are times of writing, ids of rows, and the history of judgements. */
async function picture({ sql }: TestDatabase) {
  const [row] = await sql`
    select
      (select json_agg(e order by event_id) from (
        select event_id, source, kind, occurred_at, received_at, subjects, statement, sha256, record, state, due,
          provenance, partner_id, key_id, said_event_id from manufacturing_events) as e) as statements,
      (select json_agg(w order by subject, event_id) from waiting_subjects as w) as waiting,
      (select json_agg(b order by bike_id) from (
        select bike_id, produced_at, frame_number, model_id, plant, oem, delivered_at, said_by, delivered_by,
          registered_as_produced_at from bikes) as b) as bikes,
      (select json_agg(c order by component_id) from components as c) as components,
      (select json_agg(a order by serial_number) from component_aliases as a) as aliases,
      (select json_agg(i order by bike_id, slot, installed) from (
        select bike_id, slot, component_id, installed, installed_by, removed_by from installations) as i) as installations,
      (select json_agg(s order by event_id, component_id) from service_events as s) as services,
      (select json_agg(f order by reason, subject, bike_id) from (
        select reason, subject, detail, evidence, bike_id, component_id, event_id from fleet_findings
        where closed_at is null) as f) as findings,
      (select json_agg(t order by component_type) from component_types as t) as types,
      (select json_agg(m order by model_id) from bike_models as m) as models,
      (select json_agg(o order by bike_id, owned) from (select bike_id, rider_id, owned from ownerships) as o) as owners,
      (select json_agg(c order by sha256) from claim_codes as c) as codes,
      (select json_agg(d order by decision_id) from review_decisions as d) as decisions,
      (select json_agg(r order by event_id) from retractions as r) as retractions`
  return row
}

/** Why statements are not applied. */
async function doubts({ sql }: TestDatabase) {
  const rows = await sql<{ doubt: string }[]>`
    select events.state || ' ' || event_id || ' ' || array_to_string(
      array(select finding ->> 'reason' from jsonb_array_elements(findings) as finding), ' ') as doubt
    from manufacturing_events as events join manufacturing_judgements as judged using (event_id)
    where events.state <> 'applied' and number = (
      select max(number) from manufacturing_judgements as later where later.event_id = judged.event_id)
    order by 1`
  return rows.map(({ doubt }) => doubt)
}

/** Partners, a key that ended, legacy statements, every kind of decision, a retraction, a sale and its owner. */
async function live(database: TestDatabase) {
  const { sql } = database
  const partners = createPartnerStore(sql)
  await registerPartners(sql, ['plant:dresden', 'oem:acme', 'service:leipzig', 'service:munich'])
  // Before there were seals.
  const legacy = [...definitions(), ...wholeBike(1), made('battery', 30), made('battery', 31)]
  await createFleetEnvironment(sql).intake(legacy)
  for (const said of legacy) {
    const { timestampMs, offset } = unsealed(said)
    await sql`
      update manufacturing_events set received_at = ${new Date(timestampMs)}, record = ${`events/0/${offset}`}
      where event_id = ${said.eventId}`
  }
  await sql`insert into bikes (bike_id, produced_at, registered_as_produced_at) values (${randomUUID()}, now(), now())`
  const second = testPartner('plant:dresden', 2)
  const swap = swapped(1, [1, 30], on(5))
  const forged = swapped(2, [2, 31], on(9))
  const sale = sold(1, 'nobody', on(3))
  const withdrawn = say(swapped(1, [30, 3], on(8)).event, { atMs: on(8), source: 'service:munich' })
  const byMunich = { component: name('battery', 3) }
  const ended = say(
    { case: 'componentRecycled', value: byMunich },
    { atMs: on(30), source: 'service:munich' },
  )
  await receive(
    database,
    [...wholeBike(2), made('battery', 3), swap, forged, withdrawn, sale].map((each) => sealed(each)),
  )
  await partners.addKey(second.key)
  await receive(database, [sealed(made('battery', 4), second)])
  // With effect from before statements came that are stored.
  await partners.endKey(second.key.keyId, Date.now() - 60_000)
  await partners.withdraw('service:munich', testPartner('service:munich').grants)
  await receive(database, [sealed(ended)])

  const odd = made('battery', 20, { facts: { component: { type: 'battery', serialNumber: 'B000' } } })
  const wrong = made('battery', 21, { facts: { component: { type: 'battery', serialNumber: 'X' } } })
  const rejected = made('battery', 22, { facts: { component: { type: 'battery', serialNumber: 'Y' } } })
  // Its motor has another name, which the statement before it gave.
  const merged = removed(2, 9, on(20), 'motor')
  const late = removed(2, 9, on(20) + 1, 'motor')
  const nobodys = unsealed(made('battery', 23))
  await receive(database, [...[odd, wrong, rejected, merged, late].map((each) => sealed(each)), nobodys])
  const [motor] = await sql<{ id: string }[]>`
    select component_id as id from components where serial_number = ${serialNumber('motor', 2)}`
  const decisions: readonly Decided[] = [
    { eventId: storedId(odd), verdict: 'accept' },
    {
      ...{ eventId: storedId(wrong), verdict: 'correct' },
      correction: { componentProduced: { component: { serialNumber: serialNumber('battery', 21) } } },
    },
    { eventId: storedId(rejected), verdict: 'reject' },
    { eventId: storedId(merged), verdict: 'merge', mergeInto: motor?.id },
    { eventId: receiveRecord(nobodys).event.eventId, verdict: 'accept' },
  ]
  for (const each of decisions) expect(await decide(database, each)).toMatchObject({ outcome: 'decided' })

  // One statement waits for a bike that never comes; another one sells a bike that somebody owns by now.
  await receive(database, [sealed(swapped(7, [8, 9], on(1)))])
  const [bike] = await sql<{ bikeId: string }[]>`
    select bike_id as "bikeId" from bikes where frame_number = ${frameNumber(1)}`
  const bikeId = bike?.bikeId ?? ''
  await sql`insert into ownerships (bike_id, rider_id, owned) values (${bikeId}, 'anna', '[2025-07-01,)')`
  await sql`
    insert into ownership_changes (bike_id, kind, new_rider, author) values (${bikeId}, 'import', 'anna', 'console:eva')`
  await receive(database, [sealed(sold(1, 'nobody', on(40)))])

  const done = await createRetraction(createRetractionStore(sql)).retract({
    target: { cause: 'retract', eventId: storedId(forged) },
    ...{ proposalId: randomUUID(), reason: 'it was a forgery' },
    ...{ proposedBy: 'staff:eva', approvedBy: 'staff:kai' },
  })
  expect(done).toMatchObject({ outcome: 'retracted' })
  await createFleetEnvironment(sql).settle()
}

test('the memory and the topic give the same state', async () => {
  await live(former)
  const file = join(folder, 'memory')
  expect(await rebuild(former, 'export', file)).toMatch(/^\d+ rows in /)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await rebuild(former, 'export', file)).toContain('EEXIST')
  expect(await rebuild(former, 'import', file)).toContain('the database is not empty')

  // The import takes back all that it wrote before it saw the fault.
  const truncated = join(folder, 'truncated')
  await writeFile(truncated, (await readFile(file, 'utf8')).split('\n').slice(0, -2).join('\n'))
  expect(await rebuild(anew, 'import', truncated)).toContain('is truncated')
  expect(await rebuild(anew, 'import', file)).toContain('from the beginning')
  for (let from = 0; from < records.length; from += 4) await receive(anew, records.slice(from, from + 4))
  const [was, is] = [await picture(former), await picture(anew)]
  for (const what of Object.keys(was ?? {})) expect([what, is?.[what]]).toEqual([what, was?.[what]])
  const doubted = await doubts(former)
  expect(await doubts(anew)).toEqual(doubted)
  const [states] = await former.sql`
    select json_object_agg(state, count) as told from (
      select state, count(*) from manufacturing_events group by state) as counted`
  expect(states?.told).toEqual({ applied: 21, held: 3, refused: 1, retracted: 1 })

  // The memory of the rebuilt one serves as well, also before it has read the topic again.
  const again = join(folder, 'again')
  await rebuild(anew, 'export', again)
  await rebuild(other, 'import', again)
  await receive(other, records)
  expect((await picture(other))?.components).toEqual(was?.components)
})

/** They follow from statements, are given anew, or refer to a statement that is not read yet. */
const leftOut = {
  bikes: ['frame_number', 'model_id', 'plant', 'oem', 'delivered_at', 'said_by', 'delivered_by'],
  ownerships: ['said_by'],
  ownership_changes: ['change_id'],
  notices: ['notice_id'],
} as const

test('no column of the tables is forgotten', async () => {
  for (const { table, columns } of memoryTables) {
    const rows = await other.sql<{ name: string }[]>`
      select column_name as name from information_schema.columns where table_name = ${table}`
    const expected = [...columns, ...(leftOut[table as keyof typeof leftOut] ?? [])]
    expect([table, rows.map(({ name: column }) => column).sort()]).toEqual([table, expected.sort()])
  }
})
