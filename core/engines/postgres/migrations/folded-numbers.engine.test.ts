import { randomUUID } from 'node:crypto'
import { clone, fromBinary, toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { createEarlierDatabase, type TestDatabase } from '../../../../testkit/engines.ts'
import { foldNumbers } from '../../../fleet/statements/read.ts'
import { createFleetEnvironment } from '../../../fleet/testing/fleet-environment.ts'
import { built, form, made, model, recycled } from '../../../fleet/testing/statements.ts'
import { migrate } from '../client/migrate.ts'
import { createReviewReader } from '../fleet/review-store.ts'

let database: TestDatabase

/** A database of the version before numbers were folded. */
beforeAll(async () => {
  database = await createEarlierDatabase('0035_odometer_ways.sql')
})
afterAll(() => database.drop())

/** As the fleet of that version wrote it. */
async function statement(said: ManufacturingEvent, subjects: readonly string[], state = 'applied') {
  const { sql } = database
  const event = clone(ManufacturingEventSchema, said)
  event.eventId = randomUUID()
  await sql`
    insert into manufacturing_events (event_id, source, kind, subjects, statement, sha256, record, state, provenance)
    values (${event.eventId}, ${event.source}, ${event.event.case ?? ''}, ${[...subjects]},
      ${Buffer.from(toBinary(ManufacturingEventSchema, event))}, decode('00', 'hex'), 'events/0/0', ${state}, 'legacy')`
  await sql`
    insert into manufacturing_judgements (event_id, number, state, findings) values (${event.eventId}, 1, ${state}, '[]')`
  if (state === 'held')
    for (const subject of subjects)
      await sql`insert into waiting_subjects values (${subject}, ${event.eventId})`
  return event.eventId
}

async function battery(number: string, { batch = 'B7', day = 1 } = {}) {
  const eventId = await statement(made(number, { batch }), [`battery:${number}`, 'type:battery'])
  await database.sql`
    insert into components (component_id, component_type, serial_number, hardware_revision, firmware_revision, batch, plant, produced_at, said_by)
    values (${eventId}, 'battery', ${number}, '1', '1', ${batch}, 'Werk\u00a0A', ${`2025-01-0${day}`}, ${eventId})`
  return eventId
}

async function bike(frameNumber: string) {
  const bikeId = randomUUID()
  const eventId = await statement(built({ bikeId, frameNumber }), [`frame:${frameNumber}`, `bike:${bikeId}`])
  await database.sql`
    insert into bikes (bike_id, produced_at, frame_number, plant, said_by)
    values (${bikeId}, '2025-01-01', ${frameNumber}, 'dresden', ${eventId})`
  return { bikeId, eventId }
}

test('an old database: numbers are folded, and two that look alike stay two and go to review', async () => {
  const { sql } = database
  const types = await statement(form({ type: 'battery' }), ['type:battery'])
  await statement(model([]), ['model:cargo'])
  await sql`insert into component_types (component_type, name, serial_pattern, check_digit, said_by) values ('battery', '', '.*', 'none', ${types})`
  const plain = await battery('BA-1')
  const alike = await battery('BA–1', { batch: 'B‑8' })
  const [earlier, later] = [await battery('BA‒2'), await battery('BA―2', { day: 2 })]
  const alone = await battery('BA\u20103')
  await sql`insert into component_aliases values ('battery', 'BA\u22121', ${plain}, ${plain}), ('battery', 'OLD–1', ${alone}, ${alone})`
  const [first, second] = [await bike('F-1'), await bike('F\u20131')]
  await sql`insert into reported_parts values (${first.bikeId}, 'battery', 'BA\u20103', now(), ${randomUUID()})`
  const waiting = await statement(recycled('BA–9'), ['battery:BA–9', 'type:battery'], 'held')

  expect(await migrate(sql)).toContain('0036_folded_numbers.ts')

  const components = await sql`select component_id, serial_number, batch, plant from components`
  expect(Object.fromEntries(components.map((row) => [row.component_id, row.serial_number]))).toEqual({
    ...{ [plain]: 'BA-1', [alike]: 'BA–1', [earlier]: 'BA-2', [later]: 'BA―2', [alone]: 'BA-3' },
  })
  expect(components.find((row) => row.component_id === alike)).toMatchObject({
    batch: 'B-8',
    plant: 'Werk A',
  })
  // The one that its component's own number has become is none.
  expect(await sql`select serial_number, component_id from component_aliases`).toEqual([
    { serial_number: 'OLD-1', component_id: alone },
  ])
  const frames = await sql`select bike_id, frame_number from bikes`
  expect(Object.fromEntries(frames.map((row) => [row.bike_id, row.frame_number]))).toEqual({
    ...{ [first.bikeId]: 'F-1', [second.bikeId]: 'F–1' },
  })
  expect(await sql`select serial_number from reported_parts`).toEqual([{ serial_number: 'BA-3' }])

  // The statement that waited for BA–9 waits for BA-9 now, and keeps how the number was written.
  expect(await sql`select subject from waiting_subjects where event_id = ${waiting} order by 1`).toEqual([
    ...[{ subject: 'battery:BA-9' }, { subject: 'type:battery' }],
  ])
  const [held] = await sql<{ statement: Buffer }[]>`
    select statement from manufacturing_events where event_id = ${waiting}`
  expect(fromBinary(ManufacturingEventSchema, held?.statement ?? Buffer.of())).toMatchObject({
    event: { value: { component: { serialNumber: 'BA-9' } } },
    asWritten: ['BA–9'],
  })

  const { statements } = await createReviewReader(sql).list({}, { limit: 10 })
  const asked = statements.filter(({ findings }) => findings.length > 0)
  expect(asked.map(({ subjects, findings }) => [subjects[0], findings[0]?.reason])).toEqual([
    ...[
      ['frame:F-1', 'frame_number_taken'],
      ['battery:BA-1', 'serial_taken'],
      ['battery:BA-2', 'serial_taken'],
    ],
  ])
  expect(asked[1]?.findings[0]?.evidence).toMatchObject({
    ...{ 'said serialNumber': 'BA–1', 'known serialNumber': 'BA-1' },
    ...{ 'said id': alike, 'known id': plain, 'said by': alike },
  })
})

test('news of the number ends no such waiting, and makes nobody a third one', async () => {
  const { sql } = database
  const environment = createFleetEnvironment(sql)
  const before = await environment.states()
  const news = { ...made('BA―1', { batch: 'B7' }), eventId: randomUUID() }
  foldNumbers(news)
  await environment.intake([news])
  await environment.settle()
  expect((await environment.states()).get(news.eventId)).toBe('held')
  expect([...(await environment.states())]).toEqual(expect.arrayContaining([...before]))
  expect(await sql`select component_id from components where serial_number like 'BA_1'`).toHaveLength(2)
})
