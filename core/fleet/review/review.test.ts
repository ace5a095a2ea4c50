import { expect, test } from 'vitest'
import { fitted } from '../testing/statements.ts'
import type { ReviewReader } from './port.ts'
import { createReview } from './review.ts'

test('a decision that cannot be stored is invalid: a repetition would not help', async () => {
  const event = fitted('BA2')
  const held = { event, contentSha256: '', record: 'events/0/0', state: 'held', findings: [] } as const
  const review = createReview({
    reader: {} as ReviewReader,
    rules: [],
    store: {
      find: async () => [
        { ...held, judgement: 1, decisions: [], isDue: false, speaker: { provenance: 'legacy' } },
      ],
      decide: async () => ({ unstorable: new Error('text too long') }),
    },
  })
  const asked = { eventId: event.eventId, verdict: 'reject', seen: 1, author: 'eva', reason: 'odd' } as const
  const outcome = await review.decide({ ...asked, decisionId: '01936f00-0000-7000-8000-00000000dec1' })
  expect(outcome).toEqual({ outcome: 'invalid', detail: 'the database cannot store it: text too long' })
})
