import { expect, test } from 'vitest'
import { answerPoll, invitationSha256, newInvitationCode, newUserCode, userCodeSha256 } from './rules.ts'

const random = Uint8Array.from({ length: 16 }, (_, index) => index * 17)

test('codes are read as people type them', () => {
  const code = newInvitationCode(random)
  expect(code).toMatch(/^(.{4}-){3}.{4}$/)
  expect(invitationSha256(code.toLowerCase().replaceAll('-', ' '))).toBe(invitationSha256(code))
  const userCode = newUserCode(random)
  expect(userCode).toMatch(/^.{4}-.{4}$/)
  expect(userCodeSha256(userCode.toLowerCase().replaceAll('0', 'o'))).toBe(userCodeSha256(userCode))
})

test.each(['', 'K7QM', 'K7QM-0000-K7QM-0000', 'x'.repeat(70)])('%j is no code of a notebook', (text) => {
  expect(userCodeSha256(text)).not.toBe(userCodeSha256('K7QM-0000'))
  expect(userCodeSha256(text)).not.toBe(userCodeSha256(`${text}-`))
})

const waiting = {
  ...{ atMs: 100_000, validUntilMs: 600_000, polledAtMs: 95_000, intervalS: 5 },
  ...{ isApproved: false, isUsed: false },
}

test.each([
  ['waits', {}, { error: 'authorization_pending', intervalS: 5 }],
  ['asks for the first time', { polledAtMs: undefined }, { error: 'authorization_pending', intervalS: 5 }],
  ['asks too soon', { polledAtMs: 95_001 }, { error: 'slow_down', intervalS: 10 }],
  [
    'asks too soon again and again',
    { polledAtMs: 99_000, intervalS: 58 },
    { error: 'slow_down', intervalS: 60 },
  ],
  ['was approved', { isApproved: true }, { error: undefined, intervalS: 5 }],
  [
    'was approved and asks too soon',
    { isApproved: true, polledAtMs: 99_000 },
    { error: 'slow_down', intervalS: 10 },
  ],
  ['comes too late', { validUntilMs: 100_000 }, { error: 'expired_token', intervalS: 5 }],
  [
    'was approved and comes too late',
    { isApproved: true, validUntilMs: 100_000 },
    { error: 'expired_token', intervalS: 5 },
  ],
  ['has its token', { isApproved: true, isUsed: true }, { error: 'invalid_grant', intervalS: 5 }],
])('a notebook that %s', (_, device, answer) => {
  expect(answerPoll({ ...waiting, ...device })).toEqual(answer)
})
