import { expect, test } from 'vitest'
import { fleet, nowMs } from '../testing/rule-case.ts'
import { changed, fitted, made } from '../testing/statements.ts'
import { decideApart, decideInStore, judgeAgain, takeIn, UnstorableError } from './decide.ts'
import type { FleetStore, KnownStatement, LoadedFleet } from './port.ts'
import { rules } from './rules/index.ts'

test('what cannot be held is judged apart from the others, and refused', async () => {
  const decisions = await decideApart([1, 2, 3, 4, 5], rules, async (some, by) => {
    if (some.includes(4) && by === rules) throw new UnstorableError('too large')
    const refusals = by === rules ? [] : by.flatMap(({ find }) => find({} as never, {} as never, 0))
    return [some, refusals.map(({ reason, detail }) => `${reason}: ${detail}`)]
  })
  expect(decisions).toEqual([
    [[1, 2, 3], []],
    [[4], ['field_invalid: the database cannot store it: too large']],
    [[5], []],
  ])
})

test('an engine that is away is nobody’s fault', async () => {
  const asked: unknown[] = []
  const deciding = decideApart([1, 2], rules, async (some) => {
    asked.push(some)
    throw new Error('connection lost')
  })
  await expect(deciding).rejects.toThrow('connection lost')
  expect(asked).toEqual([[1, 2]])
})

const ids = ['a', 'b'].map((digit) => `01936f00-0000-7000-8000-0000000000f${digit}`) as [string, string]
const [first, second] = [
  changed(made('BA8'), { eventId: ids[0] }),
  changed(made('BA9'), { eventId: ids[1] }),
] as const
const received = [first, second].map((event) => ({
  event,
  contentSha256: event.eventId,
  speaker: { provenance: 'legacy' } as const,
  record: 'events/0/0',
  receivedAtMs: nowMs,
}))
const nothing: LoadedFleet = {
  nowMs,
  snapshot: fleet,
  statements: [],
  waiting: [],
  decision: undefined,
  awaited: [],
  partners: [],
}

/** A store that has `facts` and takes what is decided, unless `cannotStore` says why not. */
function storeWith(facts: Partial<LoadedFleet> = {}, cannotStore = (_: readonly string[]): string => '') {
  const asked: string[][] = []
  const store: Pick<FleetStore, 'decide'> = {
    async decide(question, plan) {
      for (let now = question; ; ) {
        asked.push(now.locks.map(({ subject }) => subject))
        const answer = plan.answer({ ...nothing, ...facts }, now)
        if ('more' in answer) {
          now = answer.more
          continue
        }
        const applied = answer.writes.statements.filter(({ state }) => state === 'applied')
        const fault = cannotStore(applied.map(({ event }) => event.eventId))
        return fault === '' ? { decision: answer.decision, due: ['x'] } : { unstorable: new Error(fault) }
      }
    },
  }
  return { store, asked }
}

test('a received statement that cannot be stored is refused, and the other one applied', async () => {
  const { store } = storeWith({}, (applied) => (applied.includes(ids[1]) ? 'too large' : ''))
  const { judged } = await takeIn(received, { store, rules })
  expect(judged.map(({ event, state }) => [event.eventId, state])).toEqual([
    [ids[0], 'applied'],
    [ids[1], 'refused'],
  ])
  expect(judged[1]?.findings).toMatchObject([{ detail: 'the database cannot store it: too large' }])
})

test('a decision tells what became due, or rejects where it cannot be stored', async () => {
  const asked = { statements: [first] }
  const decision = { judged: [] }
  expect(await decideInStore(storeWith().store, asked, () => decision)).toEqual({ judged: [], due: ['x'] })
  const { store } = storeWith({}, () => 'too large')
  await expect(decideInStore(store, asked, () => decision)).rejects.toThrow(UnstorableError)
})

test('where more is concerned, the store begins anew with more locks', async () => {
  const before = changed(fitted('BA8'), { eventId: ids[0] })
  const known = {
    event: before,
    state: 'held',
    findings: [],
    decisions: [],
    judgement: 1,
  } as unknown as KnownStatement
  const { store, asked } = storeWith({ statements: [known] })
  await decideInStore(store, { statements: [first] }, () => ({ judged: [] }))
  expect(asked).toEqual([
    ['battery:BA8', 'type:battery'],
    ['battery:BA8', 'type:battery', 'frame:F-BEN'],
  ])
})

test('nothing is asked of the store while nothing is due, and due statements are judged with those that wait', async () => {
  const due = {
    event: first,
    state: 'held',
    findings: [],
    decisions: [],
    isDue: true,
    speaker: { provenance: 'legacy' },
  } as unknown as KnownStatement
  const { store, asked } = storeWith({ statements: [due] })
  expect(await judgeAgain({ store: { ...store, due: async () => [] }, rules }, 10)).toEqual([])
  expect(asked).toEqual([])
  const judged = await judgeAgain({ store: { ...store, due: async () => [due] }, rules }, 10)
  expect(judged.map(({ state }) => state)).toEqual(['applied'])
})
