import { expect, test } from 'vitest'
import { testPartner } from '../../../testkit/partners.ts'
import type { Approvals, NewProposal } from '../../staff/approvals/port.ts'
import type { RetractionOutcome } from '../retraction/port.ts'
import { obey } from './obey.ts'
import type { PartnerStore } from './port.ts'
import { form, type PartnerRequest } from './request.ts'

const { key } = testPartner('plant:zwickau')
const asked = {
  verb: 'distrust-key',
  key: key.keyId,
  from: '2026-11-01T00:00:00+01:00',
  reason: 'it was stolen',
}
const distrust = form.request.parse(asked)

function told(request: PartnerRequest, store: Partial<PartnerStore>, preview?: RetractionOutcome) {
  const proposals: NewProposal[] = []
  const propose: Approvals['propose'] = async (proposal) => {
    proposals.push(proposal)
    return { ...proposal, proposedAtMs: 0, expiresAtMs: 1, decision: undefined, outcome: undefined }
  }
  const answer = obey(request, {
    ...{ store: store as PartnerStore, nowMs: 0, proposedBy: 'console:eva', approvals: { propose } },
    retraction: { preview: async () => preview ?? { outcome: 'too_many' } },
    files: { readPublic: async () => key.publicKey, make: () => Promise.reject(new Error('makes no key')) },
  })
  return { answer, proposals }
}

test('whoever distrusts a key only proposes it, and sees what would follow', async () => {
  const { answer, proposals } = told(distrust, {}, { outcome: 'retracted', judgedAgain: 3, changed: [] })
  expect(await answer).toContain(
    `key ${key.keyId} loses belief, in all that comes and came from 2026-10-31T23:00:00.000Z on`,
  )
  expect(proposals).toMatchObject([
    { kind: 'distrust_key', subject: key.keyId, reason: 'it was stolen', proposedBy: 'console:eva' },
  ])
})

test('what cannot be taken back is not proposed', async () => {
  const { answer, proposals } = told(distrust, {}, { outcome: 'too_many' })
  await expect(answer).rejects.toThrow('begin with a later time')
  expect(proposals).toEqual([])
})

test.each([{ reason: '' }, { from: '2026-11-01' }, { key: 'short' }])(
  'it makes no sense with %o',
  (fault) => {
    expect(form.request.safeParse({ ...asked, ...fault }).success).toBe(false)
  },
)

test.each([
  ['distrusted', 'is distrusted, which does not end'],
  ['key_taken', 'is the key of somebody else'],
  ['partner_unknown', 'no partner plant:zwickau'],
] as const)('a key that is %s is not added silently', async (added, fault) => {
  const request = { verb: 'add-key', partner: 'plant:zwickau', key: 'key.pem.pub' } as const
  await expect(told(request, { addKey: async () => added }).answer).rejects.toThrow(fault)
})
