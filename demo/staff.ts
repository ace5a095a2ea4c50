// Service staff at the API: they look at doubtful statements and at bikes, and decide.
import { randomUUID } from 'node:crypto'
import { requestToken } from '../infra/stage/token.ts'

export interface ReviewedStatement {
  readonly eventId: string
  readonly source: string
  readonly findings: readonly { readonly reason: string; readonly subject: string; readonly detail: string }[]
}

export interface Suggestion {
  readonly verdict: string
  readonly correction?: object
  readonly because: string
}

export interface Decision {
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

export function createStaff(of: { apiUrl: string; tokenUrl: string; signal: AbortSignal }): Staff {
  const { apiUrl, tokenUrl } = of
  const signal = () => AbortSignal.any([of.signal, AbortSignal.timeout(10_000)])

  async function answerOf<T>(url: string, init: RequestInit): Promise<T> {
    const response = await fetch(url, { ...init, signal: signal() })
    if (!response.ok)
      throw new Error(`${init.method ?? 'GET'} ${url}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  async function ask<T>(path: string, body?: object): Promise<T> {
    const headers = { 'content-type': 'application/json' }
    const token = await requestToken(tokenUrl, { subject: 'service-lena', roles: ['service'] })
    const authorization = `Bearer ${token}`
    if (body === undefined) return answerOf(`${apiUrl}/v1/fleet${path}`, { headers: { authorization } })
    return answerOf(`${apiUrl}/v1/fleet${path}`, {
      method: 'POST',
      headers: { ...headers, authorization, 'idempotency-key': randomUUID() },
      body: JSON.stringify(body),
    })
  }

  return {
    held: async () => (await ask<{ statements: ReviewedStatement[] }>('/reviews?limit=200')).statements,
    suggestions: async (eventId) =>
      (await ask<{ suggestions: Suggestion[] }>(`/reviews/${eventId}`)).suggestions,
    decide: async (eventId, decision) =>
      (await ask<{ released: string[] }>(`/reviews/${eventId}/decisions`, decision)).released,
    findingsOf: async (bikeId) =>
      (await ask<{ findings: { reason: string; detail: string }[] }>(`/bikes/${bikeId}`)).findings,
  }
}
