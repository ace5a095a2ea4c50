// Plants that speak of the same thing at the same moment, on connections of their own.
import { beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { connectPostgres, type Sql } from '../../engines/postgres/client/connect.ts'
import { createFleetEnvironment, type FleetEnvironment } from '../testing/fleet-environment.ts'
import {
  built,
  dayMs,
  definitions,
  made,
  madeMs,
  part,
  serialNumber,
  swapped,
  wholeBike,
} from '../testing/statement-fixtures.ts'

let database: TestDatabase
let connections: Sql[]
let plants: FleetEnvironment[]

beforeAll(async () => {
  database = await createTestDatabase()
  connections = ['dresden', 'porto'].map((name) => connectPostgres({ url: database.url, name }))
  plants = connections.map((sql) => createFleetEnvironment(sql))
  await plants[0]?.intake(definitions())
  return async () => {
    await Promise.all(connections.map((sql) => sql.end()))
    await database.drop()
  }
})

const rounds = Array.from({ length: 15 }, (_, round) => round)

async function atOnce(statements: readonly [ReturnType<typeof made>, ReturnType<typeof made>]) {
  await Promise.all(statements.map((statement, index) => plants[index]?.intake([statement])))
  const known = await plants[0]?.store.find(statements.map(({ eventId }) => eventId))
  return [...(known ?? [])].sort((a, b) => (a.state < b.state ? -1 : 1))
}

describe('at the same moment', () => {
  test('two plants register one battery: one wins, the other is held', async () => {
    for (const round of rounds) {
      const outcome = await atOnce([
        made('battery', round, { facts: { batch: 'B1' } }),
        made('battery', round, { facts: { batch: 'X9' }, source: 'plant:porto' }),
      ])
      expect(outcome).toMatchObject([
        { state: 'applied' },
        { state: 'held', findings: [{ reason: 'serial_taken' }] },
      ])
      const rows =
        await database.sql`select from components where serial_number = ${serialNumber('battery', round)}`
      expect(rows).toHaveLength(1)
    }
  })

  test('two plants build one battery into a bike each: one wins, the other is held', async () => {
    for (const round of rounds.map((each) => 1_000 + 2 * each)) {
      await plants[0]?.intake([made('battery', round), made('motor', round), made('motor', round + 1)])
      const outcome = await atOnce([
        built(round),
        built(round + 1, { parts: [part('battery', round), part('motor', round + 1)] }),
      ])
      expect(outcome.map(({ state }) => state)).toEqual(['applied', 'held'])
      expect(outcome[1]?.findings.map(({ reason }) => reason)).toEqual(['component_elsewhere'])
    }
  })

  test('two workshops fit one battery into two bikes: one wins', async () => {
    for (const round of rounds.map((each) => 2_000 + 3 * each)) {
      await plants[0]?.intake([...wholeBike(round), ...wholeBike(round + 1), made('battery', round + 2)])
      const outcome = await atOnce([
        swapped(round, [round, round + 2], madeMs + 5 * dayMs),
        swapped(round + 1, [round + 1, round + 2], madeMs + 6 * dayMs),
      ])
      expect(outcome.map(({ state }) => state)).toEqual(['applied', 'held'])
    }
  })

  test('the part comes while the bike that names it is being held: the bike does not stay held', async () => {
    for (const round of rounds.map((each) => 3_000 + each)) {
      const bike = built(round)
      await plants[0]?.intake([made('motor', round)])
      await atOnce([bike, made('battery', round)])
      await plants[0]?.settle()
      expect((await plants[0]?.states())?.get(bike.eventId)).toBe('applied')
    }
  })
})

describe('the database itself refuses', () => {
  const install = (bike: number, slot: string, component: number) => database.sql`
    insert into installations (bike_id, slot, component_id, installed, installed_by)
    select bike_id, ${slot}, component_id, tstzrange('2025-06-01', null), bikes.said_by from bikes, components
    where frame_number = ${`FR-${String(bike).padStart(6, '0')}`}
      and serial_number = ${serialNumber('battery', component)}`

  beforeAll(async () => {
    await plants[0]?.intake([...wholeBike(9_000), ...wholeBike(9_001), made('battery', 9_002)])
  })

  test('a component in two bikes', async () => {
    await expect(install(9_001, 'battery_2', 9_000)).rejects.toThrow('exclusion constraint')
  })
  test('two components in a slot', async () => {
    await expect(install(9_000, 'battery', 9_002)).rejects.toThrow('exclusion constraint')
  })
})
