import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type AuthorizationRequest, createCodes } from './authorization.ts'

const verifier = 'v'.repeat(43)
const request: AuthorizationRequest = {
  ...{ clientId: 'console', redirectUri: 'http://127.0.0.1:4000/', state: 's', nonce: 'n' },
  codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
}
const redemption = { clientId: 'console', redirectUri: request.redirectUri, verifier }

test('a code is valid for a minute', () => {
  let nowMs = 0
  const codes = createCodes({ nowMs: () => nowMs })
  const [early, late] = [codes.issue(request, 'rider-1'), codes.issue(request, 'rider-1')]
  nowMs = 59_999
  expect(codes.redeem(early, redemption)).toEqual({ subject: 'rider-1', nonce: 'n' })
  nowMs = 60_000
  expect(codes.redeem(late, redemption)).toHaveProperty('fault')
})

test('of more than a thousand codes the oldest is forgotten', () => {
  const codes = createCodes({ nowMs: () => 0 })
  const [first = '', second = ''] = Array.from({ length: 1_001 }, (_, n) =>
    codes.issue(request, `rider-${n}`),
  )
  expect(codes.redeem(first, redemption)).toHaveProperty('fault')
  expect(codes.redeem(second, redemption)).toMatchObject({ subject: 'rider-1' })
})
