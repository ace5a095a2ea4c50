import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { ListedStatement, ReviewCase } from './port.ts'
import { caseText, listText } from './text.ts'

const evil = "'; touch /tmp/owned; echo '\u001b[2J\nheld: nothing\u202e"
const listed: ListedStatement = {
  ...{ eventId: 'e1', source: evil, kind: 'bikeProduced', subjects: [`frame:${evil}`], state: 'held' },
  ...{ occurredAtMs: 0, receivedAtMs: 0, decidedAtMs: 0 },
  findings: [
    { reason: 'serial_taken', severity: 'hold', subject: evil, detail: evil, evidence: { said: evil } },
  ],
}
const shown: ReviewCase = {
  ...listed,
  ...{ statement: { source: evil }, record: 't/0/1', judgements: [], others: [], effects: [] },
  decisions: [
    {
      ...{ decisionId: 'd', verdict: 'reject', author: 'eva', reason: evil },
      ...{ before: null, mergedInto: null, decidedAtMs: 0 },
    },
  ],
  suggestions: [
    {
      verdict: 'correct',
      correction: { bikeProduced: { frameNumber: evil } },
      score: 0.9,
      because: evil,
      effects: [{ who: evil, change: 'gains', what: evil }],
    },
  ],
}

test.each([
  ['a list', listText([listed])],
  ['a case', caseText(shown)],
])('%s shows a stranger’s words in their line, and none of them acts', (_, text) => {
  expect(text).not.toMatch(/[\p{Cf}]|(?!\n)\p{Cc}/u)
  expect(text).not.toMatch(/^ *held: nothing/m)
})

test('a suggested command that is pasted says what the statement said, and runs nothing', () => {
  const command = /npm run fleet -- review correct e1 --patch (.*) --seen/.exec(caseText(shown))?.[1] ?? ''
  const pasted = execFileSync('/bin/sh', ['-c', `printf %s ${command}`], { encoding: 'utf8' })
  expect(JSON.parse(pasted)).toEqual({ bikeProduced: { frameNumber: evil } })
})

test('who gains and who loses what is told of accepting it, and of each fix', () => {
  const effect = { who: 'the owner of bike 1', change: 'loses', what: 'what it was' } as const
  const suggestions = shown.suggestions.map((each) => ({ ...each, effects: [effect] }))
  const text = caseText({ ...shown, effects: [effect], suggestions })
  expect(text.match(/the owner of bike 1 loses what it was/g)).toHaveLength(2)
})
