// What becomes of statements in PostgreSQL, whatever the order in which they come.
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/engines.ts'
import { createFleetRig, type FleetRig } from './testing/fleet-rig.ts'
import { dayMs, definitions, made, madeMs, sold, swapped, wholeBike } from './testing/sayings.ts'

let database: TestDatabase
let rig: FleetRig

beforeAll(async () => {
  database = await createTestDatabase()
  rig = createFleetRig(database.sql)
  return database.drop
})

test('in any order, one by one or at once, the same statements give the same master data', async () => {
  const story = [
    ...definitions(),
    ...wholeBike(1),
    made('battery', 2),
    made('battery', 3),
    swapped(1, [1, 2], madeMs + 10 * dayMs),
    swapped(1, [2, 3], madeMs + 20 * dayMs),
    sold(1, 'anna', madeMs + 5 * dayMs),
    sold(1, 'ben', madeMs + 15 * dayMs),
  ]
  await rig.intake(story)
  const told = await rig.picture()
  expect([...new Set((await rig.states()).values())]).toEqual(['applied'])

  const other = await createTestDatabase()
  try {
    const backwards = createFleetRig(other.sql)
    for (const statement of story.toReversed()) {
      await backwards.intake([statement])
      await backwards.settle()
    }
    expect(await backwards.picture()).toEqual(told)
    expect([...new Set((await backwards.states()).values())]).toEqual(['applied'])
  } finally {
    await other.drop()
  }
})
