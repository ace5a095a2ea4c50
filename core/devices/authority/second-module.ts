// A second module of a bike: proposed at the authority's console, approved by another member of staff, certified where the key is. Pure.
import { z } from 'zod'
import type { Executor, NewProposal, Proposal } from '../../staff/approvals/port.ts'
import type { FurtherModule } from './port.ts'

const payload = z.strictObject({
  bikeId: z.uuid(),
  deviceId: z.uuid(),
  /** PKCS#10 in PEM; the key that it certifies is what the second person approves. */
  requestPem: z.string().max(16_384),
  days: z.int().min(1).max(397),
  verifiesCommands: z.boolean(),
})
export type SecondModule = z.output<typeof payload>

export function secondModuleProposal(
  module: SecondModule,
  { proposalId, reason, proposedBy }: Pick<NewProposal, 'proposalId' | 'reason' | 'proposedBy'>,
): NewProposal {
  const { bikeId, deviceId } = module
  return {
    ...{ proposalId, kind: 'second_module', subject: bikeId, payload: { ...module }, reason, proposedBy },
    effects: [
      {
        ...{ who: `bike ${bikeId}`, change: 'gains' },
        what: `a second module, ${deviceId}, which may report and obey beside the one in service`,
      },
    ],
  }
}

export type Approved =
  | { readonly ok: true; readonly module: SecondModule; readonly further: FurtherModule }
  | { readonly ok: false; readonly fault: string }

/** Gives the module to certify; only an approved proposal of a second module has one. */
export function readApproved(proposal: Proposal | undefined): Approved {
  if (proposal === undefined || proposal.kind !== 'second_module') {
    return { ok: false, fault: 'there is no such proposal of a second module' }
  }
  if (proposal.decision?.verdict !== 'approved') {
    return { ok: false, fault: 'no second member of staff has approved it' }
  }
  const read = payload.safeParse(proposal.payload)
  if (!read.success) return { ok: false, fault: 'its content is none of a second module' }
  const { proposalId, reason, decision } = proposal
  const further = { kind: 'second', proposalId, reason, by: decision.by } as const
  return { ok: true, module: read.data, further }
}

/** The authority's key is on another machine, so approval opens the door, and the command there goes through it. */
export const approveSecondModule: Executor = async (proposal) => {
  const read = readApproved(proposal)
  return read.ok
    ? {
        done: true,
        detail: `to be certified with: npm run authority -- enrol-approved ${proposal.proposalId}`,
      }
    : { done: false, detail: read.fault }
}
