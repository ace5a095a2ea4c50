// Carries out what was approved where the approver's process ended before it had, and tells how many proposals wait.
import type { Logger } from 'pino'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { Approvals, ProposalCounts, ProposalStore } from './port.ts'

export interface SweepDeps {
  readonly approvals: Pick<Approvals, 'resume'>
  readonly proposals: Pick<ProposalStore, 'counts'>
  /** A gauge. */
  readonly waiting: (counts: ProposalCounts) => void
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly everyMs?: number
}

/** Several processes may do so at once: what is carried out twice counts once. */
export function createApprovalSweep({
  approvals,
  proposals,
  waiting,
  log,
  everyMs = 30_000,
}: SweepDeps): Loop {
  return createLoop({
    what: 'approved proposals',
    log,
    async round(signal) {
      waiting(await proposals.counts())
      const resumed = await approvals.resume()
      if (resumed > 0) log.info({ proposals: resumed }, 'approvals that were cut off were carried out')
      await rest(everyMs, signal)
    },
  })
}
