import { describe, expect, test } from 'vitest'
import type { ReceivedStatement } from '../statements/records.ts'
import { fleet, nowMs } from '../testing/rule-case.ts'
import { built, changed, fitted, made } from '../testing/statements.ts'
import { type IntakePlan, planAgain, planIntake } from './plan.ts'
import type { KnownFleet, KnownStatement } from './port.ts'
import { rules } from './rules/index.ts'
import { createWorkingFacts } from './working-facts.ts'

const ids = ['a', 'b', 'c'].map((digit) => `01936f00-0000-7000-8000-0000000000f${digit}`) as [
  string,
  string,
  string,
]
const [battery, motor, bike] = [made('BA9'), made('MO3'), built()].map((statement, index) =>
  changed(statement, { eventId: ids[index] as string }),
) as [ReturnType<typeof made>, ReturnType<typeof made>, ReturnType<typeof made>]

function received(
  event: ReturnType<typeof made>,
  { content = event.eventId, offset = 0 } = {},
): ReceivedStatement {
  return { event, contentSha256: content, record: `events/0/${offset}` }
}

function known(statements: readonly KnownStatement[] = []): KnownFleet {
  return {
    nowMs,
    waiting: [],
    facts: createWorkingFacts(fleet),
    statements: new Map(statements.map((each) => [each.event.eventId, each])),
  }
}

const stored = (event: ReturnType<typeof made>, facts: Partial<KnownStatement> = {}): KnownStatement => ({
  event,
  contentSha256: event.eventId,
  record: 'events/0/0',
  state: 'held',
  findings: [],
  judgement: 1,
  decisions: [],
  isDue: false,
  ...facts,
})

const states = ({ judged }: Pick<IntakePlan, 'judged'>) =>
  judged.map(({ event, state }) => [event.eventId, state])

describe('a batch', () => {
  test('is judged in the order in which things lean on each other', () => {
    const plan = planIntake(
      [bike, battery, motor].map((event) => received(event)),
      known(),
      rules,
    )
    expect(states(plan)).toEqual([
      [ids[0], 'applied'],
      [ids[1], 'applied'],
      [ids[2], 'applied'],
    ])
  })

  test('tells what it touched, so that what waits for it is judged again', () => {
    const { judged } = planIntake([received(motor)], known(), rules)
    expect(judged[0]?.touched).toEqual(['motor:MO3'])
  })

  test('takes a statement once, also when it is in it twice', () => {
    const plan = planIntake([received(battery), received(battery, { offset: 7 })], known(), rules)
    expect(plan.judged).toHaveLength(1)
    expect(plan.repeated).toMatchObject([{ record: 'events/0/7', known: undefined }])
  })

  test('does not judge what is stored, whatever became of it', () => {
    const plan = planIntake([received(battery)], known([stored(battery, { state: 'refused' })]), rules)
    expect(plan).toMatchObject({ judged: [], repeated: [{ known: { state: 'refused' } }], reused: [] })
  })

  test.each([
    ['that is stored', [received(battery, { content: 'other' })], [stored(battery)]],
    ['of another one in it', [received(battery), received(battery, { content: 'other' })], []],
  ])('refuses another statement under the id of one %s', (_, batch, before) => {
    const plan = planIntake(batch, known(before), rules)
    expect(plan.reused).toMatchObject([{ contentSha256: 'other', findings: [{ reason: 'event_id_reused' }] }])
  })
})

describe('judging again', () => {
  const waiting = changed(fitted('BA2'), { eventId: ids[0] })

  test('applies what can be applied now', () => {
    const before = stored(waiting)
    expect(states(planAgain([before], known([before]), rules))).toEqual([[ids[0], 'applied']])
  })

  test.each([
    ['was applied meanwhile', stored(waiting, { state: 'applied' })],
    ['was corrected meanwhile', stored(changed(fitted('BA3'), { eventId: ids[0] }))],
  ])('leaves alone what %s', (_, now) => {
    expect(planAgain([stored(waiting)], known([now]), rules).judged).toEqual([])
  })

  test('remembers what a reviewer accepted', () => {
    const odd = changed(fitted('BA2', 'F-BEN', nowMs + 24 * 60 * 60 * 1000), { eventId: ids[0] })
    expect(states(planAgain([stored(odd)], known([stored(odd)]), rules))).toEqual([[ids[0], 'held']])
    const accepted = stored(odd, { decisions: [{ verdict: 'accept', accepted: ['time_in_future'] }] })
    expect(states(planAgain([accepted], known([accepted]), rules))).toEqual([[ids[0], 'applied']])
  })
})
