// Ends the connections of revoked modules. The broker asks the gatekeeper at a login only, and remembers its answers for
// some seconds: a module that was revoked a moment ago may even come back once.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { BrokerAdmin } from '../../engines/rabbitmq/port.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import { closeConnectionsOf } from './close-connections.ts'
import type { PresenceStore } from './port.ts'

export interface RevocationsDeps {
  readonly store: Pick<PresenceStore, 'revoked'>
  readonly admin: Pick<BrokerAdmin, 'connectionsOf' | 'closeConnection'>
  readonly log: Logger
  readonly everyMs?: number
}

/** Well beyond the broker's memory of answers, and its statistics' delay in listing a connection. */
const watchedMs = 60_000
const atOnce = 100

export function createRevocations({ store, admin, log, everyMs = 1_000 }: RevocationsDeps): Loop {
  return createLoop({
    what: 'ending connections of revoked modules',
    log,
    async round(signal) {
      const deviceIds = await store.revoked(watchedMs, atOnce)
      await Promise.all(
        deviceIds.map(async (deviceId) => {
          const closed = await closeConnectionsOf(admin, deviceId, 'revoked')
          if (closed > 0) log.info({ deviceId, closed }, 'ended connections of a revoked module')
        }),
      )
      await delay(everyMs, undefined, { signal }).catch(() => undefined)
    },
  })
}
