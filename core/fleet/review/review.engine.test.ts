// Decisions of reviewers, and what follows from them, on PostgreSQL.

import { randomUUID } from 'node:crypto'
import { create, type JsonObject, toJson } from '@bufbuild/protobuf'
import { TimestampSchema, timestampFromMs } from '@bufbuild/protobuf/wkt'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  ManufacturingEventSchema,
  SlotSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { createTestDatabase, type TestDatabase } from '../../../testkit/engines.ts'
import { createRecordStore } from '../../engines/postgres/fleet/record-store.ts'
import { lockSubjects } from '../../engines/postgres/fleet/store.ts'
import { decideInStore } from '../judging/decide.ts'
import { judgeAndApply } from '../judging/judge.ts'
import { rules } from '../judging/rules/index.ts'
import { createFleetReader } from '../registry/reader.ts'
import { locksOf, subjectsOf } from '../statements/subjects.ts'
import {
  createFleetEnvironment,
  createReviewOn,
  type FleetEnvironment,
} from '../testing/fleet-environment.ts'
import {
  built,
  dayMs,
  definitions,
  frameNumber,
  installed,
  made,
  madeMs,
  part,
  removed,
  say,
  serialNumber,
  sold,
  swapped,
  wholeBike,
} from '../testing/statement-fixtures.ts'
import type { Review, ReviewRequest } from './port.ts'

let database: TestDatabase
let environment: FleetEnvironment
let review: Review

beforeAll(async () => {
  database = await createTestDatabase()
  environment = createFleetEnvironment(database.sql)
  review = createReviewOn(database.sql)
  await environment.intake(definitions())
  return database.drop
})

/** Number of the statement's last judgement. */
const lastJudgement = async (eventId: string) =>
  (await review.show(eventId))?.judgements.at(-1)?.number ?? Number.NaN

const decide = async (eventId: string, asked: Partial<ReviewRequest> & Pick<ReviewRequest, 'verdict'>) =>
  review.decide({
    decisionId: randomUUID(),
    eventId,
    author: 'service:eva',
    reason: 'asked the plant',
    seen: await lastJudgement(eventId),
    ...asked,
  })

/** The serial number with its fifth digit from the end wrong, so that the check digit is wrong. */
function mistyped(type: string, number: number): string {
  const right = serialNumber(type, number)
  return `${right.slice(0, -5)}${(Number(right.at(-5)) + 3) % 10}${right.slice(-4)}`
}

const partsOf = (number: number) => database.sql<{ slot: string; serialNumber: string }[]>`
  select slot, serial_number as "serialNumber" from installations join components using (component_id)
    join bikes using (bike_id)
  where frame_number = ${frameNumber(number)} and upper_inf(installed) order by slot`

/** A bike whose battery has a wrong serial number, and what is said of it later. */
async function mistypedBike(number: number) {
  const component = { type: 'battery', serialNumber: mistyped('battery', number) }
  const bike = built(number, { parts: [{ slot: 'battery', component }, part('motor', number)] })
  const later = [
    made('battery', number + 1),
    swapped(number, [number, number + 1], madeMs + 30 * dayMs),
    sold(number, 'anna', madeMs + 10 * dayMs),
  ]
  await environment.intake([made('battery', number), made('motor', number), bike, ...later])
  await environment.settle()
  const dependents = later.slice(1).map(({ eventId }) => eventId)
  return { bike, dependents, component }
}

describe('a bike with a mistyped part', () => {
  test('waits with all that is said of it, and the likeliest fix is suggested', async () => {
    const { bike, dependents } = await mistypedBike(10)
    const shown = await review.show(bike.eventId)
    expect(shown?.state).toBe('held')
    expect(shown?.findings.map(({ reason }) => reason)).toContain('check_digit')
    expect(shown?.others.map(({ eventId }) => eventId)).toEqual(expect.arrayContaining(dependents))
    const [first] = shown?.suggestions ?? []
    expect(first).toMatchObject({ verdict: 'correct' })
    expect(JSON.stringify(first?.correction)).toContain(serialNumber('battery', 10))
  })

  test('is mended by a correction, and so is its history', async () => {
    const { bike, dependents } = await mistypedBike(20)
    const [first] = (await review.show(bike.eventId))?.suggestions ?? []
    const outcome = await decide(bike.eventId, { verdict: 'correct', correction: first?.correction })
    expect(outcome).toMatchObject({ outcome: 'decided', state: 'applied' })
    expect(outcome).toHaveProperty('released', expect.arrayContaining(dependents))
    expect(await partsOf(20)).toEqual([
      { slot: 'battery', serialNumber: serialNumber('battery', 21) },
      { slot: 'motor', serialNumber: serialNumber('motor', 20) },
    ])
    const after = await review.show(bike.eventId)
    expect(after?.decisions).toMatchObject([{ verdict: 'correct', author: 'service:eva' }])
    expect(JSON.stringify(after?.decisions[0]?.before)).toContain(mistyped('battery', 20))
  })

  test('is mended by a merge: the wrong number means the battery from then on', async () => {
    const { bike, component } = await mistypedBike(30)
    const [battery] = await database.sql<{ id: string }[]>`
      select component_id as id from components where serial_number = ${serialNumber('battery', 30)}`
    const outcome = await decide(bike.eventId, { verdict: 'merge', mergeInto: battery?.id })
    expect(outcome).toMatchObject({ outcome: 'decided', state: 'applied' })
    expect(await partsOf(30)).toContainEqual({ slot: 'battery', serialNumber: serialNumber('battery', 31) })
    // The plant repeats its mistake.
    const again = made('battery', 30, { facts: { component } })
    await environment.intake([again])
    expect((await environment.states()).get(again.eventId)).toBe('applied')
    expect(
      await database.sql`select from components where serial_number = ${component.serialNumber}`,
    ).toHaveLength(0)
  })
})

describe('a number that was merged', () => {
  const batteryOf = async (number: number) => {
    const [found] = await database.sql<{ id: string; batch: string }[]>`
      select component_id as id, batch from components where serial_number = ${serialNumber('battery', number)}`
    return found
  }
  const merge = async (eventId: string, number: number) =>
    decide(eventId, { verdict: 'merge', mergeInto: (await batteryOf(number))?.id })

  test('is a component itself where its plant says so and a reviewer believes it', async () => {
    await environment.intake(wholeBike(200))
    const removal = removed(200, 201, madeMs + 3 * dayMs)
    await environment.intake([removal])
    expect(await merge(removal.eventId, 200)).toMatchObject({ state: 'applied' })

    const facts = { batch: 'PORTO-1', plant: 'porto' }
    const real = made('battery', 201, { facts, source: 'plant:porto' })
    const fitting = installed(200, 201, madeMs + 6 * dayMs)
    await environment.intake([real])
    const shown = await review.show(real.eventId)
    expect(shown?.findings).toMatchObject([
      { reason: 'serial_taken', evidence: { 'known serialNumber': serialNumber('battery', 200) } },
    ])
    expect(await decide(real.eventId, { verdict: 'accept' })).toMatchObject({ state: 'applied' })
    expect((await batteryOf(200))?.batch).toBe('B1')
    expect((await batteryOf(201))?.batch).toBe('PORTO-1')
    await environment.intake([fitting])
    expect(await partsOf(200)).toContainEqual({ slot: 'battery', serialNumber: serialNumber('battery', 201) })
  })

  test('still says the same where its plant repeats what is known', async () => {
    await environment.intake(wholeBike(210))
    const removal = removed(210, 211, madeMs + 3 * dayMs)
    await environment.intake([removal])
    await merge(removal.eventId, 210)
    const again = made('battery', 211)
    await environment.intake([again])
    expect((await environment.states()).get(again.eventId)).toBe('applied')
    expect(await batteryOf(211)).toBeUndefined()
  })

  test('lets what was said under it go on when the battery itself is spoken of', async () => {
    await environment.intake([
      ...wholeBike(220),
      ...wholeBike(222).slice(1, 2),
      built(222, { parts: [part('motor', 222)] }),
    ])
    const fitting = installed(222, 221, madeMs + 20 * dayMs)
    await environment.intake([fitting])
    expect(await merge(fitting.eventId, 220)).toMatchObject({
      state: 'held',
      findings: [{ reason: 'component_elsewhere' }],
    })
    await environment.intake([removed(220, 220, madeMs + 10 * dayMs)])
    await environment.settle()
    expect((await environment.states()).get(fitting.eventId)).toBe('applied')
    expect(await partsOf(222)).toContainEqual({ slot: 'battery', serialNumber: serialNumber('battery', 220) })
  })
})

test('what is unlikely can be accepted, and stays accepted while it waits for something else', async () => {
  const component = { type: 'battery', serialNumber: mistyped('battery', 40) }
  const odd = made('battery', 40, { facts: { component } })
  const bike = built(40, { parts: [{ slot: 'battery', component }, part('motor', 40)] })
  await environment.intake([made('motor', 40), bike, odd])
  expect(await decide(bike.eventId, { verdict: 'accept' })).toMatchObject({ state: 'held' })
  const outcome = await decide(odd.eventId, { verdict: 'accept' })
  expect(outcome).toMatchObject({ outcome: 'decided', state: 'applied', released: [bike.eventId] })
  expect(await partsOf(40)).toContainEqual({ slot: 'battery', serialNumber: component.serialNumber })
})

describe('nobody decides about what he has not seen:', () => {
  /** Two plants say that they made a component of one mistyped number. */
  async function twoOf(number: number) {
    const component = { type: 'battery', serialNumber: mistyped('battery', number) }
    const wrong = made('battery', number, { facts: { component, batch: 'WRONG' }, source: 'plant:porto' })
    const right = made('battery', number, { facts: { component, batch: 'RIGHT' } })
    await environment.intake([wrong, right])
    const batches = () => database.sql<{ batch: string }[]>`
      select batch from components where serial_number = ${component.serialNumber}`
    return { wrong, right, batches }
  }

  test('a statement that was judged otherwise meanwhile', async () => {
    const { wrong, right, batches } = await twoOf(250)
    const seen = await lastJudgement(wrong.eventId)
    expect(await decide(right.eventId, { verdict: 'accept' })).toMatchObject({ state: 'applied' })
    for (const verdict of ['accept', 'reject'] as const) {
      expect(await decide(wrong.eventId, { verdict, seen })).toEqual({ outcome: 'changed' })
    }
    expect(await batches()).toEqual([{ batch: 'RIGHT' }])
    expect(await decide(wrong.eventId, { verdict: 'accept' })).toMatchObject({ state: 'applied' })
    expect(await batches()).toEqual([{ batch: 'WRONG' }])
  })

  test('one that would be, and that nobody has judged again yet', async () => {
    const { wrong, right, batches } = await twoOf(251)
    await decideInStore(environment.store, { statements: [right] }, (known) => ({
      judged: [judgeAndApply(right, known, { rules, accepted: new Set(['check_digit']) })],
    }))
    expect(await decide(wrong.eventId, { verdict: 'accept' })).toEqual({ outcome: 'changed' })
    expect(await batches()).toEqual([{ batch: 'RIGHT' }])
    const shown = await review.show(wrong.eventId)
    expect(shown?.findings.map(({ reason }) => reason)).toEqual(['serial_taken'])
    expect(shown?.decisions).toEqual([])
  })
})

test('what cannot be is not acceptable', async () => {
  await environment.intake([...wholeBike(50), made('motor', 51)])
  const thief = built(51, { parts: [part('battery', 50), part('motor', 51)] })
  await environment.intake([thief])
  expect(await decide(thief.eventId, { verdict: 'accept' })).toMatchObject({ outcome: 'invalid' })
  expect(await decide(thief.eventId, { verdict: 'merge', mergeInto: randomUUID() })).toMatchObject({
    outcome: 'invalid',
  })
  const correction = { eventId: randomUUID() }
  expect(await decide(thief.eventId, { verdict: 'correct', correction })).toMatchObject({
    outcome: 'invalid',
  })
  expect((await environment.states()).get(thief.eventId)).toBe('held')
})

test('a part in a slot that the model lacks is not acceptable: there is no second motor', async () => {
  await environment.intake([...wholeBike(52), made('motor', 53)])
  const second = say(
    {
      case: 'componentInstalled',
      value: { frameNumber: frameNumber(52), part: { ...part('motor', 53), slot: 'motor_2' } },
    },
    { atMs: madeMs + dayMs, source: 'service:leipzig' },
  )
  await environment.intake([second])
  expect(await decide(second.eventId, { verdict: 'accept' })).toMatchObject({ outcome: 'invalid' })
  expect((await partsOf(52)).filter(({ slot }) => slot.startsWith('motor'))).toHaveLength(1)

  // Once the model has the slot, a correction that changes nothing has it judged again.
  const [, , model] = definitions()
  if (model?.event.case !== 'bikeModelDefined') throw new Error('no model')
  model.occurredAt = timestampFromMs(madeMs + dayMs)
  model.event.value.slots.push(create(SlotSchema, { slot: 'motor_2', type: 'motor' }))
  await environment.intake([model])
  expect(await decide(second.eventId, { verdict: 'correct', correction: {} })).toMatchObject({
    state: 'applied',
  })
})

test('a time that is none is shown as it came, and spoils no page beside it', async () => {
  const odd = sold(54, 'anna', madeMs + dayMs)
  odd.occurredAt = create(TimestampSchema, { seconds: 1_740_000_000n, nanos: -1 })
  await environment.intake([...wholeBike(54), odd])
  const shown = await review.show(odd.eventId)
  expect(shown).toMatchObject({
    state: 'refused',
    findings: [{ reason: 'field_invalid', subject: 'occurredAt' }],
    statement: { occurredAt: { seconds: '1740000000', nanos: -1 } },
  })
  const beside = await review.show(shown?.others[0]?.eventId ?? '')
  expect(beside?.others.map(({ eventId }) => eventId)).toContain(odd.eventId)
  const { bikeId } = (
    await database.sql<{ bikeId: string }[]>`
    select bike_id as "bikeId" from bikes where frame_number = ${frameNumber(54)}`
  )[0] ?? { bikeId: '' }
  const history = await createFleetReader(createRecordStore(database.sql)).history(bikeId, { limit: 10 })
  expect(history?.rows).toContainEqual(expect.objectContaining({ eventId: odd.eventId }))
  const correction = { occurredAt: new Date(madeMs + dayMs).toISOString() }
  const approved = [{ who: expect.any(String), change: 'gains', what: expect.stringContaining('by a claim') }]
  const asked = await decide(odd.eventId, { verdict: 'correct', correction })
  expect(asked).toEqual({ outcome: 'approval_needed', effects: approved })
  const { effects = [] } = 'effects' in asked ? asked : {}
  expect(
    await decide(odd.eventId, {
      ...{ verdict: 'correct', correction },
      approved: { effects, requestSha256: 'ab'.repeat(32) },
    }),
  ).toMatchObject({
    state: 'applied',
  })
})

test('a look at a statement, with who gains by it, waits for nobody who judges it', async () => {
  const early = sold(55, 'anna', madeMs - 9 * dayMs)
  await environment.intake([...wholeBike(55), early])
  await database.sql.begin(async (judging) => {
    await lockSubjects(judging, locksOf(subjectsOf(early), []))
    expect(await review.show(early.eventId)).toMatchObject({ state: 'held', effects: [{ change: 'gains' }] })
  })
})

test('what is rejected never comes back by itself, but can be corrected', async () => {
  const wrong = built(60)
  await environment.intake([wrong])
  expect(await decide(wrong.eventId, { verdict: 'reject' })).toMatchObject({ state: 'refused' })
  await environment.intake([made('battery', 60), made('motor', 60)])
  await environment.settle()
  expect((await environment.states()).get(wrong.eventId)).toBe('refused')
  expect(await decide(wrong.eventId, { verdict: 'accept' })).toEqual({
    outcome: 'not_open',
    state: 'refused',
  })
  const outcome = await decide(wrong.eventId, {
    verdict: 'correct',
    correction: { bikeProduced: { plant: 'leipzig' } },
  })
  expect(outcome).toMatchObject({ outcome: 'decided', state: 'applied' })
})

test('a row that nobody could read is corrected into what it should have said', async () => {
  const row = say({
    case: 'unreadableRow',
    value: { file: 'shelf.csv', line: 7, text: 'B 65;?', faults: ['no date'] },
  })
  await environment.intake([row])
  expect((await environment.states()).get(row.eventId)).toBe('refused')
  const meant = toJson(ManufacturingEventSchema, made('battery', 65)) as JsonObject
  const correction = { unreadableRow: null, componentProduced: meant.componentProduced as JsonObject }
  expect(await decide(row.eventId, { verdict: 'correct', correction })).toMatchObject({ state: 'applied' })
  const [shown] = (await review.show(row.eventId))?.decisions ?? []
  expect(shown?.before).toMatchObject({ unreadableRow: { text: 'B 65;?' } })
})

test('the same decision again changes nothing; its id with another request is refused', async () => {
  const component = { type: 'battery', serialNumber: mistyped('battery', 70) }
  const odd = made('battery', 70, { facts: { component } })
  await environment.intake([odd])
  const asked = { decisionId: randomUUID(), verdict: 'accept' as const }
  expect(await decide(odd.eventId, asked)).toMatchObject({ outcome: 'decided', state: 'applied' })
  expect(await decide(odd.eventId, asked)).toMatchObject({ outcome: 'repeated', state: 'applied' })
  expect(await decide(odd.eventId, { ...asked, reason: 'another' })).toEqual({
    outcome: 'decision_id_reused',
  })
  expect((await review.show(odd.eventId))?.decisions).toHaveLength(1)
  expect(await decide(randomUUID(), { verdict: 'reject' })).toEqual({ outcome: 'statement_unknown' })
})

test('what waits is listed oldest first, page by page, by reason, source and subject', async () => {
  const odd = [80, 81, 82].map((number) =>
    made('battery', number, {
      source: 'plant:gera',
      facts: { component: { type: 'battery', serialNumber: mistyped('battery', number) } },
    }),
  )
  const homeless = built(83, { modelId: 'nobody-knows' })
  for (const statement of [...odd, homeless]) await environment.intake([statement])
  const filter = { source: 'plant:gera', reason: 'check_digit' as const }
  const first = await review.list(filter, { limit: 2 })
  expect(first.statements.map(({ eventId }) => eventId)).toEqual(
    odd.slice(0, 2).map(({ eventId }) => eventId),
  )
  const second = await review.list(filter, { limit: 2, cursor: first.nextCursor })
  expect(second.statements.map(({ eventId }) => eventId)).toEqual(odd.slice(2).map(({ eventId }) => eventId))
  expect(second.nextCursor).toBeUndefined()
  const bySubject = await review.list({ subject: `frame:${frameNumber(83)}` }, { limit: 9 })
  expect(bySubject.statements).toMatchObject([
    { eventId: homeless.eventId, kind: 'bikeProduced', state: 'held' },
  ])
  await expect(review.list({}, { limit: 2, cursor: 'nonsense' })).rejects.toThrow()
})

test('a definition that comes late releases all that waited for it', async () => {
  const waiting = [built(90, { modelId: 'late' }), built(91, { modelId: 'late' })]
  await environment.intake([...[90, 91].flatMap((n) => [made('battery', n), made('motor', n)]), ...waiting])
  const [, , model] = definitions()
  if (model?.event.case !== 'bikeModelDefined') throw new Error('no model')
  model.event.value.modelId = 'late'
  await environment.intake([model])
  await environment.settle()
  const states = await environment.states()
  expect(waiting.map(({ eventId }) => states.get(eventId))).toEqual(['applied', 'applied'])
})

const staysOf = (number: number) => database.sql<{ from: number; until: number | null }[]>`
  select (extract(epoch from lower(installed)) * 1000 - ${madeMs}::float8)::float8 / ${dayMs}::float8 as from,
    (extract(epoch from upper(installed)) * 1000 - ${madeMs}::float8)::float8 / ${dayMs}::float8 as until
  from installations join bikes using (bike_id)
  where frame_number = ${frameNumber(number)} and slot = 'battery' order by installed`

test('a removal that is corrected after the battery came back ends the first stay only', async () => {
  await environment.intake(wholeBike(100))
  const out = removed(100, 100, madeMs + 5 * dayMs)
  if (out.event.case !== 'componentRemoved') throw new Error('no removal')
  Object.assign(out.event.value.component ?? {}, { serialNumber: mistyped('battery', 100) })
  const back = installed(100, 100, madeMs + 10 * dayMs)
  await environment.intake([out])
  await environment.intake([back])
  const correction = { componentRemoved: { component: { serialNumber: serialNumber('battery', 100) } } }
  expect(await decide(out.eventId, { verdict: 'correct', correction })).toMatchObject({
    state: 'applied',
    released: [back.eventId],
  })
  expect(await staysOf(100)).toEqual([
    { from: 0, until: 5 },
    { from: 10, until: null },
  ])
})

test('a removal at another time that a reviewer believes moves the end, and the other one is held', async () => {
  const late = removed(110, 110, madeMs + 50 * dayMs)
  await environment.intake([...wholeBike(110), late])
  const early = removed(110, 110, madeMs + 10 * dayMs)
  await environment.intake([early])
  await environment.settle()
  expect(await decide(early.eventId, { verdict: 'accept' })).toMatchObject({ state: 'applied' })
  await environment.settle()
  expect(await staysOf(110)).toEqual([{ from: 0, until: 10 }])
  expect((await environment.states()).get(late.eventId)).toBe('held')
  // It came in again before.
  await environment.intake([installed(110, 110, madeMs + 20 * dayMs)])
  await environment.settle()
  expect(await staysOf(110)).toEqual([
    { from: 0, until: 10 },
    { from: 20, until: 50 },
  ])
})
