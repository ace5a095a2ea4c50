// Compares the modules that count as online with the broker's connections: a broker that dies sends no events of their
// ends.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { BrokerAdmin } from '../../engines/rabbitmq/port.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import { connectionsOf } from './close-connections.ts'
import { concernedBy, planPresence } from './plan.ts'
import type { DevicePresence, PresenceStore } from './port.ts'

export interface ReconcileDeps {
  readonly store: Pick<PresenceStore, 'change' | 'online'>
  readonly admin: Pick<BrokerAdmin, 'connectionsOf'>
  readonly log: Logger
}

const questionsAtOnce = 20

/** Takes modules without a connection offline, and returns how many those were. */
export async function reconcile({ store, admin, log }: ReconcileDeps, signal: AbortSignal): Promise<number> {
  let offline = 0
  for await (const page of store.online()) {
    for (let from = 0; from < page.length && !signal.aborted; from += questionsAtOnce) {
      const atMs = Date.now()
      const gone = await withoutConnection(page.slice(from, from + questionsAtOnce), admin)
      const ends = gone.map(({ connection }) => ({ type: 'closed', connection, atMs }) as const)
      await store.change(concernedBy(ends), (known) => planPresence(known, ends))
      offline += gone.length
    }
  }
  if (offline > 0) log.info({ offline }, 'modules without a connection count as offline')
  return offline
}

const deviceUser = ({ deviceId, certificate }: DevicePresence) => ({ deviceId, certificate })

async function withoutConnection(
  asked: readonly DevicePresence[],
  admin: Pick<BrokerAdmin, 'connectionsOf'>,
): Promise<DevicePresence[]> {
  const connections = await Promise.all(asked.map((device) => connectionsOf(admin, deviceUser(device))))
  return asked.filter((_, n) => connections[n]?.length === 0)
}

export interface ReconciliationOptions extends ReconcileDeps {
  /** Why events cannot be read at the moment; some may be lost then. */
  eventTrouble(): string | undefined
  /** How often it looks whether there is trouble. */
  readonly lookMs?: number
}

const everyMs = 3_600_000

/** At the start, after the broker was away, and every hour. */
export function createReconciliation(options: ReconciliationOptions): Loop {
  const { lookMs = 1_000 } = options
  let dueAtMs = 0
  return createLoop({
    what: 'comparing presence with the broker',
    log: options.log,
    async round(signal) {
      if (options.eventTrouble() !== undefined) dueAtMs = 0
      else if (Date.now() >= dueAtMs) {
        await reconcile(options, signal)
        dueAtMs = Date.now() + everyMs
      }
      await delay(lookMs, undefined, { signal }).catch(() => undefined)
    },
  })
}
