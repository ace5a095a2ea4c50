// Notes why modules are refused, for who writes their firmware. It costs the broker no wait, and little of the database however often a
// module comes: what finds no place is left out, and counted and logged like every refusal.
import type { Logger } from 'pino'
import { cutText, storable } from '../../runtime/foreign-text.ts'
import type { AccessRequest, Denial } from './access.ts'
import type { RefusalStore } from './port.ts'

export interface RefusalNotes {
  note(refused: { readonly deviceId: string; readonly asked: AccessRequest; readonly reason: Denial }): void
}

const everyMs = 10_000
const mostRemembered = 10_000
const mostUnderWay = 4
const maxWantedChars = 300

export function createRefusalNotes(
  { note }: Pick<RefusalStore, 'note'>,
  { log, nowMs = Date.now }: { readonly log: Pick<Logger, 'warn'>; readonly nowMs?: () => number },
): RefusalNotes {
  /** When a kind of a device was last noted; the longest ago comes first. */
  const notedAtMs = new Map<string, number>()
  let underWay = 0

  return {
    note({ deviceId, asked, reason }) {
      const kind = `${deviceId} ${asked.check} ${reason}`
      if (underWay >= mostUnderWay || nowMs() - (notedAtMs.get(kind) ?? -everyMs) < everyMs) return
      notedAtMs.delete(kind)
      notedAtMs.set(kind, nowMs())
      const [oldest] = notedAtMs.keys()
      if (notedAtMs.size > mostRemembered && oldest !== undefined) notedAtMs.delete(oldest)
      underWay += 1
      const wanted = cutText(storable(wantedBy(asked)), maxWantedChars)
      void note({ deviceId, question: asked.check, reason, wanted })
        .catch((error: unknown) => log.warn({ err: error }, 'a refusal is not noted'))
        .finally(() => {
          underWay -= 1
        })
    },
  }
}

/** `{check: 'topic', permission: 'write', routingKey: 'bikes.….telemetry.ride'}  →  'write bikes.….telemetry.ride'` */
function wantedBy(asked: AccessRequest): string {
  switch (asked.check) {
    case 'user':
      return `connect as ${asked.username}`
    case 'vhost':
      return `connect to ${asked.vhost} with client id ${asked.clientId ?? 'none'}`
    case 'resource':
      return `${asked.permission} ${asked.resource} ${asked.name}`
    case 'topic':
      return `${asked.permission} ${asked.routingKey}`
  }
}
