import { expect, test } from 'vitest'
import { besideLedger, compareUploads, createUploadAnswers } from './upload-answers.ts'

/** Uploads of ten samples: how often each was accepted and in doubt, and what the ledger has of it. */
function comparing(uploads: readonly { accepted?: number; inDoubt?: number; booked?: number }[]) {
  const { add, uploads: answers } = createUploadAnswers()
  const booked = new Map<string, number>()
  for (const [index, upload] of uploads.entries()) {
    const id = `u-${index}`
    for (let i = 0; i < (upload.inDoubt ?? 0); i++) add(id, { inDoubt: 10 })
    for (let i = 0; i < (upload.accepted ?? 0); i++) add(id, { accepted: 10 })
    if (upload.booked !== undefined) booked.set(id, upload.booked)
  }
  const { missing, unexplained, repeated } = compareUploads(besideLedger(answers, booked))
  return { missing, unexplained, repeated }
}

const balanced = { missing: 0, unexplained: 0, repeated: 0 }

test.each([
  ['accepted and booked', [{ accepted: 1, booked: 10 }], balanced],
  ['in doubt and not booked', [{ inDoubt: 1 }], balanced],
  ['in doubt and booked', [{ inDoubt: 1, booked: 10 }], balanced],
  ['in doubt, sent again and booked once', [{ inDoubt: 1, accepted: 1, booked: 10 }], balanced],
  [
    'in doubt, sent again and booked twice',
    [{ inDoubt: 1, accepted: 1, booked: 20 }],
    { ...balanced, repeated: 10 },
  ],
  ['accepted and not booked', [{ accepted: 1 }], { ...balanced, missing: 10 }],
  ['booked twice and never in doubt', [{ accepted: 1, booked: 20 }], { ...balanced, unexplained: 10 }],
  ['booked and unknown to all phones', [{ booked: 10 }], { ...balanced, unexplained: 10 }],
  [
    'lost, while one in doubt has arrived',
    [{ accepted: 1 }, { inDoubt: 1, booked: 10 }],
    { ...balanced, missing: 10 },
  ],
  [
    'booked twice, while one in doubt has not arrived',
    [{ accepted: 1, booked: 20 }, { inDoubt: 1 }],
    { ...balanced, unexplained: 10 },
  ],
])('%s', (_, uploads, expected) => {
  expect(comparing(uploads)).toEqual(expected)
})
