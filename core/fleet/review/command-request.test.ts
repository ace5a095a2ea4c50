import { expect, test } from 'vitest'
import { readFleetRequest } from './command-request.ts'

const id = '01936f00-0000-7000-8000-00000000b1ce'
const signed = ['--seen', '2', '--author', 'eva', '--reason', 'asked the plant']

test('a correction is JSON, and review with its verb is one verb', () => {
  const asked = readFleetRequest(['review', 'correct', id, '--patch', '{"source": "plant:gera"}', ...signed])
  expect(asked).toMatchObject({ verb: 'review correct', id, patch: { source: 'plant:gera' }, seen: 2 })
})

test.each<[string, string[], string]>([
  ['nothing', [], 'say what to do'],
  ['no verb of review', ['review'], 'cannot review'],
  ['an unknown verb of review', ['review', 'bless', id], 'cannot review bless'],
  ['a decision without its author', ['review', 'accept', id, '--reason', 'so'], '--author is missing'],
  ['a decision about what was not seen', ['review', 'accept', id, ...signed.slice(2)], '--seen is missing'],
  ['a patch that is no JSON', ['review', 'correct', id, '--patch', '{', ...signed], '--patch: no JSON'],
  ['a merge into nothing', ['review', 'merge', id, ...signed], '--into is missing'],
  ['an unknown reason', ['review', 'list', '--reason', 'odd'], '--reason: '],
  ['an id that is none', ['show', 'b1'], 'b1: Invalid UUID'],
  ['a look without a reason', ['review', 'show', id], '--reason is missing'],
])('%s is refused in the words of the command line', (_, args, fault) => {
  expect(() => readFleetRequest(args)).toThrow(fault)
})
