// Begins the erasures that riders have asked for when their time to think is over.
import type { Logger } from 'pino'
import { rest } from '../../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../../runtime/loop.ts'
import type { RiderErasures } from './port.ts'
import { type EraseRider, obstacleOf } from './request.ts'

export interface DueErasuresDeps {
  readonly erasures: Pick<RiderErasures, 'due' | 'hindered'>
  readonly erase: EraseRider
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly everyMs?: number
}

const atOnce = 20

/** Several processes may do so at once: an erasure that two begin counts once. One that is hindered is tried again, behind the others. */
export function createDueErasures({ erasures, erase, log, everyMs = 60_000 }: DueErasuresDeps): Loop {
  return createLoop({
    what: 'erasures that riders asked for',
    log,
    async round(signal) {
      for (const { erasureId, riderId } of await erasures.due(atOnce)) {
        if (signal.aborted) return
        const outcome = await erase(erasureId, riderId)
        if (outcome !== 'begun') await erasures.hindered(erasureId, obstacleOf[outcome])
        log.info({ erasureId, outcome }, 'an erasure that its rider asked for was due')
      }
      await rest(everyMs, signal)
    },
  })
}
