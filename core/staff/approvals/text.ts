// Proposals as text for people at a console. Pure.
import { oneLine } from '../../runtime/foreign-text.ts'
import type { Shown } from '../access-log/port.ts'
import type { ApprovalRefusal, Proposal } from './port.ts'
import { stateOf } from './rules.ts'

/** `01936f00-…  open  retract e1  by staff:eva: forged` */
export function listText(
  proposals: readonly Proposal[],
  nextCursor: string | undefined,
  nowMs: number,
): string {
  const lines = proposals.map((proposal) => `${proposal.proposalId}  ${headline(proposal, nowMs)}`)
  const none = proposals.length === 0 ? ['nothing waits'] : []
  return [...lines, ...none, ...(nextCursor === undefined ? [] : [`more: --cursor ${nextCursor}`])].join('\n')
}

export function proposalText(proposal: Proposal, nowMs: number): string {
  const { effects, payload, decision, outcome } = proposal
  return [
    headline(proposal, nowMs),
    ...effects.map(({ who, change, what }) => `  ${oneLine(who)} ${change} ${oneLine(what)}`),
    `  content: ${oneLine(JSON.stringify(payload))}`,
    ...(decision ? [`  ${decision.verdict} by ${oneLine(decision.by)}: ${oneLine(decision.reason)}`] : []),
    ...(outcome ? [`  ${outcome.done ? 'carried out' : 'not carried out'}: ${oneLine(outcome.detail)}`] : []),
  ].join('\n')
}

const headline = (proposal: Proposal, nowMs: number) => {
  const { kind, subject, proposedBy, reason } = proposal
  return `${stateOf(proposal, nowMs)}  ${kind} ${oneLine(subject)}  by ${oneLine(proposedBy)}: ${oneLine(reason)}`
}

export const refusalText = {
  second_person_needed: 'it takes another person than who proposed it, and one console is one person',
  proposal_closed: 'it was decided before, or its time is over',
  console_may_not_approve:
    'the console may not be the second person: STAFF_CONSOLE_APPROVES=true would let it',
} as const satisfies Record<ApprovalRefusal, string>

const riderNamed = /^rider (.+)$/s
const bikeNamed = /\bbike ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/g

/**
 * Whose data a proposal shows: riders whom the effects name, and who has owned the bikes that they name since it was made.
 *
 *     [{effects: [{who: 'rider anna', change: 'loses', what: 'bike 0193…'}], proposedAtMs: 7}]
 *       → {riders: ['anna'], bikes: [{bikeId: '0193…', fromMs: 7}]}
 */
export function whoseProposals(proposals: readonly Pick<Proposal, 'effects' | 'proposedAtMs'>[]) {
  const effects = proposals.flatMap(({ effects }) => effects)
  const riders = effects.flatMap(({ who }) => riderNamed.exec(who)?.[1] ?? [])
  const bikes = proposals.flatMap(({ effects, proposedAtMs: fromMs }) =>
    effects.flatMap(({ who, what }) =>
      [...`${who}\n${what}`.matchAll(bikeNamed)].map(([, bikeId = '']) => ({ bikeId, fromMs })),
    ),
  )
  return { riders: [...new Set(riders)], bikes } satisfies Shown
}
