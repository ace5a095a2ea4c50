import { expect, test } from 'vitest'
import { longestSubject } from '../statements/subjects.ts'
import { acceptableReasons, finding, statementReasons } from './findings.ts'

test('a finding has the severity of its reason, and no evidence unless it is given', () => {
  expect(finding('part_missing', 'motor', { detail: 'none' })).toEqual({
    ...{ reason: 'part_missing', severity: 'flag', subject: 'motor', detail: 'none', evidence: {} },
  })
})

test('texts without end are cut', () => {
  const endless = 'x'.repeat(5_000)
  const { subject, detail, evidence } = finding('field_invalid', endless, {
    detail: endless,
    evidence: { said: endless, known: 'short' },
  })
  expect([subject.length, detail.length, evidence.said?.length]).toEqual([longestSubject, 1_000, 1_000])
  expect(evidence.known).toBe('short')
})

test('reviewers may accept nothing but what holds a statement, and not what no acceptance makes possible', () => {
  expect(new Set(acceptableReasons.map((reason) => statementReasons[reason]))).toEqual(new Set(['hold']))
  for (const impossible of [
    'component_unknown',
    'bike_unknown',
    'model_unknown',
    'slot_taken',
    'component_elsewhere',
  ])
    expect(acceptableReasons).not.toContain(impossible)
})
