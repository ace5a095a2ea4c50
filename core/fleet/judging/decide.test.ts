import { expect, test } from 'vitest'
import { decideApart, UnstorableError } from './decide.ts'
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
