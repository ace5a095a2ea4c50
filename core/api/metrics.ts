// The counters of the read API.
import { Counter, Gauge, Registry } from 'prom-client'
import { deviceErrors } from '../research/access/port.ts'
import { exposeRequests } from '../runtime/request-metrics.ts'
import { type ProposalCounts, proposalAges } from '../staff/approvals/port.ts'
import { type ProblemReason, problems } from './problem.ts'

const claimOutcomes = ['claimed', 'code_refused', 'too_many_tries'] as const
type ClaimOutcome = (typeof claimOutcomes)[number]
const statementOutcomes = [
  ...(['accepted', 'statement_invalid', 'outside_grant'] as const),
  ...(['source_foreign', 'door_closed', 'partner_unknown'] as const),
] as const
type StatementOutcome = (typeof statementOutcomes)[number]

const pollOutcomes = ['granted', ...deviceErrors] as const
type PollOutcome = (typeof pollOutcomes)[number]

export interface ApiMetrics {
  /** A request has come; the function is told how it was answered. */
  begin(): (status: number) => void
  /** A rider has shown a code. */
  claimed(outcome: ClaimOutcome): void
  /** A partner has said so many statements. */
  said(outcome: StatementOutcome, statements: number): void
  /** A notebook of a researcher has asked for its token. */
  polled(outcome: PollOutcome): void
  /** A request was refused. */
  refused(reason: ProblemReason): void
  proposalsWait(counts: ProposalCounts): void
  readonly registry: Registry
}

export function createApiMetrics(): ApiMetrics {
  const registry = new Registry()
  const begin = exposeRequests(registry, {
    durations: {
      name: 'api_request_seconds',
      help: 'Duration of requests by status',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    },
    inFlight: {
      name: 'api_in_flight_requests',
      help: 'Requests not yet answered; streams count until their head is sent',
    },
  })
  const claims = new Counter({
    name: 'api_claims_total',
    help: 'Codes that riders have shown, by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  for (const outcome of claimOutcomes) claims.inc({ outcome }, 0)
  const statements = new Counter({
    name: 'api_partner_statements_total',
    help: 'Statements that partners have said through the API, by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  for (const outcome of statementOutcomes) statements.inc({ outcome }, 0)
  const polls = new Counter({
    name: 'api_device_polls_total',
    help: 'How often notebooks of researchers have asked for their tokens, by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  for (const outcome of pollOutcomes) polls.inc({ outcome }, 0)
  const refusals = new Counter({
    name: 'api_refusals_total',
    help: 'Requests that were refused, by reason',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of Object.keys(problems)) refusals.inc({ reason }, 0)
  const waiting = new Gauge({
    name: 'staff_proposals_waiting',
    help: 'Open proposals by age, and approved ones that were not carried out yet',
    labelNames: ['age'],
    registers: [registry],
  })
  return {
    said: (outcome, count) => statements.inc({ outcome }, count),
    polled: (outcome) => polls.inc({ outcome }),
    refused: (reason) => refusals.inc({ reason }),
    proposalsWait: (counts) => {
      for (const age of proposalAges) waiting.set({ age }, counts[age])
    },
    claimed: (outcome) => claims.inc({ outcome }),
    begin,
    registry,
  }
}
