// Staff cases take two members of staff: what the first one proposes, who gains and loses by it, and what happens once the second
// one has approved. Pure.
import { z } from 'zod'
import type { Shown } from '../../staff/access-log/port.ts'
import type { Effect, Executor, NewProposal } from '../../staff/approvals/port.ts'
import type { CaseOutcome, OwnershipCase, OwnershipService } from './port.ts'

const opening = z.strictObject({
  opens: z.literal('case'),
  bikeId: z.uuid(),
  newRiderId: z.string().nullable(),
  beginsAtMs: z.number().nullable(),
})
const settling = z.strictObject({ settles: z.uuid(), verdict: z.enum(['uphold', 'dismiss']) })
const payload = z.union([opening, settling])

type Proposed = Pick<NewProposal, 'proposalId' | 'reason' | 'proposedBy'>

export interface CaseProposal extends Proposed {
  readonly bikeId: string
  readonly ownerId: string | undefined
  readonly newRiderId: string | undefined
  readonly beginsAtMs: number | undefined
}

/** Anna owns the bike, Vera shall: `effects` are what Anna loses and what Vera gains. */
export function caseProposal({
  bikeId,
  ownerId,
  newRiderId,
  beginsAtMs,
  ...proposed
}: CaseProposal): NewProposal {
  const since = beginsAtMs === undefined ? 'its effect' : new Date(beginsAtMs).toISOString()
  const asked = {
    opens: 'case' as const,
    bikeId,
    newRiderId: newRiderId ?? null,
    beginsAtMs: beginsAtMs ?? null,
  }
  const effects = effectsOf({ bikeId, ownerId, newRiderId }, since)
  return { ...proposed, kind: 'ownership_case', subject: bikeId, payload: asked, effects }
}

export interface SettlementProposal extends Proposed {
  readonly about: OwnershipCase
  readonly verdict: 'uphold' | 'dismiss'
}

export function settlementProposal({ about, verdict, ...proposed }: SettlementProposal): NewProposal {
  const { bikeId, caseId, formerRiderId, newRiderId } = about
  const upheld = effectsOf({ bikeId, ownerId: formerRiderId, newRiderId }, 'the effect of the case')
  const kept = formerRiderId ? [gains(formerRiderId, `bike ${bikeId} back from dispute`)] : []
  const asked = { settles: caseId, verdict }
  return {
    ...{ ...proposed, kind: 'ownership_case', subject: bikeId, payload: asked },
    effects: verdict === 'uphold' ? upheld : kept,
  }
}

interface Owners {
  readonly bikeId: string
  readonly ownerId: string | undefined
  readonly newRiderId: string | undefined
}

function effectsOf({ bikeId, ownerId, newRiderId }: Owners, since: string): Effect[] {
  const what = `bike ${bikeId}, its rides since ${since}, and commanding it`
  const lost: Effect[] = ownerId ? [{ who: `rider ${ownerId}`, change: 'loses', what }] : []
  if (newRiderId) return [...lost, gains(newRiderId, what)]
  if (ownerId === undefined) return []
  const released = `bike ${bikeId}, which is released and nobody’s until then`
  return [
    ...lost,
    { who: 'whoever shows the code of a sale that waits or comes', change: 'gains', what: released },
  ]
}

const gains = (riderId: string, what: string): Effect => ({ who: `rider ${riderId}`, change: 'gains', what })

/** Whose data a list of cases shows: their bikes since they were opened, and whoever may object to them. */
export function whoseCases(cases: readonly OwnershipCase[]): Shown {
  return {
    bikes: cases.map(({ bikeId, openedAtMs }) => ({ bikeId, fromMs: openedAtMs })),
    riders: [...new Set(cases.flatMap(({ formerRiderId }) => formerRiderId ?? []))],
  }
}

/** The case has the id of its proposal, so carrying it out again changes nothing. */
export function createCaseExecutor(ownership: Pick<OwnershipService, 'openCase' | 'settleCase'>): Executor {
  return async ({ proposalId, payload: asked, reason, proposedBy, decision }) => {
    const read = payload.safeParse(asked)
    if (!read.success) return { done: false, detail: 'its content is none of an ownership case' }
    const author = `${proposedBy}+${decision?.by ?? ''}`
    if ('settles' in read.data) {
      const { settles, verdict } = read.data
      const outcome = await ownership.settleCase({ caseId: settles, verdict, reason, author })
      return outcome === undefined
        ? { done: false, detail: 'there is nothing (any more) to decide about the case so' }
        : { done: true, detail: detailOf(outcome) }
    }
    const { bikeId, newRiderId, beginsAtMs } = read.data
    const outcome = await ownership.openCase({
      ...{ caseId: proposalId, bikeId, newRiderId: newRiderId ?? undefined },
      ...{ beginsAtMs: beginsAtMs ?? undefined, reason, author },
    })
    return { done: !('impossible' in outcome), detail: detailOf(outcome) }
  }
}

const impossible = {
  no_bike: 'there is no such bike',
  case_open: 'another case about the bike is open',
  no_change: 'the bike is that rider’s already',
}

function detailOf(outcome: CaseOutcome): string {
  if ('impossible' in outcome) return impossible[outcome.impossible]
  const { caseId, state, objectUntilMs } = outcome
  return state === 'waiting'
    ? `case ${caseId}: the owner may object until ${new Date(objectUntilMs).toISOString()}`
    : `case ${caseId} is ${state}`
}
