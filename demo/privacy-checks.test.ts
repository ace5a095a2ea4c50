import { expect, test } from 'vitest'
import { checkPrivacy, privacyReport } from './privacy-checks.ts'

const gone = {
  ...{ seen: { before: 10, after: 0 }, withdrawnMs: 80, isTold: true },
  ...{ left: { samples: 0, rides: 0 }, certified: 40 },
}
const failing = (result: typeof gone) => checkPrivacy(result).filter(({ holds }) => !holds).length

test('two riders who have left are in no store', () => {
  expect(failing(gone)).toBe(0)
  expect(privacyReport(gone)).toEqual({ withdrawnMs: 80, erased: true, certificate: 40 })
})

test.each([
  ['nobody was seen before, so that nothing is shown', { ...gone, seen: { before: 0, after: 0 } }],
  ['a document is shown after the withdrawal', { ...gone, seen: { before: 10, after: 1 } }],
  ['readers of the stream are not told', { ...gone, isTold: false }],
  ['a sample is left', { ...gone, left: { samples: 1, rides: 0 } }],
  ['a ride is left', { ...gone, left: { samples: 0, rides: 1 } }],
  ['the certificate names nothing', { ...gone, certified: 0 }],
])('%s: a check fails', (_, result) => {
  expect(failing(result)).toBe(1)
})
