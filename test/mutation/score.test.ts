import { expect, test } from 'vitest'
import { type Mutant, scoreOf } from './score.ts'

const text = 'const a = 1\nif (a < 2 &&\n  a > 0) go()\n'
const mutant = (status: string, mutatorName = 'EqualityOperator'): Mutant => ({
  fileName: 'a.ts',
  mutatorName,
  replacement: 'a <= 2',
  status,
  location: { start: { line: 2, column: 5 }, end: { line: 2, column: 10 } },
})

test('only what a test noticed counts as killed; strings and code that cannot be loaded do not count', () => {
  const statuses = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored', 'CompileError', 'RuntimeError']
  const mutants = [...statuses.map((status) => mutant(status)), mutant('Ignored', 'StringLiteral')]
  expect(scoreOf(mutants, () => text)).toMatchObject({ killed: 2, survived: 3, percent: 40 })
})

test('no mutants are no score', () => {
  expect(scoreOf([], () => text).percent).toBe(0)
})

test('a survivor is told with its place and both texts, line breaks as spaces', () => {
  const long = {
    ...mutant('Survived'),
    location: { start: { line: 2, column: 5 }, end: { line: 3, column: 8 } },
  }
  expect(scoreOf([mutant('NoCoverage'), long], () => text).survivors).toEqual([
    'a.ts:2:5 EqualityOperator (NoCoverage): a < 2 → a <= 2',
    'a.ts:2:5 EqualityOperator (Survived): a < 2 && a > 0 → a <= 2',
  ])
})
