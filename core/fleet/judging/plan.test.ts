import { describe, expect, test } from 'vitest'
import { testPartner } from '../../../testkit/partners.ts'
import type { ReceivedStatement } from '../statements/records.ts'
import { day, fleet, madeMs, nowMs, stay } from '../testing/rule-case.ts'
import { built, changed, fitted, made, removed, swapped } from '../testing/statements.ts'
import { finding } from './findings.ts'
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
  const record = { record: `events/0/${offset}`, receivedAtMs: nowMs }
  return { event, contentSha256: content, ...record, speaker: { provenance: 'legacy' } }
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
  speaker: { provenance: 'legacy' },
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

  test('stores nothing of a key that was distrusted when it came, and leaves alone what it said before', () => {
    const key = { ...testPartner('plant:x').key, distrustedFromMs: nowMs }
    const partnerId = 'plant:x'
    const speaker = { provenance: 'sealed', partnerId, keyId: key.keyId, door: 'key' } as const
    const partner = { partnerId, role: 'plant', grants: [], keys: [key] } as const
    const facts = createWorkingFacts(fleet, [], { speaker: () => speaker, partner: () => partner })
    const said = (event: typeof battery, receivedAtMs: number) => ({
      ...received(event),
      speaker,
      receivedAtMs,
    })
    const batch = [said(battery, nowMs), said(motor, nowMs - 1), said(bike, nowMs)]
    const plan = planIntake(batch, { ...known([stored(bike)]), facts }, [])
    expect(plan).toMatchObject({
      judged: [{ event: { eventId: ids[1] } }],
      repeated: [{ event: { eventId: ids[2] } }],
      unproven: [{ event: { eventId: ids[0] }, doubt: { reason: 'key_distrusted' } }],
    })
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

describe('a statement that became due', () => {
  const annas = changed(fitted('BA2', 'F-ANNA'), { eventId: ids[0] })
  const swap = changed(swapped('BA1', 'BA2'), { eventId: ids[0] })
  const doubt = [finding('time_implausible', '', { detail: '' })]
  const onlyStay = (installation: ReturnType<typeof stay>): KnownFleet => ({
    ...known(),
    facts: createWorkingFacts({ ...fleet, installations: [installation] }),
  })
  function judgedAgain(before: KnownStatement, fleetNow = known()) {
    return planAgain([before], { ...fleetNow, statements: new Map([[ids[0], before]]) }, rules).judged
  }

  test('makes nothing due as long as it is held', () => {
    expect(judgedAgain(stored(annas))).toMatchObject([{ state: 'held', touched: [], again: [] }])
  })

  test('makes others due, and maybe itself, where its state has changed', () => {
    const before = stored(annas, { state: 'applied', isDue: true })
    expect(judgedAgain(before)).toMatchObject([{ state: 'held', again: [ids[0]] }])
  })

  test('makes others due where it says the same as before, but counted until now', () => {
    const same = changed(fitted('BA1', 'F-ANNA'), { eventId: ids[0] })
    const saidBefore = [finding('said_before', '', { detail: '' })]
    const judged = (findings: KnownStatement['findings']) =>
      judgedAgain(stored(same, { state: 'applied', isDue: true, findings }))
    expect(judged([])).toMatchObject([{ state: 'applied', touched: ['battery:BA1'] }])
    expect(judged(saidBefore)).toMatchObject([{ state: 'applied', touched: [] }])
  })

  test('is held where another one has taken its place', () => {
    const before = stored(annas, { state: 'applied', isDue: true, findings: doubt })
    expect(judgedAgain(before)).toMatchObject([{ state: 'held', findings: [{ reason: 'slot_taken' }] }])
  })

  test('stays applied as a swap of which another one moved one side', () => {
    const gone = onlyStay(stay('BA2', 'anna'))
    const before = stored(swap, { state: 'applied', isDue: true, findings: doubt })
    expect(judgedAgain(before, gone)).toMatchObject([
      { state: 'applied', findings: doubt, changes: [], touched: [], again: [] },
    ])
    expect(judgedAgain(stored(swap), gone)).toMatchObject([
      { state: 'held', findings: [{ reason: 'component_absent' }] },
    ])
  })

  test('is not judged again after a decision, nor twice', () => {
    const before = stored(annas)
    expect(judgedAgain(stored(annas, { state: 'refused' }))).toEqual([])
    const fleetNow = known([before])
    expect(planAgain([before, before], fleetNow, rules).judged).toHaveLength(1)
    expect(planAgain([before], known(), rules).judged).toEqual([])
  })

  test('is judged together with one that waits, which is not judged once more', () => {
    const held = stored(annas)
    const removal = stored(changed(removed('BA1', 'F-ANNA', madeMs + day), { eventId: ids[1] }))
    const third = stored(changed(fitted('BA3', 'F-ANNA'), { eventId: ids[2] }))
    const due = [held, removal, third]
    expect(states(planAgain(due, { ...known(due), waiting: due }, rules))).toEqual([
      [ids[1], 'applied'],
      [ids[0], 'applied'],
      [ids[2], 'held'],
    ])
  })
})
