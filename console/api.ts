// The one way to ask the API: in the name of a rider or a researcher, bounded in time, and with an answer that never throws.
import { z } from 'zod'
import type { Session } from './port.ts'

/** Why there is no answer to show; each has a sentence and an advice for the rider (trouble.tsx). */
export const troubles = [
  /** The API does not answer, or not in time. */
  'away',
  /** The rider's token holds no more. */
  'signed_out',
  'missing',
  /** The API says no, and why. */
  'refused',
  /** The answer is none that these pages know. */
  'unreadable',
] as const

export interface Trouble {
  readonly kind: (typeof troubles)[number]
  /** What the API says, for people. */
  readonly detail?: string | undefined
  /** The API's reason, such as `code_refused`. */
  readonly reason?: string | undefined
}

export type Answer<Value> = { readonly value: Value } | { readonly trouble: Trouble }

interface Asked {
  /** In whose name; nobody's where a code or a key says who asks. */
  readonly session?: Pick<Session, 'accessToken'>
  /** `/v1/riders/me/bikes` */
  readonly path: string
  /** Parameters that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>
  /** `GET` where it is absent. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
}

interface AskedStream extends Asked {
  readonly headers?: Readonly<Record<string, string>>
  /** Ends the stream. */
  readonly signal: AbortSignal
}

export interface Api {
  /** Rejects where the API does not answer. */
  ping(): Promise<void>
  /** An answer without a body is `undefined` to the schema. */
  ask<Schema extends z.ZodType>(asked: Asked & { schema: Schema }): Promise<Answer<z.output<Schema>>>
  /** The response as it flows, for files and live states: only its head is bounded in time. */
  open(asked: AskedStream): Promise<Answer<Response>>
}

export interface ApiAt {
  readonly url: string
  /** Until the whole answer is there, and until the head of a stream is. */
  readonly timeoutMs?: number
  /** There is no answer to show, for this reason. */
  readonly onTrouble?: (kind: Trouble['kind']) => void
  /** Tests ask an app instead of an address. */
  readonly fetch?: (request: Request, init: { readonly signal: AbortSignal }) => Response | Promise<Response>
}

const pingBoundMs = 2_000

export function createApi({
  url,
  timeoutMs = 10_000,
  onTrouble = () => undefined,
  fetch = globalThis.fetch,
}: ApiAt): Api {
  const troubled = (trouble: Trouble) => {
    onTrouble(trouble.kind)
    return { trouble }
  }

  const send = (asked: Asked, signal: AbortSignal, headers: Readonly<Record<string, string>> = {}) => {
    const address = new URL(asked.path, url)
    for (const [name, value] of Object.entries(asked.query ?? {}))
      if (value !== undefined) address.searchParams.set(name, value)
    const hasBody = asked.body !== undefined
    const request = new Request(address, {
      method: asked.method ?? 'GET',
      headers: {
        ...(asked.session && { authorization: `Bearer ${asked.session.accessToken}` }),
        ...(hasBody && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(hasBody && { body: JSON.stringify(asked.body) }),
    })
    // Not the request's own signal: Node collects that request as garbage on the way, and then nothing ends the wait.
    return fetch(request, { signal })
  }

  return {
    async ping() {
      const response = await fetch(new Request(new URL('/openapi.json', url), { method: 'HEAD' }), {
        signal: AbortSignal.timeout(pingBoundMs),
      })
      if (!response.ok) throw new Error(`the API answers ${response.status}`)
    },

    async ask({ schema, ...asked }) {
      try {
        const response = await send(asked, AbortSignal.timeout(timeoutMs))
        if (!response.ok) return troubled(await troubleOf(response))
        const text = await response.text()
        const read = schema.safeParse(parsed(text))
        return read.success ? { value: read.data } : troubled({ kind: 'unreadable' })
      } catch {
        return troubled({ kind: 'away' })
      }
    },

    async open({ headers, signal, ...asked }) {
      const tooLate = new AbortController()
      const timer = setTimeout(() => tooLate.abort(), timeoutMs)
      try {
        const response = await send(asked, AbortSignal.any([signal, tooLate.signal]), headers)
        return response.ok ? { value: response } : troubled(await troubleOf(response))
      } catch {
        return troubled({ kind: 'away' })
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

/** Undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const text = z.string().optional().catch(undefined)
const problem = z.object({ detail: text, reason: text }).catch({})

async function troubleOf(response: Response): Promise<Trouble> {
  const { status } = response
  const { detail, reason } = problem.parse(parsed(await response.text()))
  return { kind: kindOf(status), detail, reason }
}

function kindOf(status: number): Trouble['kind'] {
  if (status === 401) return 'signed_out'
  if (status === 404) return 'missing'
  return status >= 400 && status < 500 ? 'refused' : 'away'
}
