// What becomes of statements in PostgreSQL, whatever the order in which they come.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { CheckDigit } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { contentSha256 } from '../statements/statement-id.ts'
import { createFleetEnvironment, type FleetEnvironment } from '../testing/fleet-environment.ts'
import {
  dayMs,
  definitions,
  frameNumber,
  installed,
  made,
  madeMs,
  recycled,
  removed,
  renewed,
  say,
  serialNumber,
  sold,
  swapped,
  wholeBike,
} from '../testing/statement-fixtures.ts'
import { decideInStore, UnstorableError } from './decide.ts'

let database: TestDatabase
let environment: FleetEnvironment

beforeAll(async () => {
  database = await createTestDatabase()
  environment = createFleetEnvironment(database.sql)
  return database.drop
})

const on = (day: number) => madeMs + day * dayMs

/** Out and in again, sold and bought back, made anew twice, recycled: whoever is told of it last may be the first. */
const story = [
  ...definitions(),
  ...wholeBike(1),
  made('battery', 2),
  made('battery', 3),
  swapped(1, [1, 2], on(10)),
  removed(1, 2, on(20)),
  installed(1, 2, on(22)),
  removed(1, 2, on(24)),
  installed(1, 3, on(26)),
  swapped(1, [3, 2], on(30)),
  renewed(1, on(12), { hardwareRevision: '2', firmwareRevision: '2.0' }),
  renewed(1, on(14), { hardwareRevision: '3' }),
  recycled(3, on(50)),
  sold(1, 'anna', on(5)),
  sold(1, 'anna', on(8)),
  sold(1, 'ben', on(15)),
  sold(1, 'anna', on(25)),
]

test('in any order, one by one or at once, the same statements give the same master data', async () => {
  await environment.intake(story)
  await environment.settle()
  const told = await environment.picture()
  expect([...new Set((await environment.states()).values())]).toEqual(['applied'])

  const anyOrder = fc.record({
    statements: fc.shuffledSubarray(story, { minLength: story.length, maxLength: story.length }),
    batch: fc.integer({ min: 1, max: 5 }),
  })
  await fc.assert(
    fc.asyncProperty(anyOrder, async ({ statements, batch }) => {
      const other = await createTestDatabase()
      try {
        const shuffled = createFleetEnvironment(other.sql)
        for (let at = 0; at < statements.length; at += batch) {
          await shuffled.intake(statements.slice(at, at + batch))
          await shuffled.settle()
        }
        expect([...new Set((await shuffled.states()).values())]).toEqual(['applied'])
        expect(await shuffled.picture()).toEqual(told)
      } finally {
        await other.drop()
      }
    }),
    { numRuns: 5, endOnFailure: true, examples: [[{ statements: story.toReversed(), batch: 1 }]] },
  )
})

test('a statement that the database cannot store is refused, and blocks no other', async () => {
  const trusting = createFleetEnvironment(database.sql, [])
  const hugeNumber = randomBytes(5_000).toString('hex')
  const huge = made('battery', 500, { facts: { component: { type: 'battery', serialNumber: hugeNumber } } })
  const others = [500, 501, 502, 503].map((number) => made('battery', number))
  await trusting.intake([...others.slice(0, 2), huge, ...others.slice(2)])
  const states = await trusting.states()
  expect(others.map(({ eventId }) => states.get(eventId))).toEqual(others.map(() => 'applied'))
  const [refused] = await trusting.store.find([huge.eventId])
  expect(refused).toMatchObject({ state: 'refused', findings: [{ reason: 'field_invalid' }] })
})

test('… also when it waited for something', async () => {
  const trusting = createFleetEnvironment(database.sql, [])
  const lamp = (serialNumber: string) =>
    made('lamp', 0, { facts: { component: { type: 'lamp', serialNumber } } })
  const [huge, other] = [lamp(randomBytes(5_000).toString('hex')), lamp('L1')]
  await trusting.intake([huge, other])
  const before = await trusting.states()
  expect([huge, other].map(({ eventId }) => before.get(eventId))).toEqual(['held', 'held'])
  const value = { type: 'lamp', name: 'Lamp', serialPattern: '.*', checkDigit: CheckDigit.NONE }
  await trusting.intake([say({ case: 'componentTypeDefined', value })])
  await trusting.settle()
  const after = await trusting.states()
  expect([huge, other].map(({ eventId }) => after.get(eventId))).toEqual(['refused', 'applied'])
})

test('what breaks a constraint whenever it is tried is no race', async () => {
  await environment.intake([...wholeBike(700), made('battery', 701)])
  const [place] = await database.sql<{ bikeId: string; componentId: string }[]>`
    select bike_id as "bikeId", component_id as "componentId" from bikes, components
    where frame_number = ${frameNumber(700)} and serial_number = ${serialNumber('battery', 701)}`
  if (place === undefined) throw new Error('no bike')
  const event = installed(700, 701, madeMs + dayMs)
  const installation = {
    ...place,
    slot: 'battery',
    fromMs: madeMs + dayMs,
    untilMs: Number.POSITIVE_INFINITY,
  }
  let asked = 0
  const deciding = decideInStore(environment.store, { statements: [event] }, () => {
    asked++
    const changes = [{ kind: 'install' as const, installation }]
    const received = {
      contentSha256: contentSha256(event),
      record: 'test/0/0',
      receivedAtMs: Date.now(),
      speaker: { provenance: 'legacy' } as const,
    }
    return {
      judged: [{ event, state: 'applied' as const, findings: [], changes, touched: [], again: [], received }],
    }
  })
  await expect(deciding).rejects.toThrow(UnstorableError)
  expect(asked).toBeGreaterThan(1)
})

test('names and senders beyond all measure are refused like other nonsense', async () => {
  const endless = randomBytes(5_000).toString('hex')
  const statement = made('battery', 600, {
    source: `plant:${endless}`,
    facts: { component: { type: endless, serialNumber: endless } },
  })
  await environment.intake([statement])
  expect((await environment.states()).get(statement.eventId)).toBe('refused')
})
