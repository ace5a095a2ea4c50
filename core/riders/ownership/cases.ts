// Staff cases: two of staff say that a bike is another rider's. Its owner is told and may object for 14 days; nobody commands
// the bike meanwhile. Without an objection the case takes effect; with one, two of staff decide again. Pure.
import { ownerOf, refuse, touchedBy } from './plan.ts'
import type {
  CaseOutcome,
  CaseRequest,
  Decision,
  Known,
  KnownBike,
  Notice,
  OwnershipCase,
  OwnershipChange,
  OwnershipWrites,
  Refused,
  Settlement,
} from './port.ts'

export const objectionForMs = 14 * 86_400_000

const impossible = (reason: 'no_bike' | 'case_open' | 'no_change'): Decision<CaseOutcome> => ({
  outcome: { impossible: reason },
  writes: {},
})

/** Where nobody owns the bike there is nobody to ask: the case takes effect at once. */
export function planCase({ nowMs, bike }: Known, request: CaseRequest): Decision<CaseOutcome> {
  if (bike === undefined) return impossible('no_bike')
  const open = bike.openCase
  if (open?.caseId === request.caseId) return { outcome: open, writes: {} }
  if (open !== undefined) return impossible('case_open')
  const owner = ownerOf(bike, nowMs)
  if (owner?.riderId === request.newRiderId) return impossible('no_change')
  const opened: OwnershipCase = {
    ...{ ...request, formerRiderId: owner?.riderId, state: 'waiting', objection: undefined },
    ...{ openedAtMs: nowMs, objectUntilMs: nowMs + objectionForMs },
  }
  if (owner === undefined) return effective({ ...opened, objectUntilMs: nowMs }, { bike, nowMs })
  const { caseId, bikeId, objectUntilMs, reason } = opened
  const told: Notice = { riderId: owner.riderId, kind: 'case_opened', bikeId, caseId, objectUntilMs, reason }
  const endsCommands = 'it is disputed whose the bike is'
  return { outcome: opened, writes: { ownershipCase: opened, notices: [told], endsCommands } }
}

/** The former owner objects. An objection that is repeated, or says more, takes the place of the one before. */
export function planObjection(
  { nowMs, bike }: Known,
  { caseId, riderId, objection }: { caseId: string; riderId: string; objection: string },
): Decision<OwnershipCase | Refused> {
  const open = bike?.openCase
  if (open?.caseId !== caseId || open.formerRiderId !== riderId) return refuse('no_case')
  if (open.state === 'waiting' && nowMs >= open.objectUntilMs) return refuse('no_case')
  const objected: OwnershipCase = { ...open, state: 'objected', objection }
  return { outcome: objected, writes: { ownershipCase: objected } }
}

/** Takes effect where nobody objected in time; else nothing is written, and the answer is undefined. */
export function planElapsed({ nowMs, bike }: Known, caseId: string): Decision<CaseOutcome | undefined> {
  const open = bike?.openCase
  const isElapsed = open?.caseId === caseId && open.state === 'waiting' && nowMs >= open.objectUntilMs
  if (bike === undefined || open === undefined || !isElapsed) return { outcome: undefined, writes: {} }
  return effective(open, { bike, nowMs })
}

/** Two of staff decide about a case again. Undefined where there is nothing to decide. */
export function planSettlement(
  { nowMs, bike }: Known,
  { caseId, verdict, reason, author }: Settlement,
): Decision<CaseOutcome | undefined> {
  const open = bike?.openCase
  if (bike === undefined || open?.caseId !== caseId) return { outcome: undefined, writes: {} }
  if (verdict === 'uphold') {
    if (open.state !== 'objected') return { outcome: undefined, writes: {} }
    return effective(
      { ...open, reason: `${open.reason}; after the objection: ${reason}`, author },
      { bike, nowMs },
    )
  }
  const dismissed: OwnershipCase = { ...open, state: 'dismissed' }
  const { bikeId, formerRiderId } = open
  const notices = tell(formerRiderId, { kind: 'case_dismissed', bikeId, caseId, reason })
  return { outcome: dismissed, writes: { ownershipCase: dismissed, notices } }
}

function effective(
  open: OwnershipCase,
  { bike, nowMs }: { bike: KnownBike; nowMs: number },
): Decision<CaseOutcome> {
  const { bikeId, caseId, newRiderId, author, reason } = open
  const former = ownerOf(bike, nowMs)
  const earliestMs = former?.fromMs ?? Math.max(...bike.ownerships.map(({ untilMs }) => untilMs))
  const atMs = Math.max(earliestMs, Math.min(open.beginsAtMs ?? nowMs, nowMs))
  const change: OwnershipChange = { kind: 'staff_case', bikeId, former, newRiderId, atMs, author, reason }
  const ownershipCase: OwnershipCase = { ...open, state: 'effective' }
  const writes: OwnershipWrites = {
    ...{ change, ownershipCase, touched: newRiderId === undefined ? touchedBy(bike) : [] },
    notices: tell(former?.riderId, { kind: 'case_effective', bikeId, caseId, reason }),
  }
  return { outcome: ownershipCase, writes }
}

const tell = (riderId: string | undefined, said: Omit<Notice, 'riderId'>): Notice[] =>
  riderId === undefined ? [] : [{ riderId, ...said }]
