// After the platform has ended a bike's commands, at a change of owner or when a staff case is opened: empties the sessions of the
// bike's modules on the broker. A new owner is published after that.
import type { Logger } from 'pino'
import { deviceUsersOf } from '../../engines/rabbitmq/device-user.ts'
import type { BrokerAdmin } from '../../engines/rabbitmq/port.ts'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { CommandPurge, PurgeStore } from './port.ts'
import { isOlder, isSettled, type PurgeAttempt } from './purge-plan.ts'

export interface PurgeDeps {
  readonly store: Pick<PurgeStore, 'waiting' | 'settled'>
  readonly admin: Pick<BrokerAdmin, 'connectionsOf' | 'closeConnection' | 'purgeSession'>
  readonly log: Logger
  readonly everyMs?: number
}

const atOnce = 100

/** Names by which the broker may know connections of the bike's modules. */
const usersOf = ({ modules }: CommandPurge): string[] =>
  modules.flatMap(({ deviceId, certificates }) =>
    certificates.flatMap((certificate) => [...deviceUsersOf({ deviceId, certificate })]),
  )

/** May be done twice, and by several processes at once. */
export function createPurge({ store, admin, log, everyMs = 500 }: PurgeDeps): Loop {
  /** Returns how many there were. A module that is well comes back at once. */
  async function closeOlderConnections(purge: CommandPurge): Promise<number> {
    const connections = await Promise.all(usersOf(purge).map((user) => admin.connectionsOf(user)))
    const older = connections.flat().filter(({ connectedAtMs }) => isOlder(purge, connectedAtMs))
    await Promise.all(older.map(({ name }) => admin.closeConnection(name, 'commands of the bike were ended')))
    return older.length
  }

  async function attempt(purge: CommandPurge): Promise<PurgeAttempt> {
    const { bikeId, modules } = purge
    try {
      const closed = await closeOlderConnections(purge)
      const emptied = await Promise.all(modules.map(({ deviceId }) => admin.purgeSession(deviceId)))
      log.debug({ closed, sessions: emptied.filter(Boolean).length }, 'sessions emptied')
      return { isDone: true, hadOlder: closed > 0 }
    } catch (error) {
      log.warn({ bikeId, err: error }, 'sessions could not be emptied')
      return { isDone: false, hadOlder: false }
    }
  }

  return createLoop({
    what: 'purging ended commands',
    log,
    async round(signal) {
      const purges = await store.waiting(atOnce)
      const attempts = await Promise.all(purges.map(attempt))
      const settled = purges.filter((purge, n) => isSettled(purge, attempts[n] as PurgeAttempt))
      if (settled.length > 0) {
        await store.settled(settled.map(({ purgeId }) => purgeId))
        log.info({ bikes: settled.length }, 'no ended command can reach these bikes')
      }
      if (settled.length < atOnce) await rest(everyMs, signal)
    },
  })
}
