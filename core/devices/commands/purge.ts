// After a change of owner: empties the sessions of the bike's modules on the broker, then lets the new owner be published.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { deviceUsersOf } from '../../engines/rabbitmq/device-user.ts'
import type { BrokerAdmin } from '../../engines/rabbitmq/port.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { PurgeStore, UnpurgedChange } from './port.ts'
import { isOlder, isSettled, type Purge } from './purge-plan.ts'

export interface PurgeDeps {
  readonly store: Pick<PurgeStore, 'unpurged' | 'purged'>
  readonly admin: Pick<BrokerAdmin, 'connectionsOf' | 'closeConnection' | 'purgeSession'>
  readonly log: Logger
  readonly everyMs?: number
}

const atOnce = 100

/** Names by which the broker may know connections of the bike's modules. */
const usersOf = ({ modules }: UnpurgedChange): string[] =>
  modules.flatMap(({ deviceId, certificates }) =>
    certificates.flatMap((certificate) => [...deviceUsersOf({ deviceId, certificate })]),
  )

/** May be done twice, and by several processes at once. */
export function createPurge({ store, admin, log, everyMs = 500 }: PurgeDeps): Loop {
  /** Returns how many there were. A module that is well comes back at once. */
  async function endOlderConnections(change: UnpurgedChange): Promise<number> {
    const connections = await Promise.all(usersOf(change).map((user) => admin.connectionsOf(user)))
    const older = connections.flat().filter(({ connectedAtMs }) => isOlder(change, connectedAtMs))
    await Promise.all(older.map(({ name }) => admin.closeConnection(name, 'the bike has another owner')))
    return older.length
  }

  async function purge(change: UnpurgedChange): Promise<Purge> {
    const { bikeId, modules } = change
    try {
      const ended = await endOlderConnections(change)
      const emptied = await Promise.all(modules.map(({ deviceId }) => admin.purgeSession(deviceId)))
      log.debug({ bikeId, ended, sessions: emptied.filter(Boolean).length }, 'sessions emptied')
      return { isDone: true, hadOlder: ended > 0 }
    } catch (error) {
      log.warn({ bikeId, err: error }, 'sessions could not be emptied')
      return { isDone: false, hadOlder: false }
    }
  }

  return createLoop({
    what: 'purging commands of former owners',
    log,
    async round(signal) {
      const changes = await store.unpurged(atOnce)
      const purges = await Promise.all(changes.map(purge))
      const settled = changes.filter((change, n) => isSettled(change, purges[n] as Purge))
      if (settled.length > 0) {
        await store.purged(settled.map(({ changeId }) => changeId))
        log.info({ changes: settled.length }, 'nothing of former owners can reach these bikes')
      }
      if (settled.length < atOnce) await delay(everyMs, undefined, { signal }).catch(() => undefined)
    },
  })
}
