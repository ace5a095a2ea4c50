// Tracks whose partition could not be made come back by themselves, again and again until it can.
import type { Logger } from 'pino'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { QuarantineStore } from './port.ts'
import { type ReplayTarget, replayEntries } from './replay.ts'

export interface ParkedReturnDeps extends ReplayTarget {
  readonly store: Pick<QuarantineStore, 'parked' | 'replay'>
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly everyMs?: number
}

const entriesAtOnce = 200

/** Several processes may do so at once: an entry is replayed once. */
export function createParkedReturn({ store, log, everyMs = 1_000, ...target }: ParkedReturnDeps): Loop {
  return createLoop({
    what: 'return of parked tracks',
    log,
    async round(signal) {
      const { tracks } = await replayEntries({ store, ...target }, await store.parked(entriesAtOnce))
      if (tracks > 0) log.info({ tracks }, 'tracks whose partition was missing are replayed')
      await rest(everyMs, signal)
    },
  })
}
