// Listens to a channel of PostgreSQL on a connection of its own, which is made anew for as long as it takes.
import postgres from 'postgres'
import { pause } from '../../../runtime/back-off.ts'
import { createWatch, type Watch } from '../../../runtime/watch.ts'
import { nameOf, type PostgresScope, readAddress } from './connect.ts'

export interface Notifications {
  /** Watches for notifications with this payload, or for all. */
  watch(payload?: string): Watch
  close(): Promise<void>
}

export interface NotificationOptions {
  readonly url: string
  /** Shown in pg_stat_activity. */
  readonly name: string
  readonly channel: string
}

/** Notifications are lost while the connection is away, so every watch is told when it is back. */
export function listenTo({ url, name, channel }: NotificationOptions): Notifications {
  const watches = new Set<{ payload: string | undefined; raise: () => void }>()
  const stop = new AbortController()
  let lost = Promise.withResolvers<void>()
  const raise = (payload?: string) => {
    for (const watch of watches) {
      if (payload === undefined || watch.payload === undefined || watch.payload === payload) watch.raise()
    }
  }
  // The client takes `onnotify` too, which its types leave to sql.listen(); that one gives up after one reconnect.
  const handlers = {
    onnotify: (_: string, payload: string) => raise(payload),
    onclose: () => lost.resolve(),
  }
  const { address, ssl } = readAddress(url)
  const sql = postgres(address, {
    ssl,
    max: 1,
    connect_timeout: 5,
    idle_timeout: 0,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: name },
    ...handlers,
  })

  async function keepListening(): Promise<void> {
    for (let attempt = 0; !stop.signal.aborted; attempt++) {
      lost = Promise.withResolvers()
      try {
        await sql`listen ${sql(channel)}`
        attempt = 0
        raise()
        await lost.promise
      } catch {
        // Polling bridges the gap; readiness tells of a database that is away.
      }
      await pause(attempt, stop.signal)
    }
  }
  const listening = keepListening()

  return {
    watch(payload) {
      const { watch, raise: raiseIt } = createWatch(() => watches.delete(entry))
      const entry = { payload, raise: raiseIt }
      watches.add(entry)
      return watch
    },
    async close() {
      stop.abort()
      await sql.end({ timeout: 1 })
      lost.resolve()
      await listening
    },
  }
}

/** Listens to a channel on a connection of its own. */
export function openNotifications(
  scope: PostgresScope,
  { channel, purpose }: { channel: string; purpose?: string },
): Notifications {
  const { DATABASE_URL: url } = scope.config
  const notifications = listenTo({ url, name: nameOf(scope, purpose), channel })
  scope.onClose(notifications.close)
  return notifications
}
