// The smoke scenario through k6, on the engines of the test run: nothing is timed, everything is counted.
import { expect, inject, test } from 'vitest'
import { findK6 } from './k6/find-k6.ts'
import { checkBooks } from './report/check-books.ts'
import { compareUploads } from './report/upload-answers.ts'
import { checkThresholds } from './report/verdict.ts'
import { runScenario } from './run/run-scenario.ts'
import { scenarioOf } from './scenarios/index.ts'

const k6 = await findK6()
if (k6 === undefined) {
  console.info(
    'no k6 here, so its scenarios are not tested: `npm run load -- smoke` builds one, which later runs find',
  )
}

test.skipIf(k6 === undefined)(
  'k6 sends good and hostile uploads: each gets its documented answer, and the books balance',
  { timeout: 180_000 },
  async ({ signal }) => {
    const result = await runScenario({
      scenario: scenarioOf('smoke'),
      seconds: 6,
      factor: 2,
      date: new Date('2026-06-16'),
      k6: k6 ?? '',
      environment: { ...inject('engines') },
      engines: ['kafka', 'elasticsearch', 'postgres'],
      onProgress: () => undefined,
      end: signal,
      signal,
    })
    expect(checkBooks(result.books).filter(({ holds }) => !holds)).toEqual([])
    expect(compareUploads(result.books.sent).accepted).toBeGreaterThan(1_000)
    const thresholds = checkThresholds(result.plan.thresholds, result.summary)
    expect(Object.fromEntries(thresholds.map(({ what, holds }) => [what, holds]))).toMatchObject({
      'k6: exceptions': true,
      'k6: fallen': true,
      'k6: wrong_answers': true,
      'k6: refused_as_documented{kind:noise}': true,
    })
    expect(Object.keys(result.totals.answers).sort()).toEqual(
      expect.arrayContaining(['rides 202', 'hostile 413 ratio_too_high', 'hostile 401 token_invalid']),
    )
  },
)
