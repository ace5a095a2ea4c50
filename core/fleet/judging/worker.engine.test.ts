// The fleet worker between Kafka and PostgreSQL: killed, made to read everything again, fed with nonsense.
import { create, fromBinary } from '@bufbuild/protobuf'
import { TimestampSchema } from '@bufbuild/protobuf/wkt'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ManufacturingEvent,
  QuarantinedStatementSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import {
  createTestDatabase,
  type TestDatabase,
  testEngines,
  uniqueNamespace,
} from '../../../testkit/engines.ts'
import { registerPartners, sealedStatement, storedId, testAudience } from '../../../testkit/partners.ts'
import { startServiceProcess } from '../../../testkit/service-process.ts'
import { createSealStore } from '../../engines/postgres/fleet/partners.ts'
import { createWorkerMetrics } from '../../runtime/metrics.ts'
import type { Watch } from '../../runtime/watch.ts'
import {
  createFleetEnvironment,
  createReviewOn,
  type FleetEnvironment,
} from '../testing/fleet-environment.ts'
import {
  built,
  dayMs,
  definitions,
  delivered,
  made,
  madeMs,
  sold,
  swapped,
  wholeBike,
} from '../testing/statement-fixtures.ts'
import { createWorkerEnvironment, type WorkerEnvironment } from '../testing/worker-environment.ts'
import { rules } from './rules/index.ts'
import { createFleetMetrics, createFleetWorker } from './worker.ts'

let database: TestDatabase
let fleet: FleetEnvironment
let kafka: WorkerEnvironment

beforeAll(async () => {
  database = await createTestDatabase()
  fleet = createFleetEnvironment(database.sql)
  await registerPartners(database.sql, ['plant:dresden', 'oem:acme', 'service:leipzig'])
  kafka = await createWorkerEnvironment(testEngines().kafkaBrokers, uniqueNamespace())
})
afterAll(async () => {
  await kafka.close()
  await database.drop()
})

const startFleet = () =>
  startServiceProcess('fleet', { ...kafka.env, DATABASE_URL: database.url, LOG_LEVEL: 'info' })

const counted = async (states: readonly string[]) => {
  const [row] = await database.sql<{ count: number }[]>`
    select count(*)::integer from manufacturing_events where state = any(${[...states]}::text[])`
  return row?.count
}
const stored = () => counted(['applied', 'held', 'refused'])

const bikes = Array.from({ length: 100 }, (_, number) => number)
const clean = [
  ...definitions(),
  ...bikes.flatMap((number) => [
    ...wholeBike(number),
    made('battery', 1_000 + number),
    swapped(number, [number, 1_000 + number], madeMs + 10 * dayMs),
    sold(number, `rider-${number}`, madeMs + 3 * dayMs),
  ]),
]
/** What they need never comes. */
const homeless = [built(2_000), built(2_001)]
const homelessIds = homeless.map(storedId)

const told = async () =>
  (await kafka.values('manufacturing.quarantine')).map((value) =>
    fromBinary(QuarantinedStatementSchema, value),
  )
const quarantined = async () => (await told()).map(({ event }) => event?.eventId)

/** Everything but when rows were written. */
async function everything(): Promise<unknown> {
  const [row] = await database.sql`
    select (select json_agg(e order by event_id) from manufacturing_events as e) as statements,
      (select json_agg(j order by event_id, number) from manufacturing_judgements as j) as judgements,
      (select json_agg(c order by component_id) from components as c) as components,
      (select json_agg(b order by bike_id) from bikes as b) as bikes,
      (select json_agg(i order by installation_id) from installations as i) as installations,
      (select json_agg(f order by finding_id) from fleet_findings as f) as findings,
      (select json_agg(bike_id || ' ' || version order by bike_id) from bike_changes) as versions,
      (select count(*) from superseded_rows) as superseded`
  return row
}

test('killed in the middle of its batches, it loses and doubles nothing', async () => {
  // Backwards, so that most of it has to wait for what comes later.
  await kafka.send([...clean, ...homeless].toReversed())
  for (const enough of [1, 501]) {
    const doomed = await startFleet()
    await expect.poll(stored, { interval: 10 }).toBeGreaterThanOrEqual(enough)
    await doomed.end('SIGKILL')
  }
  const last = await startFleet()
  await expect.poll(() => counted(['applied'])).toBe(clean.length)
  await expect.poll(quarantined).toEqual(expect.arrayContaining(homelessIds))
  expect(await last.end('SIGTERM')).toBe(0)

  expect(await counted(['held'])).toBe(homeless.length)
  const other = await createTestDatabase()
  try {
    const atOnce = createFleetEnvironment(other.sql)
    await atOnce.intake(clean)
    expect(await fleet.picture()).toEqual(await atOnce.picture())
  } finally {
    await other.drop()
  }
})

test('reading all of manufacturing.events again changes nothing', async () => {
  const before = await everything()
  const again = createMeteredWorker('again')
  const stop = new AbortController()
  const running = again.worker.run(stop.signal)
  const total = clean.length + homeless.length
  await expect.poll(again.repeated).toBe(total)
  stop.abort()
  await running
  expect(await everything()).toEqual(before)
})

test('what cannot be read is told, shown to reviewers, and holds nothing up', async () => {
  const after = made('battery', 3_000)
  await kafka.sendBytes([Buffer.from('{"eventId": "\\u0000"}'), Buffer.from([0xff, 0xff, 0x01])])
  await kafka.send([after])
  const worker = await startFleet()
  try {
    await expect.poll(async () => (await fleet.states()).get(storedId(after))).toBe('applied')
  } finally {
    await worker.end('SIGTERM')
  }
  const { statements } = await createReviewOn(database.sql).list({ state: 'refused' }, { limit: 10 })
  expect(statements).toMatchObject([{ kind: 'unreadableRow' }, { kind: 'unreadableRow' }])
  const refused = (await told()).filter(({ state }) => state === 'refused')
  expect(new Set(refused.map(({ record }) => record.length))).toEqual(new Set([3, 21]))
})

test('what nobody can judge, or is larger than any record, holds up nothing behind it', async () => {
  const far = delivered(4_000, madeMs)
  far.occurredAt = create(TimestampSchema, { seconds: 9_999_999_999_999n })
  const bicycles = delivered(4_001, madeMs)
  Object.assign(bicycles.event.value ?? {}, { frameNumber: `A${'🚲'.repeat(160)}` })
  const nothing = { slot: '', component: { type: 'X', serialNumber: '1' } }
  const endless = built(4_002, { parts: Array.from({ length: 8_000 }, () => nothing) })
  const statements = [far, bicycles, endless]
  const garbage = Buffer.alloc(1_048_430, 'a')
  const poison = [...statements.map((each) => sealedStatement(each)), garbage]
  const behind = poison.map((_, index) => made('battery', 4_000 + index))
  for (const [index, value] of poison.entries()) {
    // Of one key, so in one partition.
    const to = { topic: kafka.topic('manufacturing.events'), key: Buffer.from(`key ${index}`) }
    const next = sealedStatement(behind[index] as ManufacturingEvent)
    await kafka.producer.send([{ ...to, value }])
    await kafka.producer.send([{ ...to, value: next }])
  }
  const worker = await startFleet()
  const statesOf = async (all: readonly ManufacturingEvent[]) => {
    const states = await fleet.states()
    return all.map((said) => states.get(storedId(said)))
  }
  try {
    await expect.poll(() => statesOf(behind)).toEqual(['applied', 'applied', 'applied', 'applied'])
  } finally {
    await worker.end('SIGTERM')
  }
  expect(await statesOf(statements)).toEqual(['refused', 'refused', 'refused'])
  const quarantine = await told()
  for (const eventId of statements.map(storedId)) {
    expect(quarantine).toContainEqual(
      expect.objectContaining({ event: expect.objectContaining({ eventId }) }),
    )
  }
  const cut = quarantine.filter(({ recordBytesLeftOut }) => recordBytesLeftOut > 0)
  expect(cut.map(({ record, recordBytesLeftOut }) => record.length + recordBytesLeftOut)).toEqual([
    garbage.length,
  ])
})

/** In this process, under another consumer group; counts what it recognised. */
function createMeteredWorker(group: string) {
  const consumer = kafka.consumer(group)
  const metrics = createWorkerMetrics(group, consumer)
  let repeated = 0
  const watch: Watch = {
    next: (_, signal) => new Promise((done) => signal.addEventListener('abort', () => done())),
    end: () => undefined,
  }
  const worker = createFleetWorker({
    consumer,
    producer: kafka.producer,
    store: fleet.store,
    rules,
    quarantineTopic: kafka.topic('manufacturing.quarantine'),
    seals: createSealStore(database.sql),
    audience: testAudience,
    unsealed: 'refuse',
    watch,
    metrics: {
      ...metrics,
      records(event, count) {
        if (event === 'repeated') repeated += count
      },
    },
    fleetMetrics: createFleetMetrics(new Registry(), fleet.store),
    log: pino({ level: 'silent' }),
  })
  return { worker, repeated: () => repeated }
}
