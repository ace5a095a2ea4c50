import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { createEarlierDatabase } from '../../../../testkit/engines.ts'
import { createFleetEnvironment } from '../../../fleet/testing/fleet-environment.ts'
import type { Sql } from '../client/connect.ts'
import { migrate } from '../client/migrate.ts'

let sql: Sql

/** A database of the version before ownership had a room of its own. */
beforeAll(async () => {
  const database = await createEarlierDatabase('0009_refused_statements.sql')
  sql = database.sql
  return database.drop
})

const [sold, soldOn] = ['2025-03-06T09:00:00Z', '2025-06-01T10:00:00Z']

/** As the fleet of that version wrote it: a statement, its judgement, and what it waits for. */
async function statement(kind: string, state: string, { waitsFor = [] as string[], due = false } = {}) {
  const eventId = randomUUID()
  await sql`
    insert into manufacturing_events (event_id, source, kind, subjects, statement, sha256, record, state, due)
    values (${eventId}, 'oem:acme', ${kind}, ${waitsFor}, decode('0801', 'hex'), decode('00', 'hex'), 'events/0/0', ${state}, ${due})`
  await sql`
    insert into manufacturing_judgements (event_id, number, state, findings) values (${eventId}, 1, ${state}, '[]')`
  for (const subject of waitsFor) await sql`insert into waiting_subjects values (${subject}, ${eventId})`
  return eventId
}

const owned = () => sql`select bike_id, rider_id, owned, said_by from ownerships order by bike_id, owned`
const statements = () =>
  sql`select event_id, kind, state, statement, sha256 from manufacturing_events order by 1`

test('every owner stays, and every applied statement stays applied', async () => {
  const [bought, byHand, nobodys] = [randomUUID(), randomUUID(), randomUUID()]
  for (const bikeId of [bought, byHand, nobodys])
    await sql`insert into bikes (bike_id, produced_at) values (${bikeId}, '2025-01-01')`
  const first = await statement('bikeSold', 'applied')
  const second = await statement('bikeSold', 'applied')
  const known = await statement('bikeSold', 'applied', { waitsFor: ['frame:F-1'], due: true })
  const held = await statement('bikeSold', 'held', { waitsFor: ['frame:F-9'] })
  const removal = await statement('componentRemoved', 'applied', { waitsFor: ['frame:F-1'], due: true })
  await sql`
    insert into ownerships (bike_id, rider_id, owned, said_by) values
      (${bought}, 'anna', tstzrange(${sold}, ${soldOn}), ${first}),
      (${bought}, 'ben', tstzrange(${soldOn}, null), ${second}),
      (${byHand}, 'carl', '(,)', null)`
  const [owners, said] = [await owned(), await statements()]

  expect(await migrate(sql)).toContain('0012_ownership.sql')
  expect(await owned()).toEqual(owners)
  expect(await statements()).toEqual(said)
  const changes = await sql`
    select bike_id, kind, former_rider, new_rider, begins_at, author, reason from ownership_changes order by change_id`
  const migrated = { kind: 'migration', author: 'platform:migration' }
  const ofAnna = { ...migrated, bike_id: bought, former_rider: null, new_rider: 'anna' }
  const ofBen = { ...migrated, bike_id: bought, former_rider: 'anna', new_rider: 'ben' }
  const ofCarl = { ...migrated, bike_id: byHand, former_rider: null, new_rider: 'carl' }
  expect(changes).toHaveLength(3)
  expect([...changes]).toEqual(
    expect.arrayContaining([
      { ...ofAnna, begins_at: new Date(sold), reason: `statement ${first}` },
      { ...ofBen, begins_at: new Date(soldOn), reason: `statement ${second}` },
      { ...ofCarl, begins_at: null, reason: 'registered by hand' },
    ]),
  )
  // What was applied and waits for news is a removal only: a sale has none to wait for.
  expect(await sql`select event_id from waiting_subjects order by subject`).toEqual([
    { event_id: removal },
    { event_id: held },
  ])
  expect(await sql`select event_id from manufacturing_events where due`).toEqual([{ event_id: removal }])
  expect((await createFleetEnvironment(sql).states()).get(known)).toBe('applied')
})

test('what no version wrote, an ownership of no time, would read as one for ever, and goes', async () => {
  const empty = sql`insert into ownerships (bike_id, rider_id, owned) select bike_id, 'eve', 'empty' from bikes limit 1`
  await expect(empty).rejects.toThrow('ownerships_owned_check')
})
