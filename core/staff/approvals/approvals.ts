// Proposals from their making to what came of them.
import type { Approvals, Decision, Executors, Proposal, ProposalPage, ProposalStore } from './port.ts'
import { type ApprovalRules, proposalValidMs, refusalOf } from './rules.ts'

export interface ApprovalsDeps extends ApprovalRules {
  readonly store: ProposalStore
  readonly executors: Executors
}

export function createApprovals({ store, executors, consoleApproves }: ApprovalsDeps): Approvals {
  async function carryOut(proposal: Proposal): Promise<Proposal> {
    if (proposal.decision?.verdict !== 'approved' || proposal.outcome !== undefined) return proposal
    const execute = executors[proposal.kind]
    if (execute === undefined) throw new Error(`nothing here carries out a proposal of kind ${proposal.kind}`)
    const outcome = await execute(proposal)
    await store.carriedOut(proposal.proposalId, outcome)
    return { ...proposal, outcome }
  }

  return {
    propose: (proposal) => store.add(proposal, proposalValidMs),
    find: store.find,
    list: (filter, page): Promise<ProposalPage> => store.list(filter, page),
    async decide(proposalId, decision) {
      const decided = await store.decide(proposalId, decision, (proposal, nowMs) =>
        isRepeated(proposal, decision)
          ? undefined
          : refusalOf(proposal, decision, { nowMs, consoleApproves }),
      )
      if (decided === undefined) return { unknown: true }
      return 'refused' in decided ? decided : { proposal: await carryOut(decided.proposal) }
    },
    async resume() {
      const left = await store.unfinished(cutOffMs, resumedAtOnce)
      const known = left.filter(({ kind }) => executors[kind] !== undefined)
      const results = []
      for (const proposal of known) results.push(...(await Promise.allSettled([carryOut(proposal)])))
      const failed = results.find((result) => result.status === 'rejected')
      if (failed !== undefined) throw failed.reason
      return known.length
    },
  }
}

/** Whoever approved may still be about to carry it out himself. */
const cutOffMs = 60_000
const resumedAtOnce = 100

function isRepeated({ decision }: Proposal, { by, verdict }: Decision): boolean {
  return decision?.by === by && decision.verdict === verdict
}
