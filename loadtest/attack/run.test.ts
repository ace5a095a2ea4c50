import { expect, test } from 'vitest'
import { type Attack, type AttackContext, falls, holds, mustWork, type Verdict } from './attack-types.ts'
import { attacks } from './attacks/index.ts'
import { allHold, formatResults } from './report.ts'
import { type AttackResult, chooseAttacks, runAttacks } from './run.ts'

const context = { signal: new AbortController().signal } as AttackContext
const silent = () => undefined

function attack(name: string, run: Attack['run'], withinMs?: number): Attack {
  return { name, found: `${name} was found`, run, ...(withinMs !== undefined && { withinMs }) }
}

async function resultOf(run: Attack['run'], withinMs?: number): Promise<AttackResult | undefined> {
  const [result] = await runAttacks([attack('a', run, withinMs)], context, silent)
  return result
}

test.each<[string, Attack['run'], Partial<AttackResult>]>([
  ['an attack that was refused', async () => holds, { outcome: 'holds' }],
  ['one that was not', async () => falls('it was sold'), { outcome: 'falls', how: 'it was sold' }],
  [
    'one that goes wrong is an error, not a platform that holds',
    async () => {
      throw new Error('no connection')
    },
    { outcome: 'error', how: 'no connection' },
  ],
  [
    'one on what does not work for the rightful one shows nothing',
    async () => {
      mustWork('the owner reads', false)
      return holds
    },
    {
      outcome: 'error',
      how: 'shows nothing, since this does not work for the rightful one: the owner reads',
    },
  ],
])('%s', async (_, run, expected) => {
  expect(await resultOf(run)).toEqual({ name: 'a', found: 'a was found', ...expected })
})

test('one that does not end is an error, and is told to end', async () => {
  let signal: AbortSignal | undefined
  const never = (own: AttackContext): Promise<Verdict> => {
    signal = own.signal
    return new Promise(() => undefined)
  }
  expect(await resultOf(never, 5)).toMatchObject({ outcome: 'error' })
  expect(signal?.aborted).toBe(true)
})

test('after an attack that went wrong the next one runs', async () => {
  const wrong = attack('wrong', () => Promise.reject(new Error('no')))
  const results = await runAttacks([wrong, attack('right', async () => holds)], context, silent)
  expect(results.map(({ outcome }) => outcome)).toEqual(['error', 'holds'])
  expect(allHold(results)).toBe(false)
})

test('a run holds only if each of its attacks does, and there is one', () => {
  expect(allHold([])).toBe(false)
  const held: AttackResult = { name: 'a', found: 'b', outcome: 'holds' }
  expect(allHold([held])).toBe(true)
  expect(allHold([held, { ...held, outcome: 'error' }])).toBe(false)
  expect(allHold([held, { ...held, outcome: 'falls' }])).toBe(false)
})

test('attacks are chosen by name; a name that is none is told', () => {
  const [a, b] = [attack('a', async () => holds), attack('b', async () => holds)]
  expect(chooseAttacks([a, b], [])).toEqual([a, b])
  expect(chooseAttacks([a, b], ['b'])).toEqual([b])
  expect(() => chooseAttacks([a, b], ['constructor'])).toThrow('no such attack: constructor; there are a, b')
})

test('the table names what fell, and how', () => {
  const table = formatResults([
    { name: 'a', found: 'it was sold', outcome: 'holds' },
    { name: 'b', found: 'it was unlocked', outcome: 'falls', how: 'it opened' },
  ])
  expect(table).toContain('a       holds  it was sold')
  expect(table).toContain('b FALLS: it opened')
  expect(table).toContain('1 of 2 attacks: the platform holds')
})

test('each attack has a name of its own, of one word', () => {
  const names = attacks.map(({ name }) => name)
  expect(names).toEqual([...new Set(names)])
  expect(names.filter((name) => !/^[a-z0-9-]+$/.test(name))).toEqual([])
})
