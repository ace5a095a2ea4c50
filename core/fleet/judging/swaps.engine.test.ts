// Random histories of swaps on PostgreSQL: whatever is said, in whatever order, the records stay possible.

import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { createFleetEnvironment, type FleetEnvironment } from '../testing/fleet-environment.ts'
import {
  dayMs,
  definitions,
  installed,
  made,
  madeMs,
  removed,
  swapped,
  wholeBike,
} from '../testing/statement-fixtures.ts'
import { decideInStore } from './decide.ts'
import { planAgain } from './plan.ts'
import { rules } from './rules/index.ts'

let database: TestDatabase
let environment: FleetEnvironment
beforeAll(async () => {
  database = await createTestDatabase()
  environment = createFleetEnvironment(database.sql)
  await environment.intake(definitions())
  return database.drop
})

const bikes = 3
const spares = 3

const day = fc.integer({ min: 1, max: 12 })
const bike = fc.integer({ min: 0, max: bikes - 1 })
const battery = fc.integer({ min: 0, max: bikes + spares - 1 })
/** Numbers are relative: each run has bikes and batteries of its own. */
const said = fc.oneof(
  fc.record({ kind: fc.constant('install' as const), bike, battery, day }),
  fc.record({ kind: fc.constant('remove' as const), bike, battery, day }),
  fc.record({ kind: fc.constant('swap' as const), bike, battery, other: battery, day }),
)
const history = fc.record({
  moves: fc.array(said, { minLength: 5, maxLength: 25 }),
  batchSize: fc.integer({ min: 1, max: 8 }),
})

let first = 0

function statementsOf({ moves }: { moves: readonly Move[] }): ManufacturingEvent[] {
  return moves.map((move) => {
    const [onBike, component, atMs] = [first + move.bike, first + move.battery, madeMs + move.day * dayMs]
    if (move.kind === 'install') return installed(onBike, component, atMs)
    if (move.kind === 'remove') return removed(onBike, component, atMs)
    return swapped(onBike, [component, first + move.other], atMs)
  })
}
type Move = typeof said extends fc.Arbitrary<infer S> ? S : never

const overlaps = () => database.sql`
  select from installations as a join installations as b
    on a.installation_id < b.installation_id and a.installed && b.installed
    and (a.component_id = b.component_id or (a.bike_id = b.bike_id and a.slot = b.slot))`

const unbelieved = () => database.sql`
  select from installations join manufacturing_events on event_id in (installed_by, removed_by)
  where state <> 'applied'`

/** Applied swaps whose component is not where they put it. */
const withoutEffect = (eventIds: readonly string[]) => database.sql`
  select from manufacturing_events as said
  where event_id = any(${eventIds as string[]}::uuid[]) and kind = 'componentSwapped' and state = 'applied'
    and not exists (select from installations where installed_by = event_id)
    and not exists (select from manufacturing_judgements as judged
      where judged.event_id = said.event_id and findings @> '[{"reason": "said_before"}]')`

test('a random sequence of installations, removals and swaps keeps every invariant', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ moves, batchSize }) => {
      first += bikes + spares
      const made_ = Array.from({ length: bikes }, (_, i) => wholeBike(first + i)).flat()
      const more = Array.from({ length: spares }, (_, i) => made('battery', first + bikes + i))
      await environment.intake([...made_, ...more])
      const statements = statementsOf({ moves })
      for (let at = 0; at < statements.length; at += batchSize) {
        await environment.intake(statements.slice(at, at + batchSize))
        await environment.settle()
      }
      expect(await overlaps()).toHaveLength(0)
      expect(await unbelieved()).toHaveLength(0)
      expect(await withoutEffect(statements.map(({ eventId }) => eventId))).toHaveLength(0)
      await expectNothingForgotten(statements)
    }),
    { numRuns: 25 },
  )
})

/** What is held would be held by a judgement of now: no change has passed it by. */
async function expectNothingForgotten(statements: readonly ManufacturingEvent[]): Promise<void> {
  const known = await environment.store.find(statements.map(({ eventId }) => eventId))
  const held = known.filter(({ state }) => state === 'held')
  for (const one of held) {
    const { judged } = await decideInStore(environment.store, { statements: [one.event] }, (now) =>
      planAgain([one], now, rules),
    )
    expect(judged).toMatchObject([{ state: 'held', findings: one.findings }])
  }
}
