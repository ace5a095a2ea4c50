import { expect, test } from 'vitest'
import { z } from 'zod'
import { commandRequest } from './request.ts'

test.each<[object, object, number]>([
  [{ kind: 'lock' }, { kind: 'lock' }, 300],
  [{ kind: 'unlock', ttlS: 86_400 }, { kind: 'unlock' }, 86_400],
  [{ kind: 'light', on: false, ttlS: 5 }, { kind: 'light', on: false }, 5],
  [{ kind: 'locate' }, { kind: 'locate', durationS: 10 }, 300],
  [{ kind: 'assist_limit', level: 0 }, { kind: 'assist_limit', level: 0 }, 300],
  [{ kind: 'report_state' }, { kind: 'report_state' }, 300],
])('%o is a command', (body, action, ttlS) => {
  expect(commandRequest.parse(body)).toEqual({ ...action, ttlS })
})

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /object/],
  ['an unknown kind', { kind: 'explode' }, /kind/],
  ['a missing parameter', { kind: 'light' }, /on/],
  ['a parameter of another kind', { kind: 'lock', on: true }, /on/],
  ['a level that bikes do not have', { kind: 'assist_limit', level: 21 }, /level/],
  ['a level between two', { kind: 'assist_limit', level: 1.5 }, /level/],
  ['no time to live', { kind: 'lock', ttlS: 0 }, /ttlS/],
  ['a time to live beyond that of sessions', { kind: 'lock', ttlS: 86_401 }, /ttlS/],
])('%s is refused by name', (_, body, fault) => {
  const { error } = commandRequest.safeParse(body)
  expect(error && z.prettifyError(error)).toMatch(fault)
})
