import { expect, test } from 'vitest'
import { z } from 'zod'
import { readRequest } from './read-request.ts'

const form = {
  options: { bike: { type: 'string' }, id: { type: 'string' }, json: { type: 'boolean' } },
  positionals: ['verb', 'id'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('add'), bike: z.uuid() }),
    z.strictObject({ verb: z.literal('show'), id: z.uuid(), json: z.boolean().default(false) }),
  ]),
} as const
const id = '01936f00-0000-7000-8000-00000000b1ce'

test('options and positionals make one request', () => {
  expect(readRequest(form, ['show', id])).toEqual({ verb: 'show', id, json: false })
  expect(readRequest(form, ['add', '--bike', id])).toEqual({ verb: 'add', bike: id })
})

test.each<[string, string[], string]>([
  ['nothing at all', [], 'say what to do'],
  ['an unknown verb', ['bless'], 'cannot bless'],
  ['words too many', ['show', id, 'and', 'more'], 'not understood: and more'],
  ['an unknown option', ['show', '--what'], "Unknown option '--what'"],
  ['an option that is missing', ['add'], '--bike is missing'],
  ['an option that does not pass', ['add', '--bike', 'b1'], '--bike: Invalid UUID'],
  ['a positional that does not pass', ['show', 'b1'], 'b1: Invalid UUID'],
  ["another verb's option", ['add', '--bike', id, '--json'], 'add does not take --json'],
  ["another verb's positional", ['add', id, '--bike', id], `add does not take ${id}`],
])('%s is refused in the words of the command line', (_, args, fault) => {
  expect(() => readRequest(form, args)).toThrow(fault)
})
