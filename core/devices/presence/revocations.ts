// Ends the connections of modules that are out of service: revoked, suspended, or let in by a certificate that was revoked or has ended. The
// broker asks the gatekeeper at a login only, and remembers its answers for some seconds: a module that was revoked a moment ago
// may even come back once.
import type { Logger } from 'pino'
import type { BrokerAdmin } from '../../engines/rabbitmq/port.ts'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import { closeConnectionsOf } from './close-connections.ts'
import type { EndReason } from './metrics.ts'
import type { OutOfService, PresenceStore } from './port.ts'

export interface RevocationsDeps {
  readonly store: Pick<PresenceStore, 'revoked' | 'suspended' | 'ended'>
  readonly admin: Pick<BrokerAdmin, 'connectionsOf' | 'closeConnection'>
  readonly metrics: { ended(reason: EndReason, connections: number): void }
  readonly log: Logger
  readonly everyMs?: number
}

/** Well beyond the broker's memory of answers, and its statistics' delay in listing a connection. */
const watchedMs = 60_000
/** Of whichever certificate may have ended while nobody looked; the longest ones hold for 397 days. */
const everMs = 400 * 86_400_000
const atOnce = 100

export function createRevocations(deps: RevocationsDeps): Loop {
  const { store, admin, metrics, log, everyMs = 1_000 } = deps
  let lookedAtMs: number | undefined

  async function end({ deviceId, certificates }: OutOfService, reason: EndReason): Promise<void> {
    const closing = certificates.map((certificate) =>
      closeConnectionsOf(admin, { deviceId, certificate }, reason),
    )
    const closed = (await Promise.all(closing)).reduce((sum, each) => sum + each, 0)
    if (closed === 0) return
    metrics.ended(reason, closed)
    log.info({ deviceId, closed, reason }, 'ended connections of a module out of service')
  }

  return createLoop({
    what: 'ending connections of modules out of service',
    log,
    async round(signal) {
      const startedAtMs = Date.now()
      const sinceMs = lookedAtMs === undefined ? everMs : startedAtMs - lookedAtMs + watchedMs
      const devices = await store.revoked(watchedMs, atOnce)
      await Promise.all(devices.map((device) => end(device, 'revoked')))
      const suspended = await store.suspended(watchedMs, atOnce)
      await Promise.all(suspended.map((device) => end(device, 'suspended')))
      const certificates = await store.ended({ recentMs: watchedMs, sinceMs, limit: atOnce })
      await Promise.all(certificates.map((each) => end(each, each.reason)))
      // Online ones are told first: those that were not among so many come in the next rounds.
      if (certificates.length < atOnce) lookedAtMs = startedAtMs
      await rest(everyMs, signal)
    },
  })
}
