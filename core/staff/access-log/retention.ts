// Deletes accesses that are older than anybody may ask for.
import type { Logger } from 'pino'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { AccessLog } from './port.ts'

/** A rider can ask for so many days. */
const accessRetentionDays = 730

export interface RetentionDeps {
  readonly accesses: Pick<AccessLog, 'forget'>
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly everyMs?: number
}

/** Several processes may do so at once. */
export function createAccessRetention({ accesses, log, everyMs = 3_600_000 }: RetentionDeps): Loop {
  return createLoop({
    what: 'the retention of the access log',
    log,
    async round(signal) {
      const forgotten = await accesses.forget(accessRetentionDays)
      if (forgotten > 0) log.info({ accesses: forgotten }, 'old accesses were deleted')
      else await rest(everyMs, signal)
    },
  })
}
