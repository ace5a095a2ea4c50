// The settling loop: walks the details of the books, and leaves a short row of each track that is settled.
import type { Logger } from 'pino'
import { Counter, type Registry } from 'prom-client'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import { detailsStayMs, planSettling } from './plan.ts'
import type { SettlingStore } from './port.ts'

export interface SettlingDeps {
  readonly store: SettlingStore
  readonly keptDays: number
  readonly registry: Registry
  readonly log: Pick<Logger, 'warn'>
  /** From the start of the process: until then others of a version that knows no settled tracks may still book. */
  readonly beginsAfterMs?: number
  readonly everyMs?: number
}

const limit = 1_000
/** Between two batches, for who books. */
const breathMs = 20

export function createSettling(deps: SettlingDeps): Loop {
  const { store, keptDays, log, beginsAfterMs = detailsStayMs, everyMs = 60_000 } = deps
  const beginsAtMs = Date.now() + beginsAfterMs
  const tracks = new Counter({
    name: 'ledger_tracks_total',
    help: 'Tracks whose details gave way to a short row (settled), or were too old (expired)',
    labelNames: ['event'],
    registers: [deps.registry],
  })

  async function walk(signal: AbortSignal): Promise<void> {
    let after: string | undefined
    do {
      const nowMs = Date.now()
      const { settled, expired, next } = await store.settle(
        { after, beforeMs: nowMs - detailsStayMs, limit },
        (walked) => planSettling(walked, { nowMs, keptDays }),
      )
      tracks.inc({ event: 'settled' }, settled)
      tracks.inc({ event: 'expired' }, expired)
      after = next
      await rest(breathMs, signal)
    } while (after !== undefined && !signal.aborted)
  }

  return createLoop({
    what: 'settling the books',
    log,
    async round(signal) {
      await rest(Math.max(0, beginsAtMs - Date.now()), signal)
      if (signal.aborted) return
      await store.keepPartitions(keptDays)
      await walk(signal)
      await rest(everyMs, signal)
    },
  })
}
