// One attempt over HTTP: its answer becomes data, so that what follows can be decided without a network.
import { parseAnswer, type UploadAnswer } from './answer.ts'
import { parseRetryAfterMs } from './retry.ts'
import type { AttemptBody } from './seal.ts'

/** Statuses that will not change when the same upload is sent again. */
export const permanentStatuses: readonly number[] = [400, 403, 413, 415]

export type SendOutcome =
  /** The edge has answered for each track. */
  | { readonly kind: 'answered'; readonly answer: UploadAnswer }
  /** 401: the token was not taken. */
  | { readonly kind: 'unauthorized' }
  /** Never send this upload again; `body` is the problem document. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }
  /** No answer, or none that counts: send again later. */
  | { readonly kind: 'unavailable'; readonly detail: string; readonly retryAfterMs?: number }

export interface SendOptions {
  /** Where to post, such as `https://edge.example/v1/telemetry`. */
  readonly url: string
  readonly token: string
  readonly fetch?: typeof fetch
  /** How long to wait for the whole answer. */
  readonly timeoutMs?: number
  /** Aborts the attempt early, as when the app closes. */
  readonly signal?: AbortSignal
}

/** Sends one attempt. Never throws: a broken network is an outcome like any other. */
export async function sendAttempt(attempt: AttemptBody, options: SendOptions): Promise<SendOutcome> {
  const { url, token, timeoutMs = 30_000 } = options
  const send = options.fetch ?? fetch
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await send(url, {
      method: 'POST',
      headers: { ...attempt.headers, authorization: `Bearer ${token}` },
      body: attempt.body,
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    })
    return outcomeOf(response, await response.text())
  } catch (error) {
    return { kind: 'unavailable', detail: error instanceof Error ? error.message : String(error) }
  }
}

function outcomeOf(response: Response, body: string): SendOutcome {
  const { status } = response
  if (status === 202) {
    const answer = parseAnswer(body)
    return answer
      ? { kind: 'answered', answer }
      : { kind: 'unavailable', detail: '202 without a readable answer' }
  }
  if (status === 401) return { kind: 'unauthorized' }
  if (permanentStatuses.includes(status)) return { kind: 'refused', status, body }
  // A date is meant by the edge's clock, and ours may be wrong.
  const edgeNowMs = Date.parse(response.headers.get('date') ?? '') || Date.now()
  const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'), edgeNowMs)
  return {
    kind: 'unavailable',
    detail: `status ${status}`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}
