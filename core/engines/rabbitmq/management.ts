// RabbitMQ's management API over HTTP: one function that asks, with a bound on every wait.

export interface ManagementAddress {
  /** With user and password. */
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
  const { origin, pathname, username, password } = new URL(managementUrl)
  const api = `${origin}${pathname.replace(/\/$/, '')}/api`
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
  return {
    async ask({ method = 'GET', path, body, headers }) {
      const response = await fetch(`${api}/${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json', ...headers },
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (response.status === 404) return undefined
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`)
      return text === '' ? null : (JSON.parse(text) as unknown)
    },
  }
}

/** A name as a segment of a path. */
export const segment = (name: string): string => encodeURIComponent(name)
