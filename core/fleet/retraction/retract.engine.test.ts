// A statement that is taken back leaves no trace: what remains is what a database believes that never received it.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { createRetractionStore } from '../../engines/postgres/fleet/retraction-store.ts'
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
  installed,
  made,
  madeMs,
  recycled,
  removed,
  renewed,
  serialNumber,
  sold,
  swapped,
} from '../testing/statement-fixtures.ts'
import { mostConnected, type Retraction, type RetractionOrder } from './port.ts'
import { createRetraction } from './retract.ts'

let database: TestDatabase
let fresh: TestDatabase
let retraction: Retraction

beforeAll(async () => {
  database = await createTestDatabase()
  fresh = await createTestDatabase()
  retraction = createRetraction(createRetractionStore(database.sql))
  return async () => {
    await database.drop()
    await fresh.drop()
  }
})

const empty = ({ sql }: TestDatabase) =>
  sql`truncate manufacturing_events, bikes, components, component_types, bike_models, retractions,
    superseded_rows, reported_parts cascade`

const order = (eventId: string): RetractionOrder => ({
  ...{ target: { cause: 'retract', eventId }, proposalId: randomUUID(), reason: 'it was a forgery' },
  ...{ proposedBy: 'staff:eva', approvedBy: 'staff:kai' },
})

/** Each statement in a batch of its own, with all that follows from it before the next one. */
async function tell(environment: FleetEnvironment, statements: readonly ManufacturingEvent[]) {
  for (const statement of statements) {
    await environment.intake([statement])
    await environment.settle()
  }
}

/** Without who said what: that statements are repeated is allowed, that rows differ is not. */
async function believed({ sql }: TestDatabase, environment: FleetEnvironment) {
  const rows = await sql`
    select 'installation' as what, slot, component_id::text as id, installed::text, installed_by::text, removed_by::text
      from installations
    union all select 'component', said_by::text, component_id::text, hardware_revised_at::text, null, null from components
    union all select 'service', kind, component_id::text, at::text, event_id::text, bike_id::text from service_events
    union all select 'finding', reason || ' ' || subject, coalesce(component_id, bike_id)::text, event_id::text, null, null
      from fleet_findings where closed_at is null
    union all select 'bike', said_by::text, bike_id::text, delivered_by::text, null, null from bikes
    union all select 'waits', subject, event_id::text, null, null, null from waiting_subjects
    order by 1, 2, 3, 4, 5`
  return { rows: [...rows], picture: await environment.picture() }
}

const on = (day: number) => madeMs + day * dayMs

/** Anything, whether possible or not: three bikes, four batteries, and statements of others about the same ones. */
function statement(what: number, [bike, battery, other, day]: readonly number[]): ManufacturingEvent {
  const [b, n, o, at] = [1 + (bike ?? 0), 1 + (battery ?? 0), 1 + (other ?? 0), on(day ?? 0)]
  switch (what) {
    case 0:
      return made('battery', n, { source: o % 2 === 0 ? 'oem:acme' : 'plant:dresden' })
    case 1:
      return built(b, { parts: n > 2 ? [] : undefined })
    case 2:
      return installed(b, n, at)
    case 3:
      return removed(b, n, at)
    case 4:
      return swapped(b, [n, o], at)
    case 5:
      return renewed(n, at, { hardwareRevision: String(o) })
    case 6:
      return recycled(n, at)
    default:
      return delivered(b, at)
  }
}

const chosen = fc.record({
  what: fc.nat({ max: 7 }),
  facts: fc.tuple(
    fc.nat({ max: 2 }),
    fc.nat({ max: 3 }),
    fc.nat({ max: 3 }),
    fc.integer({ min: 1, max: 40 }),
  ),
})

test('after a retraction all is as if the statement had never been received', {
  timeout: 300_000,
}, async () => {
  const property = fc.asyncProperty(
    fc.array(chosen, { minLength: 4, maxLength: 14 }),
    fc.nat(),
    async (chosen, pick) => {
      await Promise.all([empty(database), empty(fresh)])
      const [changed, untouched] = [database, fresh].map(({ sql }) => createFleetEnvironment(sql)) as [
        FleetEnvironment,
        FleetEnvironment,
      ]
      const basis = [...definitions(), ...[1, 2, 3, 4].map((n) => made('battery', n)), made('motor', 1)]
      const story = [...basis, ...chosen.map(({ what, facts }) => statement(what, facts))]
      await tell(changed, story)
      const applied = [...(await changed.states())].filter(([, state]) => state === 'applied')
      const things = story.slice(3).filter(({ eventId }) => applied.some(([id]) => id === eventId))
      const taken = things[pick % things.length]
      if (taken === undefined) return
      await tell(
        untouched,
        story.filter((each) => each !== taken),
      )
      expect(await retraction.retract(order(taken.eventId))).toMatchObject({ outcome: 'retracted' })
      await changed.settle()
      const states = new Map(await changed.states())
      expect(states.get(taken.eventId)).toBe('retracted')
      states.delete(taken.eventId)
      expect(states).toEqual(await untouched.states())
      expect(await believed(database, changed)).toEqual(await believed(fresh, untouched))
    },
  )
  await fc.assert(property, { numRuns: 25 })
})

describe('one bike', () => {
  let environment: FleetEnvironment
  const bikeId = randomUUID()
  const battery = made('battery', 1)
  const bike = built(1, { bikeId })
  const forged = swapped(1, [1, 2], on(5))
  const held = installed(1, 8, on(20))
  const story = [...definitions(), battery, made('motor', 1), made('battery', 2), bike, forged]

  beforeEach(async () => {
    await empty(database)
    environment = createFleetEnvironment(database.sql)
    await environment.intake(story)
    await environment.settle()
  })

  const told = ({ eventId, source }: ManufacturingEvent) => ({ eventId, source })
  const bikeRow = async () => {
    const [row] = await database.sql`
      select frame_number as "frameNumber", said_by as "saidBy", produced_at as "producedAt" from bikes
      where bike_id = ${bikeId}`
    return row
  }

  test('a preview says what would follow, and changes nothing', async () => {
    const before = await believed(database, environment)
    expect(await retraction.preview({ cause: 'retract', eventId: battery.eventId })).toEqual({
      ...{ outcome: 'retracted', judgedAgain: 4 },
      changed: [
        { ...told(battery), kind: 'componentProduced', before: 'applied', after: 'retracted' },
        { ...told(bike), kind: 'bikeProduced', before: 'applied', after: 'held' },
        { ...told(forged), kind: 'componentSwapped', before: 'applied', after: 'held' },
      ],
    })
    expect(await believed(database, environment)).toEqual(before)
  })

  test('a retracted id stays retracted when its record is read again, and is in no list of doubts', async () => {
    await retraction.retract(order(forged.eventId))
    const { judged, repeated } = await environment.intake(story)
    expect([judged.length, repeated.length]).toEqual([0, story.length])
    await environment.settle()
    expect((await environment.states()).get(forged.eventId)).toBe('retracted')
    expect(await retraction.retract(order(forged.eventId))).toEqual({ outcome: 'repeated' })
  })

  test('what was taken back is known before its statement is read: a database that is rebuilt does not believe it', async () => {
    await retraction.retract(order(forged.eventId))
    const before = await believed(database, environment)
    const taken = await database.sql`select * from retractions`
    await empty(database)
    await database.sql`insert into retractions ${database.sql(taken)}`
    await environment.intake(story)
    await environment.settle()
    expect((await environment.states()).get(forged.eventId)).toBe('retracted')
    expect(await believed(database, environment)).toEqual(before)
  })

  test('a bike that nothing tells of any more is forgotten, unless something else refers to it', async () => {
    await retraction.retract(order(bike.eventId))
    expect(await bikeRow()).toBeUndefined()
  })

  test.each(['owned', 'with a module', 'published', 'registered by hand'])(
    'a bike %s stays as if registered by hand',
    async (why) => {
      const { sql } = database
      if (why === 'owned')
        await sql`insert into ownerships (bike_id, rider_id, owned) values (${bikeId}, 'anna', '[2025-04-01,)')`
      if (why === 'with a module')
        await sql`insert into devices (device_id, bike_id) values (${randomUUID()}, ${bikeId})`
      if (why === 'published')
        await sql`update bike_changes set published_version = 1 where bike_id = ${bikeId}`
      if (why === 'registered by hand')
        await sql`update bikes set registered_as_produced_at = '2025-01-01' where bike_id = ${bikeId}`
      await retraction.retract(order(bike.eventId))
      const producedAt = new Date(why === 'registered by hand' ? '2025-01-01' : madeMs)
      expect(await bikeRow()).toEqual({ frameNumber: null, saidBy: null, producedAt })
      const owners = await sql`select rider_id as "riderId" from ownerships where bike_id = ${bikeId}`
      expect([...owners]).toEqual(why === 'owned' ? [{ riderId: 'anna' }] : [])
    },
  )

  test('what a reviewer decided counts when a statement is judged again', async () => {
    const odd = removed(1, 9, on(9))
    await environment.intake([odd])
    const review = createReviewOn(database.sql)
    const [row] = await database.sql<{ componentId: string }[]>`
      select component_id as "componentId" from components where serial_number = ${serialNumber('battery', 2)}`
    const decided = await review.decide({
      ...{ decisionId: randomUUID(), eventId: odd.eventId, verdict: 'merge', author: 'service:eva' },
      ...{ reason: 'misread', seen: 1, mergeInto: row?.componentId },
    })
    expect(decided).toMatchObject({ outcome: 'decided', state: 'applied' })
    const late = delivered(1, on(2))
    await environment.intake([late])
    await retraction.retract(order(late.eventId))
    expect((await environment.states()).get(odd.eventId)).toBe('applied')
    const aliases = await database.sql`select serial_number as alias from component_aliases`
    expect([...aliases]).toEqual([{ alias: serialNumber('battery', 9) }])
  })

  test('a sale without a code stays applied when something else is taken back, whoever owns the bike since', async () => {
    const [sale, late] = [sold(1, 'anna', on(2)), delivered(1, on(3))]
    await environment.intake([sale, late])
    await database.sql`
      insert into ownerships (bike_id, rider_id, owned) values (${bikeId}, 'anna', ${`[${new Date(on(9)).toISOString()},)`})`
    const taken = await retraction.retract(order(late.eventId))
    expect(taken).toMatchObject({ changed: [{ eventId: late.eventId, after: 'retracted' }] })
    expect((await environment.states()).get(sale.eventId)).toBe('applied')
  })

  test('an unused code of a sale is void with it, a used one stays used', async () => {
    const sale = sold(1, 'anna', on(10))
    await environment.intake([sale])
    const code = (sha: number, used: string | null) => database.sql`
      insert into claim_codes (sha256, bike_id, sold_at, said_by, valid_until, ended_at, used_by)
      values (${Buffer.alloc(32, sha)}, ${bikeId}, now(), ${sale.eventId}, now() + interval '180 days',
        ${used === null ? null : '2025-05-01'}, ${used})`
    await code(1, null)
    await code(2, 'anna')
    await retraction.retract(order(sale.eventId))
    const codes = await database.sql`
      select used_by as "usedBy", ended_at > now() - interval '1 hour' as "isVoidNow" from claim_codes order by sha256`
    expect([...codes]).toEqual([
      { usedBy: null, isVoidNow: true },
      { usedBy: 'anna', isVoidNow: false },
    ])
  })

  test.each<[string, () => string, object]>([
    ['nobody knows', () => bikeId, { outcome: 'statement_unknown', eventId: bikeId }],
    ['is held', () => held.eventId, { outcome: 'not_applied', eventId: held.eventId, state: 'held' }],
  ])('a statement that %s cannot be taken back', async (_, id, outcome) => {
    await environment.intake([held])
    expect(await retraction.retract(order(id()))).toEqual(outcome)
  })

  test('a definition concerns all that it defines', async () => {
    const [type] = story
    await retraction.retract(order(type?.eventId ?? ''))
    const states = await environment.states()
    expect([bike, battery].map(({ eventId }) => states.get(eventId))).toEqual(['held', 'held'])
    expect(await database.sql`select component_type from component_types order by 1`).toMatchObject([
      { component_type: 'motor' },
    ])
  })

  test(`beyond ${mostConnected} connected statements nothing changes`, async () => {
    const many = Array.from({ length: mostConnected }, (_, number) => delivered(1, on(2) + number))
    await environment.intake(many)
    const before = await believed(database, environment)
    expect(await retraction.retract(order(forged.eventId))).toEqual({ outcome: 'too_many' })
    expect(await believed(database, environment)).toEqual(before)
  })
})
