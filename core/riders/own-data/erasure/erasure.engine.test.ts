// A rider is erased on the real engines, with a process that dies at each step; riders before and after on the same bike keep all.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { create, toBinary } from '@bufbuild/protobuf'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { QuarantinedTrackSchema, uuidBytes, uuidV7Bytes, writeTrack } from '../../../../proto/index.ts'
import { dropUsers } from '../../../../testkit/database.ts'
import { createTestDatabase, testEngines, uniqueNamespace } from '../../../../testkit/engines.ts'
import { knowBikes } from '../../../../testkit/known-bikes.ts'
import { createSampleEraser } from '../../../engines/elasticsearch/erasure.ts'
import { createBatchConsumer } from '../../../engines/kafka/consumer.ts'
import { createGroupProgress } from '../../../engines/kafka/group-progress.ts'
import { createProducer } from '../../../engines/kafka/producer.ts'
import { readTopic } from '../../../engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../../../engines/kafka/topics.ts'
import { connectPostgres, type Sql } from '../../../engines/postgres/client/connect.ts'
import { provisionRoles } from '../../../engines/postgres/client/roles.ts'
import { createConsentStore } from '../../../engines/postgres/riders/consent-store.ts'
import { createJournalReplay } from '../../../engines/postgres/riders/erasure-journal.ts'
import {
  createErasureStore,
  eraseDocumentsAgain,
  findErasure,
} from '../../../engines/postgres/riders/erasure-store.ts'
import { createErasedSpans, createTombstones } from '../../../engines/postgres/telemetry/normalize-stores.ts'
import { registerBikes } from '../../../fleet/registry/stores.ts'
import { postgresPrivileges } from '../../../provision/postgres-privileges.ts'
import { readTombstoneKey } from '../../../runtime/config.ts'
import { createStaffStores } from '../../../staff/approvals/stores.ts'
import { cleanTrack, newId } from '../../../telemetry/search/testing/fixtures.ts'
import {
  openStoreEnvironment,
  type StoreEnvironment,
  seconds,
} from '../../../telemetry/search/testing/store-environment.ts'
import { topicName } from '../../../topics.ts'
import { createConsents } from '../../consent/consents.ts'
import { tables } from '../personal-data.ts'
import { certificateContent, signCertificate, verifyCertificate } from './certificate.ts'
import { type JournalEntry, journalRecord, readJournalRecord } from './journal.ts'
import type { Erasure, ErasureStore, FinishedErasure, SampleEraser, Step } from './port.ts'
import { replayJournal } from './replay-journal.ts'
import { erasureProposal } from './request.ts'
import { advance, type ErasureDeps } from './worker.ts'

const { kafkaBrokers: brokers, elasticsearch, databaseUrl } = testEngines()
const namespace = uniqueNamespace()
const role = `${namespace}_rides`
const log = pino({ level: 'silent' })
const topic = (name: string) => topicName(namespace, name as 'telemetry.raw')
const nameOfOtto = `otto-${namespace}`
const anna = `anna-${namespace}`
const bea = `bea-${namespace}`
const [shared, own] = [randomUUID(), randomUUID()]
const group = `${namespace}.search`
// Any text that is long enough is a key.
const tombstoneOf = readTombstoneKey(import.meta.filename)

let database: Awaited<ReturnType<typeof createTestDatabase>>
let sql: Sql
/** As the service logs in. */
let limited: Sql
let environment: StoreEnvironment
let samples: ReturnType<typeof createSampleEraser>
let progress: ReturnType<typeof createGroupProgress>
let producer: ReturnType<typeof createProducer>

beforeAll(async () => {
  ;[database] = await Promise.all([createTestDatabase(), ensureTopics({ brokers, namespace })])
  ;({ sql } = database)
  await provisionRoles(sql, [{ name: role, password: 'of a test', grants: postgresPrivileges.rides }])
  const url = Object.assign(new URL(database.url), { username: role, password: 'of a test' })
  limited = connectPostgres({ url: url.href, name: 'test', maxConnections: 1 })
  environment = await openStoreEnvironment({ elasticsearch, namespace })
  samples = createSampleEraser({ ...elasticsearch, namespace, log })
  progress = createGroupProgress({ brokers })
  producer = createProducer({ brokers, name: 'test', log })
})
afterAll(async () => {
  await Promise.all([limited.end(), environment.close(), samples.close(), progress.close(), producer.close()])
  await Promise.all([database.drop(), deleteTopics({ brokers, namespace })])
  await dropUsers(databaseUrl, namespace)
})

interface Facts {
  readonly riderId: string
  readonly bikeId: string
  /** Within the time as owner. */
  readonly at: string
}

/** A row in each table from which an erasure deletes, or whose names it replaces. */
function rowsOf({ riderId, bikeId, at }: Facts): [string, object][] {
  const [trackId, moduleTrack, commandId] = [randomUUID(), randomUUID(), randomUUID()]
  const recorderId = randomUUID()
  const until = new Date(Date.parse(at) + 60_000).toISOString()
  const sale = { bike_id: bikeId, sold_at: at, said_by: randomUUID(), valid_until: at, ended_at: at }
  const stage = { stage: 'search', outcome: 'stored', samples: 1 }
  const entry = {
    bike_id: bikeId,
    stage: 'normalize',
    reason: 'clock',
    samples: 1,
    ranges: '0+1',
    detail: '',
  }
  const quarantinedAt = '2026-08-01T00:00:00Z'
  const track = writeTrack({
    ...{ bikeId, recorderId, kind: 'ride', clock: { bootId: 1, clockEpoch: 1 }, timesMs: [Date.parse(at)] },
    columns: [{ key: 'speed_kmh', values: [1] }],
  })
  const record = (raw: object) =>
    Buffer.from(toBinary(QuarantinedTrackSchema, create(QuarantinedTrackSchema, { raw })))
  return [
    ['notices', { rider_id: riderId, kind: 'case_opened', bike_id: bikeId }],
    ['consents', { rider_id: riderId, purpose: 'research', granted: '[2025-01-01,)' }],
    ['consent_acts', { rider_id: riderId, purpose: 'research', act: 'given', at, by: 'rider' }],
    ['research_keys', { rider_id: riderId, key: randomBytes(32).toString('hex'), person: randomUUID() }],
    [
      'bike_grants',
      { bike_id: bikeId, rider_id: riderId, grantee: 'a shop', scopes: ['rides'], valid_until: until },
    ],
    ['ride_notes', { rider_id: riderId, bike_id: bikeId, at, name: 'to work', hidden: false, not_me: false }],
    ['privacy_zones', { rider_id: riderId }],
    ['rider_references', { rider_id: riderId }],
    ['legal_holds', { rider_id: riderId, proposal_id: randomUUID(), until: at }],
    ['access_log', { who: 'staff:eva', operation: 'getRides', reason: 'a complaint' }],
    ['access_concerns', { access_id: undefined, rider_id: riderId }],
    ['claim_attempts', { caller: `rider:${riderId}`, began_at: at, tries: 1 }],
    [
      'commands',
      {
        ...{
          command_id: commandId,
          bike_id: bikeId,
          requested_by: `rider:${riderId}`,
          idempotency_key: commandId,
        },
        ...{ action: {}, payload: Buffer.of(1), created_at: at, expires_at: until, state: 'executed' },
      },
    ],
    ['command_history', { command_id: commandId, number: 1, state: 'executed', at }],
    [
      'rides',
      {
        ...{ bike_id: bikeId, from_at: at, until_at: until, closes_at: '2027-01-01', rider_id: riderId },
        ...{ ended_by: 'rest', summary: Buffer.of(1) },
      },
    ],
    [
      'fault_events',
      { bike_id: bikeId, recorder_id: recorderId, at, rider_id: riderId, code: 1, severity: 1 },
    ],
    [
      'bike_days',
      {
        bike_id: bikeId,
        day: at.slice(0, 10),
        rider_id: riderId,
        recorder_id: recorderId,
        first_at: at,
        last_at: at,
      },
    ],
    [
      'latest_state',
      {
        ...{ bike_id: bikeId, state_group: riderId.slice(0, 4), event_at: at, recorder_id: recorderId },
        ...{ received_at: at, track_id: trackId, state: {} },
      },
    ],
    [
      'reported_parts',
      { bike_id: bikeId, slot: riderId.slice(0, 4), serial_number: 'S1', told_at: at, track_id: trackId },
    ],
    ['ride_marks', { bike_id: bikeId, mark_id: trackId, from_at: at, until_at: at, samples: 1 }],
    [
      'clock_decisions',
      {
        sender: riderId,
        recorder_id: recorderId,
        clock_epoch: 1,
        rule: 'none',
        offset_ms: 0,
        decided_by: trackId,
      },
    ],
    [
      'former_clock_decisions',
      { recorder_id: recorderId, clock_epoch: 1, rule: 'none', offset_ms: 0, decided_by: trackId },
    ],
    [
      'ledger_tracks',
      {
        ...{ track_id: trackId, upload_id: randomUUID(), track_index: 0, bike_id: bikeId, sender: riderId },
        ...{ received_at: at, delivery_tracks: 1, accepted: 1 },
      },
    ],
    ['ledger_counts', { track_id: trackId, ...stage }],
    ['ledger_names', { name: riderId }],
    [
      'ledger_settled',
      {
        received_at: new Date().toISOString(),
        track_id: randomUUID(),
        upload_id: randomUUID(),
        sender: undefined,
        accepted: 1,
      },
    ],
    [
      'analytics_claims',
      {
        ...{ track_id: trackId, source_partition: 0, source_offset: 1, samples: '{[0,1)}', delivered: 1 },
        withheld: {},
      },
    ],
    [
      'quarantine',
      {
        ...{ ...entry, track_id: trackId, source: `${riderId}/phone`, quarantined_at: quarantinedAt },
        record: record({ trackId: uuidBytes(trackId), sender: riderId, track }),
      },
    ],
    [
      'quarantine',
      {
        ...{ ...entry, track_id: moduleTrack, source: `${at}/module`, quarantined_at: quarantinedAt },
        record: record({
          ...{ trackId: uuidBytes(moduleTrack), sender: `bike:${bikeId}`, track },
          device: { bikeId: uuidBytes(bikeId), kind: 'ride' },
        }),
      },
    ],
    ['ownership_changes', { bike_id: bikeId, kind: 'claim', new_rider: riderId, author: `rider:${riderId}` }],
    [
      'ownership_cases',
      {
        ...{
          case_id: randomUUID(),
          bike_id: bikeId,
          former_rider: riderId,
          reason: 'a report',
          author: 'staff:eva',
        },
        ...{ state: 'dismissed', object_until: at, closed_at: at, objection: 'it is mine' },
      },
    ],
    [
      'ownership_offers',
      {
        ...{ offer_id: randomUUID(), bike_id: bikeId, rider_id: riderId, sha256: randomBytes(32) },
        ...{ valid_until: until, ended_at: at, used_by: riderId },
      },
    ],
    ['claim_codes', { ...sale, sha256: randomBytes(32), used_by: riderId }],
    ['superseded_rows', { table_name: 'ownerships', row: { bike_id: bikeId, rider_id: riderId } }],
    [
      'proposals',
      {
        ...{
          proposal_id: randomUUID(),
          kind: 'ownership_case',
          subject: bikeId,
          payload: { newRiderId: riderId },
        },
        ...{ effects: [{ who: `rider ${riderId}`, change: 'gains', what: 'a bike' }], reason: 'a report' },
        ...{ proposed_by: 'staff:eva', expires_at: at },
      },
    ],
  ]
}

/** A value that is undefined is the one that the database gave to the row before. */
async function fill(facts: Facts): Promise<void> {
  await sql`insert into ride_bikes (bike_id) values (${facts.bikeId}) on conflict do nothing`
  let added: Record<string, unknown> = {}
  for (const [table, row] of rowsOf(facts)) {
    const values = Object.entries(row).flatMap(([column, value]) => {
      if (value !== undefined) return [[column, isJson(value) ? sql.json(value as never) : value]]
      return column in added ? [[column, added[column]]] : []
    })
    const [first] = await sql`insert into ${sql(table)} ${sql(Object.fromEntries(values))} returning *`
    added = { access_id: first?.access_id, sender: first?.name_id }
    for (const key of Object.keys(added)) if (added[key] === undefined) delete added[key]
  }
}

const isJson = (value: unknown) =>
  typeof value === 'object' &&
  !Buffer.isBuffer(value) &&
  !(Array.isArray(value) && typeof value[0] === 'string')

/** Every row of every table in which the text or these bytes are, by table. */
async function rowsWith(text: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const table of Object.keys(tables)) {
    const rows = await sql<{ row: string }[]>`
      select t::text as row from ${sql(table)} as t
      where position(${text} in t::text) > 0 or position(${Buffer.from(text).toString('hex')} in t::text) > 0 order by 1`
    if (rows.length > 0) found[table] = rows.map(({ row }) => row)
  }
  return found
}

/** One that carries out a call and dies before anybody hears of it. */
function dying<T extends object>(of: T, method: keyof T): T {
  return {
    ...of,
    async [method](...args: unknown[]) {
      await (of[method] as (...args: unknown[]) => Promise<unknown>)(...args)
      throw new Error('killed')
    },
  }
}

const killedIn: Partial<Record<Step, { store?: keyof ErasureStore; samples?: keyof SampleEraser }>> = {
  known: { store: 'areBikesKnown' },
  documents: { samples: 'erase' },
  rows: { store: 'eraseRows' },
  expunged: { samples: 'expunge' },
  counted: { store: 'rowsLeft' },
}

test('a rider is erased whatever dies meanwhile, and others keep all', async () => {
  const store = createErasureStore(limited, tombstoneOf)
  await registerBikes(sql, [
    {
      bikeId: shared,
      riderId: nameOfOtto,
      ownedFrom: new Date('2024-01-01'),
      producedAt: new Date('2023-01-01'),
    },
    { bikeId: own, riderId: anna, ownedFrom: new Date('2026-01-01'), producedAt: new Date('2023-01-01') },
  ])
  await sql`update ownerships set owned = tstzrange('2024-01-01', '2025-01-01') where bike_id = ${shared}`
  await sql`insert into ownerships (bike_id, rider_id, owned) values
    (${shared}, ${anna}, tstzrange('2025-01-01', '2026-03-01')), (${shared}, ${bea}, tstzrange('2026-03-01', null))`
  await sql`select keep_ledger_partitions(1)`
  await fill({ riderId: nameOfOtto, bikeId: shared, at: '2024-12-05T08:00:00.000Z' })
  await fill({ riderId: anna, bikeId: shared, at: '2025-02-05T08:00:00.000Z' })
  await fill({ riderId: bea, bikeId: shared, at: '2026-03-05T08:00:00.000Z' })
  const ride = (riderId: string, bikeId: string, at: string) =>
    cleanTrack({ riderId, bikeId, recorderId: newId(), timesMs: seconds(at, 100) })
  await environment.settleAll([
    ...[ride(nameOfOtto, shared, '2024-12-05T08:00:00Z'), ride(anna, shared, '2025-02-05T08:00:00Z')],
    ...[ride(anna, shared, '2026-02-28T23:58:20Z'), ride(bea, shared, '2026-03-05T08:00:00Z')],
    ride(anna, own, '2026-04-05T08:00:00Z'),
  ])
  // A closed sibling: what comes later goes beside it.
  const closed = `${namespace}-telemetry-ride-2025.02`
  await environment.request('PUT', `/${closed}/_settings`, { 'index.blocks.write': true })
  await environment.settleAll([ride(anna, shared, '2025-02-06T08:00:00Z')])
  const others = async () =>
    (await environment.readAll(shared)).filter(
      ({ timeMs }) => timeMs < Date.UTC(2025, 0) || timeMs >= Date.UTC(2026, 2),
    )
  /** But the published copies of bikes, which change with the bike. */
  const keptOf = async (riderId: string) => ({ ...(await rowsWith(riderId)), known_bikes: [] })
  const before = {
    ...{ otto: await keptOf(nameOfOtto), bea: await keptOf(bea), samples: await others() },
  }
  expect(before.samples).toHaveLength(200)

  // A reader of telemetry.clean that has read, and then rests.
  const send = () =>
    producer.send([{ topic: topic('telemetry.clean'), key: uuidBytes(shared), value: uuidV7Bytes() }])
  const read = async (records: number) => {
    const stop = new AbortController()
    let seen = 0
    const consumer = createBatchConsumer({
      ...{ brokers, group, topics: [topic('telemetry.clean')], log },
      limits: { maxRecords: 100, maxBytes: 1_000_000 },
    })
    const running = consumer.run(async (batch) => {
      seen += batch.length
    }, stop.signal)
    await expect.poll(() => seen, { interval: 50 }).toBeGreaterThanOrEqual(records)
    await expect.poll(() => consumer.inFlight(), { interval: 50 }).toBe(0)
    stop.abort()
    await running
    await consumer.close()
  }
  await send()
  await read(1)
  await send()

  const { approvals } = createStaffStores(sql)
  const proposalId = randomUUID()
  await approvals.propose(
    erasureProposal({ proposalId, riderId: anna, reason: 'she asked for it', proposedBy: 'staff:eva' }),
  )
  const approve = (by: string) => approvals.decide(proposalId, { verdict: 'approved', by, reason: 'seen' })
  expect(await approve('staff:eva')).toEqual({ refused: 'second_person_needed' })
  expect(await approve('staff:otto')).toMatchObject({ proposal: { outcome: { done: true } } })
  expect(await findErasure(sql, proposalId)).toMatchObject({ step: 'known' })

  const journal = {
    write: (entry: JournalEntry) =>
      producer.send([{ topic: topic('privacy.journal'), ...journalRecord(entry) }]),
  }
  const deps: ErasureDeps = {
    ...{ store, samples, progress, topic, log, settleMs: 0, journal },
    readersOf: () => [group],
  }
  const current = async () => (await store.open(1))[0] as Erasure
  // Nobody has published her bikes yet.
  await advance(await current(), deps)
  expect(await current()).toMatchObject({ step: 'known' })
  await knowBikes(sql)

  const held = Object.entries(tables).flatMap(([table, holding]) =>
    'erased' in holding && (holding.erased === 'deleted' || holding.erased === 'unnamed') ? [table] : [],
  )
  // Their part was done when the erasure was approved; her own row is the erasure's.
  const atOnce = ['bike_settings', 'consents', 'erasure_requests', 'erasures', 'ownerships', 'research_keys']
  expect(Object.keys(await store.rowsLeft(await current())).sort()).toEqual(
    held.filter((table) => !atOnce.includes(table)).sort(),
  )
  expect(await samples.count(await store.samplesOf(await current()))).toBe(400)

  const reached: string[] = []
  let isRead = false
  for (const deadlineMs = Date.now() + 200_000; Date.now() < deadlineMs; ) {
    const erasure = await current()
    if (erasure === undefined) break
    if (reached.at(-1) !== erasure.step) {
      reached.push(erasure.step)
      const killed = killedIn[erasure.step]
      const mortal = {
        ...deps,
        ...(killed?.store && { store: dying(store, killed.store) }),
        ...(killed?.samples && { samples: dying(samples, killed.samples) }),
      }
      if (killed !== undefined) await expect(advance(erasure, mortal)).rejects.toThrow('killed')
      // Killed while the closed partition was open.
      if (erasure.step === 'documents') {
        await store.unblock(erasure, closed)
        await environment.request('PUT', `/${closed}/_settings`, { 'index.blocks.write': false })
      }
      continue
    }
    await advance(erasure, deps)
    // The engine keeps deleted documents for half a minute.
    if (erasure.step === 'expunged') await delay(500)
    const { step, awaited } = (await current()) ?? {}
    if (step === 'stored' && awaited !== undefined && !isRead) {
      // It waits for the reader that rests.
      await advance(await current(), deps)
      expect((await current()).step).toBe('stored')
      isRead = true
      await read(1)
    }
  }
  expect(reached).toEqual([
    ...['known', 'normalized', 'stored', 'derived', 'booked', 'documents', 'rows', 'expunged', 'counted'],
  ])
  expect(isRead).toBe(true)

  expect(await rowsWith(anna)).toEqual({})
  expect(await samples.count({ riderIds: [anna, `erased:${proposalId}`], bikes: [] })).toBe(0)
  expect(await environment.readAll(own)).toEqual([])
  expect(await others()).toEqual(before.samples)
  expect({ otto: await keptOf(nameOfOtto), bea: await keptOf(bea) }).toEqual({
    ...{ otto: before.otto, bea: before.bea },
  })
  // The bike's life goes on without her.
  expect(
    await sql`select owned::text from ownerships where rider_id = ${`erased:${proposalId}`}`,
  ).toHaveLength(2)
  const late = { '@timestamp': '2025-02-06T09:00:00Z', bike_id: shared, recorder_id: newId(), kind: 'ride' }
  await expect(environment.request('POST', `/${closed}/_doc`, late)).rejects.toThrow(
    'cluster_block_exception',
  )

  // What comes late is known, by her name and by the bikes that were hers; what is read again is left out.
  const riders = await createTombstones(sql, tombstoneOf).find([anna, bea])
  expect([...riders]).toEqual([[anna, { erasureId: proposalId, erasedAtMs: expect.any(Number) }]])
  const spans = await createErasedSpans(sql).find([shared, own])
  const ofShared = { fromMs: Date.UTC(2025, 0), untilMs: Date.UTC(2026, 2) }
  expect(spans.get(shared)).toEqual([{ bikeId: shared, name: `erased:${proposalId}`, ...ofShared }])
  const again = (at: string) => sql`
    insert into latest_state (bike_id, state_group, event_at, recorder_id, received_at, track_id, state)
    values (${shared}, 'again', ${at}, ${randomUUID()}, now(), ${randomUUID()}, '{}') returning event_at`
  expect(await again('2026-02-28T23:59:59Z')).toHaveLength(0)
  expect(await again('2026-03-01T00:00:00Z')).toHaveLength(1)

  const finished = (await findErasure(sql, proposalId)) as FinishedErasure
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const jws = await signCertificate(certificateContent(finished), { privateKey, keyId: 'k' })
  const told = await verifyCertificate(jws, publicKey)
  expect(told).toMatchObject({ erasureId: proposalId })
  expect(told.stores.map(({ store }) => store)).toEqual(
    expect.arrayContaining(['PostgreSQL rides', 'Elasticsearch telemetry', 'Kafka telemetry.raw']),
  )
  expect(jws).not.toContain(anna)

  // PostgreSQL and Elasticsearch are restored to a time at which she was there, had sold nothing, and bea had not withdrawn.
  const ofBea = await sql`select person from research_keys where rider_id = ${bea}`
  await sql`delete from erasures`
  await sql`delete from erasure_tombstones`
  await sql`update ownerships set rider_id = ${anna} where rider_id = ${`erased:${proposalId}`}`
  await sql`update ownerships set owned = tstzrange(lower(owned), null) where bike_id = ${own}`
  await fill({ riderId: anna, bikeId: shared, at: '2025-02-05T08:00:00.000Z' })
  await environment.settleAll([
    ...[ride(anna, shared, '2025-02-05T08:00:00Z'), ride(anna, own, '2026-04-05T08:00:00Z')],
  ])
  const entries: JournalEntry[] = []
  for await (const { value } of readTopic({ brokers, topic: topic('privacy.journal') })) {
    expect(String(value)).not.toContain(anna)
    entries.push(readJournalRecord(value ?? new Uint8Array()))
  }
  expect(new Set(entries.map(({ erasureId }) => erasureId))).toEqual(new Set([proposalId]))
  const consents = createConsents(createConsentStore(sql))
  const untilDone = () =>
    expect
      .poll(
        async () => {
          const erasure = await current()
          if (erasure !== undefined) await advance(erasure, deps)
          return erasure
        },
        { timeout: 200_000, interval: 200 },
      )
      .toBeUndefined()
  const replayed = () =>
    replayJournal(
      { entries: entries.slice(-1), persons: ofBea.map(({ person }) => person) },
      {
        ...{ replay: createJournalReplay(sql), tombstoneOf },
        withdraw: (riderId) => consents.withdraw({ riderId, purpose: 'research' }),
      },
    )
  expect(await replayed()).toEqual({ tombstones: 1, erasures: 1, withdrawals: 1 })
  expect(await replayed()).toEqual({ tombstones: 1, erasures: 0, withdrawals: 0 })
  await knowBikes(sql)
  await untilDone()
  expect(await rowsWith(anna)).toEqual({})
  expect(await environment.readAll(own)).toEqual([])
  expect(await others()).toEqual(before.samples)
  expect((await createTombstones(sql, tombstoneOf).find([anna])).get(anna)).toMatchObject({
    erasureId: proposalId,
  })
  // Elasticsearch alone is restored: the rider has no name any more, and the spans of the bikes do.
  await environment.settleAll([
    ride(anna, own, '2026-04-06T08:00:00Z'),
    ride(anna, shared, '2025-02-06T08:00:00Z'),
  ])
  expect(await environment.readAll(own)).not.toEqual([])
  expect(await eraseDocumentsAgain(sql, Date.now())).toBe(0)
  expect(await eraseDocumentsAgain(sql, 0)).toBe(1)
  await untilDone()
  expect(await environment.readAll(own)).toEqual([])
  expect(await others()).toEqual(before.samples)
  expect(await sql`select from consents where rider_id = ${bea} and granted @> now()`).toHaveLength(0)
}, 500_000)
