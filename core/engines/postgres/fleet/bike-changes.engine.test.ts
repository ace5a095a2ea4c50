// Whatever changes what a bike's entity says makes a new version of it, in the same transaction.
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../../testkit/engines.ts'
import type { ChangedBike } from '../../../fleet/publication/port.ts'
import { registerBikes } from '../../../fleet/registry/stores.ts'
import type { Sql } from '../client/connect.ts'
import { createBikeChanges } from './bike-changes.ts'
import { republish } from './republish.ts'

const producedAt = new Date('2025-03-01T10:00:00Z')
const [eventId, componentId, bikeId] = [randomUUID(), randomUUID(), randomUUID()]
let sql: Sql

beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  await registerBikes(sql, [{ bikeId, riderId: 'anna', producedAt }])
  const said_by = eventId
  await insert('manufacturing_events', {
    provenance: 'legacy',
    ...{ event_id: eventId, source: 'plant:a', kind: 'component_produced', record: 'a', state: 'applied' },
    ...{ occurred_at: producedAt, subjects: [], statement: Buffer.of(), sha256: Buffer.of() },
  })
  await insert('component_types', {
    ...{ component_type: 'battery', name: 'Battery', serial_pattern: '.*', check_digit: 'none', said_by },
  })
  await insert('bike_models', { model_id: 'm1', name: 'One', slots: [], produced: '[2020-01-01,)', said_by })
  await insert('components', {
    ...{ component_id: componentId, component_type: 'battery', serial_number: 'B1', plant: 'plant', said_by },
    ...{ hardware_revision: 'hw1', firmware_revision: 'fw1', batch: 'batch1', produced_at: producedAt },
  })
  return database.drop
})

const insert = (table: string, row: Record<string, unknown>) => sql`insert into ${sql(table)} ${sql(row)}`

const entity = async () => {
  return (await createBikeChanges(sql).waiting(10)).find((changed) => changed.bikeId === bikeId)?.entity
}

async function publishAll(): Promise<void> {
  const changes = createBikeChanges(sql)
  await changes.published(await changes.waiting(10))
}

const since = { sinceMs: expect.any(BigInt) }
const part = {
  slot: 'battery',
  componentId,
  type: 'battery',
  serialNumber: 'B1',
  hardwareRevision: 'hw1',
  firmwareRevision: 'fw1',
  batch: 'batch1',
  installedAtMs: BigInt(Date.UTC(2025, 3, 1)),
}

test.each<[string, () => Promise<unknown>, object]>([
  [
    'what the plant says of it',
    () => sql`
      update bikes set frame_number = 'F1', model_id = 'm1', plant = 'p', oem = 'o', delivered_at = '2025-04-02'
      where bike_id = ${bikeId}`,
    {
      ...{ frameNumber: 'F1', modelId: 'm1', plant: 'p', oem: 'o' },
      producedAtMs: BigInt(producedAt.getTime()),
      deliveredAtMs: BigInt(Date.UTC(2025, 3, 2)),
    },
  ],
  [
    'a sale',
    () =>
      registerBikes(sql, [
        { bikeId, riderId: 'ben', producedAt, ownedFrom: new Date('2025-06-01T00:00:00Z') },
      ]),
    {
      ownerships: [
        {
          riderId: 'anna',
          fromMs: BigInt(producedAt.getTime()),
          untilMs: BigInt(Date.UTC(2025, 5, 1)),
        },
        { riderId: 'ben', fromMs: BigInt(Date.UTC(2025, 5, 1)) },
      ],
    },
  ],
  [
    'a module that is enrolled',
    () => sql`insert into devices (device_id, bike_id) values (${eventId}, ${bikeId})`,
    { deviceIds: [eventId], devices: [{ deviceId: eventId, samplesFromMs: expect.any(BigInt) }] },
  ],
  [
    'a part that is installed',
    () => sql`
      insert into installations (bike_id, slot, component_id, installed, installed_by)
      values (${bikeId}, 'battery', ${componentId}, '[2025-04-01 00:00:00+00,)', ${eventId})`,
    { parts: [part] },
  ],
  [
    'new firmware of a part',
    () => sql`update components set firmware_revision = 'fw2' where component_id = ${componentId}`,
    { parts: [{ ...part, firmwareRevision: 'fw2' }] },
  ],
  [
    'a finding about it',
    () => sql`
      insert into fleet_findings (reason, subject, detail, evidence, bike_id)
      values ('undocumented_swap', 'battery', '', '{}', ${bikeId})`,
    { flags: [{ reason: 'undocumented_swap', subject: 'battery', ...since }] },
  ],
  [
    'a finding about a part of it',
    () => sql`
      insert into fleet_findings (reason, subject, detail, evidence, component_id)
      values ('said_before', 'battery:B1', '', '{}', ${componentId})`,
    {
      flags: [
        { reason: 'said_before', subject: 'battery:B1', ...since },
        { reason: 'undocumented_swap', subject: 'battery', ...since },
      ],
    },
  ],
  [
    'a part that is removed, with what was doubtful of it',
    () => sql`update installations set installed = '[2025-04-01,2025-07-01)' where bike_id = ${bikeId}`,
    { parts: [], flags: [{ reason: 'undocumented_swap' }] },
  ],
  [
    'a finding that is explained',
    () => sql`update fleet_findings set closed_at = now(), closed_by = 'x' where bike_id = ${bikeId}`,
    { flags: [] },
  ],
])('%s is published', async (_, change, expected) => {
  await publishAll()
  expect(await entity()).toBeUndefined()
  await change()
  expect(await entity()).toMatchObject({ bikeId, ...expected })
})

test('what changes while a version is on its way is published next', async () => {
  const changes = createBikeChanges(sql)
  await republish(sql, bikeId)
  const before = await entity()
  await sql`update bikes set plant = 'q' where bike_id = ${bikeId}`
  await changes.published([{ bikeId, entity: undefined, version: Number(before?.version) }])
  expect(await entity()).toMatchObject({ plant: 'q', version: (before?.version ?? 0n) + 1n })
})

test('a module of a bike that nobody knows waits for the bike', async () => {
  const unknown = randomUUID()
  await publishAll()
  await sql`insert into devices (device_id, bike_id) values (${randomUUID()}, ${unknown})`
  expect(await createBikeChanges(sql).waiting(10)).toMatchObject([{ bikeId: unknown, entity: undefined }])
  await publishAll()
  await registerBikes(sql, [{ bikeId: unknown, riderId: 'anna', producedAt }])
  expect(await createBikeChanges(sql).waiting(10)).toMatchObject([
    {
      bikeId: unknown,
      entity: { deviceIds: [expect.any(String)], devices: [{ deviceId: expect.any(String) }] },
    },
  ])
})

test('a change that is taken back publishes nothing', async () => {
  await publishAll()
  const undone = sql.begin(async (tx) => {
    await tx`update bikes set plant = 'r' where bike_id = ${bikeId}`
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect(await createBikeChanges(sql).waiting(10)).toEqual([])
})

test('what is being changed is left for later, and keeps nobody waiting', async () => {
  const changes = createBikeChanges(sql)
  await publishAll()
  await republish(sql, bikeId)
  const [before] = await changes.waiting(10)
  await sql.begin(async (tx) => {
    await tx`update bikes set plant = 's' where bike_id = ${bikeId}`
    expect(await changes.published([before as ChangedBike])).toBe(0)
    expect(await changes.waiting(10)).toEqual([before])
  })
  expect(await changes.waiting(10)).toMatchObject([{ bikeId, entity: { plant: 's' } }])
})
