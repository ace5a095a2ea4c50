// Asks a module for its full state when tracks of it stay missing: once for all its gaps of a while.
import type { Logger } from 'pino'
import type { CommandRequests } from '../../devices/commands/port.ts'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { GapReport, SequenceStore } from './port.ts'

export interface StateAskerDeps {
  readonly store: Pick<SequenceStore, 'openGaps' | 'asked'>
  readonly commands: CommandRequests
  readonly log: Logger
  /** So long a gap may stay open before it counts: the broker's queues of several kinds overtake each other. */
  readonly settleMs?: number
  /** So long a module is not asked again, however much it loses. */
  readonly askAgainMs?: number
  readonly everyMs?: number
}

const recordersAtOnce = 100
/** A module that sleeps longer tells its state on waking anyway. */
const ttlS = 86_400

export function createStateAsker(deps: StateAskerDeps): Loop {
  const { store, commands, log, settleMs = 30_000, askAgainMs = 600_000, everyMs = 2_000 } = deps

  /** A crash in between repeats it, with the same keys. Returns how many were asked. */
  async function askOnce(nowMs: number): Promise<number> {
    const noticedByMs = nowMs - settleMs
    const question = { noticedByMs, notAskedSinceMs: nowMs - askAgainMs }
    const reports = await store.openGaps(question, recordersAtOnce)
    for (const report of reports) await ask(report)
    await store.asked(
      reports.map(({ recorderId }) => recorderId),
      { noticedByMs, askedAtMs: nowMs },
    )
    return reports.length
  }

  /** A bike for which too many commands wait already is left in peace until it loses more. */
  async function ask({ recorderId, bikeId, noticedAtMs }: GapReport): Promise<void> {
    const { outcome } = await commands.request({
      bikeId,
      requestedBy: 'platform:gaps',
      idempotencyKey: `${recorderId}/${noticedAtMs}`,
      action: { kind: 'report_state' },
      ttlS,
    })
    log.info({ noticedAtMs, outcome }, 'tracks are missing, asked for the full state')
  }

  return createLoop({
    what: 'asking for state',
    log,
    async round(signal) {
      const asked = await askOnce(Date.now())
      if (asked < recordersAtOnce) await rest(everyMs, signal)
    },
  })
}
