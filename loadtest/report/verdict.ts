// Whether a run has passed: k6's thresholds, the scenario's goals and the books. Pure.
import { equations, type Ledger, total } from '../../infra/stage/books.ts'
import { type Check, check } from '../../infra/stage/check.ts'
import type { LoadSummary } from '../scenarios/plan.ts'
import type { Goals } from '../scenarios/scenario.ts'

/** What was measured of the platform, beside k6's metrics. */
export interface Measured {
  readonly searchableP99Ms: number | undefined
  readonly latestP99Ms: number | undefined
  /** Probes that were never seen. */
  readonly missingProbes: number
  /** From the end of the load; undefined: not within the bound. */
  readonly settledS: number | undefined
  /** By service: memory late in the run over memory early in it. */
  readonly memoryGrowth: Readonly<Record<string, number>>
  /** From the end of the spike; undefined: there was none, or it did not recover. */
  readonly recoveredS: number | undefined
  readonly refused: number
  /** Services that did not answer for their metrics, by how often in a row. */
  readonly silences: Readonly<Record<string, number>>
}

export function checkThresholds({ thresholds }: LoadSummary): Check[] {
  return thresholds.map(({ metric, rule, ok }) => ({
    what: `k6: ${metric}`,
    expected: rule,
    actual: ok ? 'holds' : 'does not hold',
    holds: ok,
  }))
}

/** Twice in a row and more is no hiccup. */
const longestSilence = 3

export function checkGoals(goals: Goals, measured: Measured): Check[] {
  const silent = Object.entries(measured.silences).filter(([, moments]) => moments > longestSilence)
  const memory = Object.entries(measured.memoryGrowth).map(([service, growth]) =>
    atMost(`memory of ${service}, end of the run against its beginning`, goals.memoryGrowth, {
      actual: growth,
      unit: '×',
    }),
  )
  return [
    check('services that fell silent', 'none', silent.map(([name]) => name).join(', ') || 'none'),
    check('probes that were never seen', 0, measured.missingProbes),
    ...atMost('accepted → searchable, p99', goals.searchableMs, {
      actual: measured.searchableP99Ms,
      unit: 'ms',
    }),
    ...atMost('accepted → latest state, p99', goals.latestMs, { actual: measured.latestP99Ms, unit: 'ms' }),
    ...atMost('end of the load → all in the books', goals.settledWithinS, {
      actual: measured.settledS,
      unit: 's',
    }),
    ...atMost('end of the spike → as before it', goals.recoveredWithinS, {
      actual: measured.recoveredS,
      unit: 's',
    }),
    ...memory.flat(),
    ...(goals.refusedAtLeast === undefined
      ? []
      : [
          {
            what: 'attempts asked to come later',
            expected: `≥ ${goals.refusedAtLeast}`,
            actual: String(measured.refused),
            holds: measured.refused >= goals.refusedAtLeast,
          },
        ]),
  ]
}

function atMost(
  what: string,
  limit: number | undefined,
  { actual, unit }: { actual: number | undefined; unit: string },
): Check[] {
  if (limit === undefined) return []
  const found = actual === undefined ? 'not reached' : `${round(actual)} ${unit}`
  return [
    { what, expected: `≤ ${limit} ${unit}`, actual: found, holds: actual !== undefined && actual <= limit },
  ]
}

const round = (value: number) => (Math.abs(value) >= 10 ? Math.round(value) : Math.round(value * 100) / 100)

/** What the senders say, and what the engines do. */
export interface Books {
  readonly ledger: Ledger
  /** As the edge's answers, or the broker's acknowledgements, say. */
  readonly accepted: number
  /** Sent, without an answer that counts: they may have been accepted. */
  readonly inDoubt: number
  readonly documents: number
  /** In the analytics topic; undefined where others write to it, too. */
  readonly delivered: number | undefined
}

export function checkBooks(books: Books): Check[] {
  const { ledger, accepted, inDoubt, documents, delivered } = books
  const stored = total(ledger, 'search', 'stored')
  const unanswered = ledger.accepted - accepted
  return [
    check('samples lost', 0, lostOf(books)),
    check('samples doubled', 0, doubledOf(books)),
    {
      what: 'in the ledger beyond the answers: sent in doubt',
      expected: `0 to ${inDoubt}`,
      actual: String(unanswered),
      holds: unanswered >= 0 && unanswered <= inDoubt,
    },
    ...equations(ledger, ledger.accepted)
      .slice(1)
      .map(({ what, left, right }) => check(what, left, right)),
    check(
      'in quarantine',
      0,
      total(ledger, 'normalize', 'quarantined') + total(ledger, 'search', 'quarantined'),
    ),
    check('documents (Elasticsearch) = stored', stored, documents),
    ...(delivered === undefined
      ? []
      : [
          check(
            'records for research (Kafka) = delivered',
            total(ledger, 'analytics', 'delivered'),
            delivered,
          ),
        ]),
  ]
}

/** Accepted, and not in the books, or in the books as stored, and not in the store. */
export function lostOf({ ledger, accepted, documents }: Books): number {
  const notBooked = Math.max(0, accepted - ledger.accepted)
  const unaccounted = Math.max(0, ledger.accepted - total(ledger, 'normalize'))
  const notStored = Math.max(0, total(ledger, 'search', 'stored') - documents)
  return notBooked + unaccounted + notStored
}

/** More in a destination than the books say, or duplicates of what nobody sent twice. */
export function doubledOf({ ledger, accepted, documents, delivered }: Books): number {
  const repeated = Math.max(0, ledger.accepted - accepted)
  const duplicates = Math.max(0, total(ledger, 'search', 'duplicate') - repeated)
  const stored = Math.max(0, documents - total(ledger, 'search', 'stored'))
  const research = Math.max(0, (delivered ?? 0) - total(ledger, 'analytics', 'delivered'))
  return duplicates + stored + research
}
