import { expect, test } from 'vitest'
import { type ProblemReason, problemResponse, problems } from './problem.ts'

const temporary = async (reason: ProblemReason) => {
  const response = problemResponse({ reason, detail: '' })
  return ((await response.json()) as { temporary: boolean }).temporary
}

test('a later attempt may pass once there is a token, room, a store, or the books have the upload', async () => {
  expect([await temporary('upload_unknown'), await temporary('not_found')]).toEqual([true, false])
  const reasons = (Object.keys(problems) as ProblemReason[]).filter((reason) => reason !== 'upload_unknown')
  const answered = await Promise.all(
    reasons.map(async (reason) => [problems[reason].status, await temporary(reason)]),
  )
  expect(new Set(answered.filter(([, later]) => later).map(([status]) => status))).toEqual(
    new Set([401, 408, 429, 503]),
  )
})

test('only what passes by waiting says how long to wait', () => {
  const waitOf = (reason: ProblemReason) => problemResponse({ reason, detail: '' }).headers.get('retry-after')
  const waits = ['store_unavailable', 'too_many_commands', 'upload_unknown'] as const
  expect(waits.map(waitOf)).toEqual(['2', '2', '2'])
  expect([waitOf('token_invalid'), waitOf('not_found')]).toEqual([null, null])
})

test('a method that a path does not take is answered with those it does', () => {
  const response = problemResponse({ reason: 'method_not_allowed', detail: '' }, { allow: 'GET, HEAD' })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})
