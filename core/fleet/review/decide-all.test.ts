import { expect, test } from 'vitest'
import type { StatementReason } from '../judging/findings.ts'
import { decideAll, type ManyAsked } from './decide-all.ts'
import type { ListedStatement, ReviewOutcome, ReviewRequest } from './port.ts'

const asked: ManyAsked = {
  ...{ of: 'component_type_unknown', source: 'plant:zwickau', statements: 3, verdict: 'reject' },
  ...{ author: 'eva', reason: 'wrong mapping' },
}

function held(eventId: string, ...reasons: StatementReason[]): ListedStatement {
  const findings = reasons.map(
    (reason) => ({ reason, severity: 'hold', subject: '', detail: '', evidence: {} }) as const,
  )
  const times = { occurredAtMs: null, receivedAtMs: 0, decidedAtMs: 0 }
  return {
    eventId,
    source: asked.source,
    kind: 'componentProduced',
    subjects: [],
    state: 'held',
    ...times,
    findings,
  }
}

/** Two on a page. */
function deciding(statements: readonly ListedStatement[], outcomes: Record<string, ReviewOutcome> = {}) {
  const requests: ReviewRequest[] = []
  const decided = { outcome: 'decided', state: 'refused', findings: [], released: ['later'] } as const
  return {
    requests,
    reader: {
      list: async (_: unknown, { cursor = '0' }: { cursor?: string | undefined }) => {
        const from = Number(cursor)
        const nextCursor = from + 2 < statements.length ? String(from + 2) : undefined
        return { statements: statements.slice(from, from + 2), nextCursor }
      },
      judgements: async (eventId: string) => {
        const findings = statements.find((each) => each.eventId === eventId)?.findings ?? []
        return [{ number: 4, state: 'held', findings, decisionId: null, judgedAtMs: 0 } as const]
      },
    },
    review: {
      decide: async (request: ReviewRequest) => {
        requests.push(request)
        return outcomes[request.eventId] ?? decided
      },
    },
    newDecisionId: () => `decision ${requests.length + 1}`,
    onProgress: () => undefined,
  }
}

test('each statement gets a decision of its own, about the judgement that it has', async () => {
  const deps = deciding(['a', 'b', 'c'].map((id) => held(id, 'component_type_unknown')))
  expect(await decideAll(asked, deps)).toEqual({ decided: 3, released: 3, left: [] })
  const common = { verdict: 'reject', author: 'eva', reason: 'wrong mapping', seen: 4 }
  expect(deps.requests).toEqual([
    { ...common, eventId: 'a', decisionId: 'decision 1' },
    { ...common, eventId: 'b', decisionId: 'decision 2' },
    { ...common, eventId: 'c', decisionId: 'decision 3' },
  ])
})

test.each([
  [2, '2 statements wait for that reason, not 3'],
  [4, 'more than 3 statements wait for that reason, not 3'],
])('of %i where the author saw 3 none is decided', async (count, fault) => {
  const deps = deciding(
    Array.from({ length: count }, (_, index) => held(String(index), 'component_type_unknown')),
  )
  await expect(decideAll(asked, deps)).rejects.toThrow(fault)
  expect(deps.requests).toEqual([])
})

test('one that something else holds, too, that takes two persons, or has changed stays as it is', async () => {
  const only = (id: string) => held(id, 'component_type_unknown')
  const statements = [held('a', 'component_type_unknown', 'serial_taken'), only('b'), only('c')]
  const deps = deciding(statements, {
    b: { outcome: 'approval_needed', effects: [] },
    c: { outcome: 'changed' },
  })
  expect(await decideAll(asked, deps)).toEqual({
    ...{ decided: 0, released: 0 },
    left: [
      { eventId: 'a', why: 'serial_taken holds it, too' },
      { eventId: 'b', why: 'a second member of staff must approve it: decide about it alone' },
      { eventId: 'c', why: 'changed' },
    ],
  })
})
