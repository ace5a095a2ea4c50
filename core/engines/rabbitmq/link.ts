// A connection that comes back by itself, and tells when it is away.
import { readFileSync } from 'node:fs'
import { type Channel, type ConfirmChannel, connect } from 'amqplib'
import type { Logger } from 'pino'
import { within } from '../../runtime/back-off.ts'

export interface LinkOptions {
  /**
   * With user and password. `cacertfile` names who signs the broker's certificate, those that Node trusts when absent; `certfile` and
   * `keyfile` a certificate to show.
   */
  readonly url: string
  /** Shown in the broker's list of connections. */
  readonly name: string
  readonly log: Logger
}

export interface Link {
  /** Waits for the connection, as long as that takes. Channels do not survive it. */
  channel(): Promise<Channel>
  confirmChannel(): Promise<ConfirmChannel>
  trouble(): string | undefined
  close(): Promise<void>
}

const connectTimeoutMs = 5_000
const closeTimeoutMs = 5_000
const heartbeatS = 10
const recovery = { waitForConnect: false, initialDelay: 100, maxDelay: 5_000 }

export function openLink({ url, name, log }: LinkOptions): Link {
  let trouble: string | undefined = 'RabbitMQ: not reached yet'
  const address = new URL(url)
  address.searchParams.set('heartbeat', String(heartbeatS))
  const tls = takeTls(address)
  const opening = connect(address.href, {
    timeout: connectTimeoutMs,
    clientProperties: { connection_name: name },
    recovery,
    ...tls,
  }).then((connection) => {
    const away = (error: Error) => {
      if (trouble === undefined) log.warn({ reason: explain(error) }, 'waiting for RabbitMQ')
      trouble = `RabbitMQ: ${explain(error)}`
    }
    const there = () => {
      trouble = undefined
    }
    connection.on('connect', there)
    connection.on('unblocked', there)
    connection.on('connect-failed', away)
    connection.on('disconnect', away)
    connection.on('blocked', (reason) => away(new Error(`takes no messages: ${reason}`)))
    // A disconnection follows, and is what matters.
    connection.on('error', () => undefined)
    return connection
  })
  return {
    channel: async () => (await opening).createChannel(),
    confirmChannel: async () => (await opening).createConfirmChannel(),
    trouble: () => trouble,
    close: async () => {
      const connection = await opening
      await within(connection.close(), closeTimeoutMs, 'closing the connection to RabbitMQ').catch(
        () => undefined,
      )
    },
  }
}

const tlsFiles = { ca: 'cacertfile', cert: 'certfile', key: 'keyfile' } as const
type Tls = { readonly [name in keyof typeof tlsFiles]?: string }

/** PEM of the files that the address names, which are then out of the address. */
export function takeTls(address: URL): Tls {
  const tls: { -readonly [name in keyof Tls]: string } = {}
  for (const [name, parameter] of Object.entries(tlsFiles) as [keyof Tls, string][]) {
    const file = address.searchParams.get(parameter)
    address.searchParams.delete(parameter)
    if (file !== null) tls[name] = readFileSync(file, 'utf8')
  }
  return tls
}

/** One line for people; Node's refused connections carry their reason inside. */
export function explain(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return explain(thrown.errors.at(-1))
  return thrown instanceof Error ? thrown.message || thrown.name : String(thrown)
}
