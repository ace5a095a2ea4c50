import { expect, test } from 'vitest'
import { fieldErrorQuestion } from './request.ts'

const nowMs = Date.UTC(2026, 10, 24, 23)
const given = { type: 'battery', by: 'batch' } as const

test('without days the last year is meant, today included', () => {
  expect(fieldErrorQuestion(given, nowMs)).toEqual({ ...given, from: '2025-11-25', until: '2026-11-25' })
})

test('without a beginning, the year before the end', () => {
  expect(fieldErrorQuestion({ ...given, until: '2025-01-01' }, nowMs)).toMatchObject({ from: '2024-01-02' })
})

test.each([
  ['days in the wrong order', { from: '2026-02-01', until: '2026-01-01' }, 'from: not before `until`'],
  ['the same day twice', { from: '2026-02-01', until: '2026-02-01' }, 'from: not before `until`'],
  ['more than ten years', { from: '2010-01-01', until: '2026-01-01' }, 'from: more than 3,660 days'],
])('%s are refused', (_, days, fault) => {
  expect(fieldErrorQuestion({ ...given, ...days }, nowMs)).toContain(fault)
})
