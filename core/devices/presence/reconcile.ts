// Compares presence with the broker's connections: a broker that dies sends no events of their ends, and one that begins may
// lose events before its queue is there.
import type { Logger } from 'pino'
import type { BrokerAdmin } from '../../engines/rabbitmq/port.ts'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { CommandOutbox } from '../commands/port.ts'
import { connectionsOf } from './close-connections.ts'
import { bikesOnline, concernedBy, planPresence } from './plan.ts'
import type { ConnectableDevice, ConnectionEvent, DevicePresence, PresenceStore } from './port.ts'

export interface ReconcileDeps {
  readonly store: Pick<PresenceStore, 'awaited' | 'change' | 'online'>
  readonly outbox: Pick<CommandOutbox, 'retryNow'>
  readonly admin: Pick<BrokerAdmin, 'connectionsOf'>
  readonly log: Logger
}

const questionsAtOnce = 20

/** Takes modules without a connection offline, and returns how many those were. */
export async function reconcile(
  {
    store,
    admin,
    log,
  }: Pick<ReconcileDeps, 'admin' | 'log'> & { store: Pick<PresenceStore, 'change' | 'online'> },
  signal: AbortSignal,
): Promise<number> {
  let offline = 0
  for await (const page of store.online()) {
    for (let from = 0; from < page.length && !signal.aborted; from += questionsAtOnce) {
      const atMs = Date.now()
      const gone = await withoutConnection(page.slice(from, from + questionsAtOnce), admin)
      const ends = gone.map(
        ({ connection }) => ({ type: 'closed', connections: [connection], atMs }) as const,
      )
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

/**
 * Modules that are connected though they count as offline come online, and get their commands; only those are looked for that
 * a command waits for. Returns how many those were.
 */
export async function findAwaited(
  { store, outbox, admin, log }: ReconcileDeps,
  signal: AbortSignal,
  requestedWithinMs?: number,
): Promise<number> {
  let found = 0
  for await (const page of store.awaited(requestedWithinMs)) {
    for (let from = 0; from < page.length && !signal.aborted; from += questionsAtOnce) {
      const asked = page.slice(from, from + questionsAtOnce)
      const opened = (await Promise.all(asked.map((device) => newestOf(device, admin)))).flat()
      if (opened.length === 0) continue
      const changed = await store.change(concernedBy(opened), (known) => planPresence(known, opened))
      await outbox.retryNow(bikesOnline(changed))
      found += changed.length
    }
  }
  if (found > 0) log.info({ online: found }, 'modules are connected that counted as offline')
  return found
}

async function newestOf(
  { deviceId, certificates }: ConnectableDevice,
  admin: ReconcileDeps['admin'],
): Promise<ConnectionEvent[]> {
  const found = certificates.map(async (certificate) =>
    (await connectionsOf(admin, { deviceId, certificate })).map(
      ({ name, connectedAtMs }): ConnectionEvent => ({
        ...{ type: 'opened', deviceId, connection: name, certificate, atMs: connectedAtMs },
      }),
    ),
  )
  const events = (await Promise.all(found)).flat()
  return events.sort((a, b) => b.atMs - a.atMs).slice(0, 1)
}

export interface ReconciliationOptions extends ReconcileDeps {
  /** Why events cannot be read at the moment; some may be lost then. */
  eventTrouble(): string | undefined
  /** How often it looks whether there is trouble. */
  readonly lookMs?: number
}

const everyMs = 3_600_000
/** A look comes a little late, and the clocks differ: what was requested meanwhile is looked for twice rather than never. */
const overlapMs = 1_000

/** At the start, after the broker was away, and every hour; modules that a new command waits for at once. */
export function createReconciliation(options: ReconciliationOptions): Loop {
  const { lookMs = 1_000 } = options
  let dueAtMs = 0
  let lookedAtMs = Date.now()
  return createLoop({
    what: 'comparing presence with the broker',
    log: options.log,
    async round(signal) {
      const nowMs = Date.now()
      if (options.eventTrouble() !== undefined) dueAtMs = 0
      else if (nowMs >= dueAtMs) {
        await reconcile(options, signal)
        await findAwaited(options, signal)
        dueAtMs = Date.now() + everyMs
      } else await findAwaited(options, signal, nowMs - lookedAtMs + overlapMs)
      lookedAtMs = nowMs
      await rest(lookMs, signal)
    },
  })
}
