// Ends the commands whose time has passed.
import type { Logger } from 'pino'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import { elapsedCommands, planExpiry } from './plan.ts'
import type { CommandOutbox } from './port.ts'

export interface SweepDeps {
  readonly outbox: Pick<CommandOutbox, 'change'>
  /** Since when no reports have been waiting to be read; undefined while some may be. */
  idleSinceMs(): number | undefined
  readonly log: Logger
  readonly everyMs?: number
}

const atOnce = 500
// A backlog arrives batch after batch, with moments of rest in between.
const quietMs = 3_000

/** While the broker is away, or a backlog of reports is being read, a bike's silence proves nothing. */
export function createSweep({ outbox, idleSinceMs, log, everyMs = 500 }: SweepDeps): Loop {
  return createLoop({
    what: 'expiring commands',
    log,
    async round(signal) {
      const since = idleSinceMs()
      const silenceCounts = since !== undefined && Date.now() - since >= quietMs
      const { states } = await outbox.change(elapsedCommands(atOnce, silenceCounts), planExpiry)
      const expired = states.size
      if (expired > 0) log.info({ commands: expired }, 'expired')
      if (expired < atOnce) await rest(everyMs, signal)
    },
  })
}
