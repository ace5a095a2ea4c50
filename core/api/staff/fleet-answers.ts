// The bodies of the API of master data: times as ISO 8601, what is not known as null.
import type {
  ListedStatement,
  ReviewCase,
  ReviewOutcome,
  ReviewPage,
  ShownStatement,
} from '../../fleet/review/port.ts'
import { type LatestFacts, latestAnswer } from '../riders/answers.ts'
import type { BikeView, ComponentFacts, ComponentView, HistoryItem, OpenFinding } from './fleet-port.ts'

const iso = (ms: number) => new Date(ms).toISOString()
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms))

export function bikeAnswer(bike: BikeView, latest: LatestFacts) {
  const { producedAtMs, deliveredAtMs, registeredAtMs, parts, reportedParts, findings, ...facts } = bike
  const { bikeId: _, ...state } = latestAnswer(latest)
  return {
    ...facts,
    producedAt: iso(producedAtMs),
    deliveredAt: isoOrNull(deliveredAtMs),
    registeredAt: iso(registeredAtMs),
    parts: parts.map(({ installedAtMs, ...part }) => ({
      ...componentFacts(part),
      installedAt: iso(installedAtMs),
    })),
    reportedParts: reportedParts.map(({ toldAtMs, ...part }) => ({ ...part, toldAt: iso(toldAtMs) })),
    findings: findings.map(findingAnswer),
    latest: state,
  }
}

export function componentAnswer(component: ComponentView) {
  const { recycledAtMs, installations, serviceEvents, findings, ...facts } = component
  return {
    ...componentFacts(facts),
    recycledAt: isoOrNull(recycledAtMs),
    installations: installations.map(({ installedAtMs, removedAtMs, ...installation }) => ({
      ...installation,
      installedAt: iso(installedAtMs),
      removedAt: isoOrNull(removedAtMs),
    })),
    serviceEvents: serviceEvents.map(({ atMs, ...event }) => ({ ...event, at: iso(atMs) })),
    findings: findings.map(findingAnswer),
  }
}

function componentFacts<Facts extends ComponentFacts>({ producedAtMs, ...facts }: Facts) {
  return { ...facts, producedAt: iso(producedAtMs) }
}

function findingAnswer({ openedAtMs, ...finding }: OpenFinding) {
  return { ...finding, openedAt: iso(openedAtMs) }
}

export function historyAnswer(item: HistoryItem) {
  const { atMs, ...rest } = item
  if (rest.kind === 'superseded') return { at: iso(atMs), ...rest }
  const { occurredAtMs, ...statement } = rest
  return { at: iso(atMs), ...statement, occurredAt: isoOrNull(occurredAtMs) }
}

export function reviewsAnswer({ statements, nextCursor }: ReviewPage) {
  return { statements: statements.map(statementAnswer), next: nextCursor ?? null }
}

export function reviewAnswer({ judgements, decisions, others, suggestions, ...statement }: ReviewCase) {
  return {
    ...statementAnswer(statement),
    judgements: judgements.map(({ judgedAtMs, ...judgement }) => ({
      ...judgement,
      judgedAt: iso(judgedAtMs),
    })),
    decisions: decisions.map(({ decidedAtMs, ...decision }) => ({
      ...decision,
      decidedAt: iso(decidedAtMs),
    })),
    others: others.map(statementAnswer),
    suggestions,
  }
}

function statementAnswer<S extends ListedStatement | ShownStatement>({
  occurredAtMs,
  receivedAtMs,
  decidedAtMs,
  kind,
  ...statement
}: S) {
  return {
    ...statement,
    says: kind,
    occurredAt: isoOrNull(occurredAtMs),
    receivedAt: iso(receivedAtMs),
    decidedAt: iso(decidedAtMs),
  }
}

export function decisionAnswer(
  decisionId: string,
  { state, findings, released }: Extract<ReviewOutcome, { outcome: 'decided' | 'repeated' }>,
) {
  return { decisionId, state, findings, released }
}
