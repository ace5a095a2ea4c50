// Service staff at the API: they look at doubtful statements and at bikes, and decide.
import { randomUUID } from 'node:crypto'
import { anyStaff } from '../testkit/token.ts'
import { type ApiAccess, askApi } from './ask-api.ts'

interface ReviewedStatement {
  readonly eventId: string
  readonly source: string
  readonly findings: readonly { readonly reason: string; readonly subject: string; readonly detail: string }[]
}

interface Suggestion {
  readonly verdict: string
  readonly correction?: object
  readonly because: string
}

interface Decision {
  readonly verdict: string
  readonly reason: string
  readonly correction?: object
}

export interface Staff {
  /** Of the statements that wait. */
  held(): Promise<readonly ReviewedStatement[]>
  suggestions(eventId: string): Promise<readonly Suggestion[]>
  /** Event ids of what it releases besides. */
  decide(eventId: string, decision: Decision): Promise<readonly string[]>
  findingsOf(bikeId: string): Promise<readonly { readonly reason: string; readonly detail: string }[]>
}

export function createStaff(access: ApiAccess): Staff {
  async function answerOf<T>(path: string, init: RequestInit = {}): Promise<{ body: T; etag: string }> {
    const headers = { ...init.headers, 'access-reason': 'doubtful statements' }
    const response = await askApi(access, `/v1/fleet${path}`, { ...init, headers, caller: anyStaff })
    return { body: (await response.json()) as T, etag: response.headers.get('etag') ?? '' }
  }

  const ask = async <T>(path: string) => (await answerOf<T>(path)).body

  /** About the statement as it is at this moment: the only one who decides here needs not look twice. */
  async function decide(eventId: string, decision: Decision): Promise<readonly string[]> {
    const { etag } = await answerOf(`/reviews/${eventId}`)
    const { body } = await answerOf<{ released: string[] }>(`/reviews/${eventId}/decisions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), 'if-match': etag },
      body: JSON.stringify(decision),
    })
    return body.released
  }

  return {
    held: async () => (await ask<{ statements: ReviewedStatement[] }>('/reviews?limit=200')).statements,
    suggestions: async (eventId) =>
      (await ask<{ suggestions: Suggestion[] }>(`/reviews/${eventId}`)).suggestions,
    decide,
    findingsOf: async (bikeId) =>
      (await ask<{ findings: { reason: string; detail: string }[] }>(`/bikes/${bikeId}`)).findings,
  }
}
