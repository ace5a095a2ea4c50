// RabbitMQ's management API over HTTP: one function that asks, with a bound on every wait.
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { takeTls } from './link.ts'

export interface ManagementAddress {
  /** With user and password; `cacertfile` as in an address for AMQP. */
  readonly managementUrl: string
}

interface ManagementRequest {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Below /api, encoded. */
  readonly path: string
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

export interface Management {
  /** The answer's body, null when it has none; undefined when there is no such thing. Rejects on every other failure. */
  ask(request: ManagementRequest): Promise<unknown>
}

/** Everything of the platform lives in the default virtual host. */
export const virtualHost = encodeURIComponent('/')

const timeoutMs = 10_000

export function createManagement({ managementUrl }: ManagementAddress): Management {
  const address = new URL(managementUrl)
  const tls = takeTls(address)
  const { origin, pathname, username, password } = address
  const api = `${origin}${pathname.replace(/\/$/, '')}/api`
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  return {
    async ask({ method = 'GET', path, body, headers }) {
      const { status, text } = await send(`${api}/${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json', ...headers },
        ...tls,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      if (status === 404) return undefined
      if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`)
      return text === '' ? null : (JSON.parse(text) as unknown)
    },
  }
}

interface Sending {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** PEM; `fetch` takes none. */
  readonly ca?: string
}

async function send(url: string, { body, ...options }: Sending): Promise<{ status: number; text: string }> {
  const request = url.startsWith('https:') ? requestHttps : requestHttp
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const sending = request(url, { ...options, signal: AbortSignal.timeout(timeoutMs) }, async (response) => {
    try {
      const parts = await response.setEncoding('utf8').toArray()
      resolve({ status: response.statusCode ?? 0, text: parts.join('') })
    } catch (error) {
      reject(error)
    }
  })
  sending.on('error', reject)
  sending.end(body)
  return promise
}

/** A name as a segment of a path. */
export const segment = (name: string): string => encodeURIComponent(name)
