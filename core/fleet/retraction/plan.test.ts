import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { KnownStatement, StatementState } from '../judging/port.ts'
import {
  dayMs,
  definitions,
  delivered,
  frameNumber,
  installed,
  made,
  madeMs,
  serialNumber,
} from '../testing/statement-fixtures.ts'
import { connectingSubjects, retractionAnswer, retractionQuestion } from './plan.ts'
import { type LoadedConnected, mostConnected } from './port.ts'

const target = (eventId: string) => ({ cause: 'retract', eventId }) as const
const nothing = { types: [], models: [], bikes: [], components: [], aliases: [], installations: [] }
const battery = made('battery', 1)
const fitted = installed(1, 1, madeMs + dayMs)

const stored = (event: ManufacturingEvent, state: StatementState = 'applied') =>
  ({
    ...{ event, state, contentSha256: event.eventId, record: event.eventId, findings: [], judgement: 1 },
    ...{ decisions: [], isDue: false, speaker: { provenance: 'legacy' } },
  }) as KnownStatement

const loaded = (statements: readonly KnownStatement[], more: Partial<LoadedConnected> = {}) => ({
  ...{ nowMs: madeMs + 9 * dayMs, statements, snapshot: nothing, partners: [], standing: [] },
  asked: [battery.eventId],
  ...more,
})

/** Asks until nothing more is wanted; the store has these statements. */
function answered(statements: readonly KnownStatement[], more: Partial<LoadedConnected> = {}) {
  let question = retractionQuestion(target(battery.eventId))
  for (let round = 0; round < 10; round++) {
    const answer = retractionAnswer(loaded(statements, more), question, [])
    if (!('more' in answer)) return { ...answer, question }
    question = answer.more
  }
  throw new Error('it asks for ever')
}

test('things connect statements, and definitions only who defines them', () => {
  const [type] = definitions()
  expect(connectingSubjects({ event: fitted })).toEqual([
    `frame:${frameNumber(1)}`,
    `battery:${serialNumber('battery', 1)}`,
  ])
  expect(connectingSubjects({ event: type as ManufacturingEvent })).toEqual(['type:battery'])
})

describe('the question', () => {
  test('grows by what is found, and locks all of it', () => {
    const { question } = answered([stored(battery), stored(fitted)])
    const locked = question.locks.map(({ subject }) => subject)
    expect(locked).toEqual(expect.arrayContaining([`frame:${frameNumber(1)}`, 'type:battery']))
    expect(question.connecting).not.toContain('type:battery')
  })

  test('follows another name of a component', () => {
    const componentId = battery.eventId
    const aliases = [{ name: { type: 'battery', serialNumber: 'OLD' }, componentId }]
    const { question } = answered([stored(battery)], { snapshot: { ...nothing, aliases } })
    expect(question.connecting).toContain('battery:OLD')
  })
})

describe('the outcome', () => {
  test.each<[string, readonly KnownStatement[], object]>([
    ['of a statement that nobody knows', [], { outcome: 'statement_unknown', eventId: battery.eventId }],
    ['of one that was taken back before', [stored(battery, 'retracted')], { outcome: 'repeated' }],
    [
      'of one that is held',
      [stored(battery, 'held')],
      { outcome: 'not_applied', eventId: battery.eventId, state: 'held' },
    ],
  ])('%s writes nothing', (_, statements, outcome) => {
    const { outcome: found, ...rest } = answered(statements)
    expect([found, 'writes' in rest]).toEqual([outcome, false])
  })

  test.each([
    [mostConnected, 'retracted'],
    [mostConnected + 1, 'too_many'],
  ])('of %d connected statements is %s', (count, outcome) => {
    const others = Array.from({ length: count }, () => stored(delivered(1, madeMs + dayMs), 'held'))
    const question = retractionQuestion(
      target(battery.eventId),
      [stored(battery), ...others],
      [...connectingSubjects({ event: battery }), ...connectingSubjects({ event: delivered(1, madeMs) })],
    )
    const answer = retractionAnswer(loaded([stored(battery), ...others]), question, [])
    expect(answer).toMatchObject({ outcome: { outcome } })
  })

  test('names what is retracted, and what remains is judged without it', () => {
    const { outcome, writes } = answered([stored(battery), stored(fitted)])
    expect(outcome).toMatchObject({
      judgedAgain: 1,
      changed: [
        { eventId: battery.eventId, after: 'retracted' },
        { eventId: fitted.eventId, before: 'applied', after: 'held' },
      ],
    })
    expect(writes).toMatchObject({ eventIds: [battery.eventId], forgotten: [], voided: [] })
  })

  test('a bike that nothing tells of is forgotten, unless it stands by itself', () => {
    const bikes = [randomUUID(), randomUUID()].map((bikeId) => ({
      ...{ bikeId, frameNumber: `F-${bikeId}`, modelId: 'trail-1', plant: 'dresden', oem: 'acme' },
      ...{ producedAtMs: madeMs, deliveredAtMs: undefined, source: 'plant:dresden', isOwned: false },
      soldBy: [],
    })) as unknown as LoadedConnected['snapshot']['bikes']
    const [gone, stands] = bikes.map(({ bikeId }) => bikeId)
    const { writes } = answered([stored(battery)], {
      snapshot: { ...nothing, bikes },
      standing: [{ bikeId: stands ?? '', registeredAsProducedAtMs: null }],
    })
    expect(writes?.forgotten).toEqual([gone])
  })
})

describe('of a key', () => {
  const key = { cause: 'distrust_key', keyId: 'k', fromMs: 100 } as const
  const answer = (more: Partial<LoadedConnected>, statements: readonly KnownStatement[] = []) =>
    retractionAnswer(loaded(statements, more), retractionQuestion(key, statements, []), [])

  test.each<[string, Partial<LoadedConnected>, object]>([
    ['nobody registered', { asked: [] }, { outcome: 'key_unknown', keyId: 'k' }],
    ['that is distrusted from then on', { asked: [], distrustedFromMs: 100 }, { outcome: 'repeated' }],
    [
      'that is distrusted later',
      { asked: [], distrustedFromMs: 101 },
      { outcome: 'retracted', judgedAgain: 0, changed: [] },
    ],
    [
      'that said nothing since',
      { asked: [], distrustedFromMs: Number.POSITIVE_INFINITY },
      { outcome: 'retracted', judgedAgain: 0, changed: [] },
    ],
  ])('%s', (_, more, outcome) => {
    const { outcome: found, ...rest } = answer(more) as { outcome: object; writes?: object }
    expect([found, 'writes' in rest]).toEqual([outcome, 'changed' in outcome])
  })

  test(`of more than ${mostConnected} of its statements none is taken back`, () => {
    const said = Array.from({ length: mostConnected + 1 }, () => stored(delivered(1, madeMs), 'held'))
    const asked = said.map(({ event }) => event.eventId)
    expect(answer({ asked, distrustedFromMs: 1_000 }, said)).toEqual({ outcome: { outcome: 'too_many' } })
  })
})
