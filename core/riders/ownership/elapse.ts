// Lets cases take effect to which nobody objected in time.
import type { Logger } from 'pino'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { OwnershipService } from './port.ts'

export interface ElapseDeps {
  readonly ownership: Pick<OwnershipService, 'elapse'>
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly everyMs?: number
}

/** Several processes may do so at once: a case takes effect once. */
export function createElapse({ ownership, log, everyMs = 30_000 }: ElapseDeps): Loop {
  return createLoop({
    what: 'ownership cases',
    log,
    async round(signal) {
      const cases = await ownership.elapse()
      if (cases > 0) log.info({ cases }, 'ownership cases took effect')
      await rest(everyMs, signal)
    },
  })
}
