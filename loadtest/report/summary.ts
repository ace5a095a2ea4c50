// From a run's result to its report: facts, checks and charts, and the table for the terminal. Pure.
import { total } from '../../testkit/books.ts'
import type { Check } from '../../testkit/check.ts'
import { formatTable } from '../../testkit/table.ts'
import type { RunResult } from '../run/run-scenario.ts'
import { plannedModules } from '../scenarios/planned.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { peakOf, rateAt, type Shape } from '../scenarios/shape.ts'
import { chartsOf } from './charts.ts'
import { checkBooks } from './check-books.ts'
import type { LoadReport } from './html.ts'
import { floodedOverQuiet, memoryGrowth, quantile, recoveryS, silences } from './measures.ts'
import { compareUploads } from './upload-answers.ts'
import { checkGoals, checkSent, checkThresholds, type Measured, type Sent } from './verdict.ts'

export interface Run {
  /** Where it ran, in words. */
  readonly machine: string
  readonly name: string
  readonly scenario: Scenario
  readonly seconds: number
  readonly factor: number
  readonly date: Date
}

/** Processes compile what they use; freshness counts from then on. */
const warmUp = { share: 0.25, atMostS: 60 } as const

export function reportOf(run: Run, result: RunResult): LoadReport {
  const { scenario } = run
  const checks: Check[] = [
    ...checkSent(sentOf(run, result)),
    ...checkBooks(result.books),
    ...checkThresholds(result.plan.thresholds, result.summary),
    ...checkGoals(scenario.goals, measuredOf(run, result)),
  ]
  return {
    title: `Load: ${run.name}`,
    about: scenario.about,
    facts: factsOf(run, result),
    checks,
    answers: result.totals.answers,
    charts: chartsOf(result.sampled),
  }
}

function factsOf({ machine, seconds, factor, date, name }: Run, result: RunResult): [string, string][] {
  const { sampled, books, totals, probes } = result
  const { accepted, inDoubt } = compareUploads(books.sent)
  const number = (value: number | undefined) =>
    value === undefined ? '–' : Math.round(value).toLocaleString('en')
  const fresh = (values: readonly number[]) =>
    `p50 ${number(quantile(values, 0.5))} ms, p99 ${number(quantile(values, 0.99))} ms`
  const lagSum = ({ services }: (typeof sampled.moments)[number]) =>
    Object.values(services).reduce((sum, one) => sum + (one?.lagRecords ?? 0), 0)
  return [
    ['machine', machine],
    [
      'load',
      `${number(sampled.loadEndsAtS)} of ${number(seconds)} s at factor ${factor}${name === 'day' ? `, ${date.toISOString().slice(0, 10)}` : ''}`,
    ],
    ['samples accepted', `${number(accepted)}, ${number(accepted / sampled.loadEndsAtS)} a second`],
    ['of those, of modules', number(result.modules?.samples)],
    ['of who floods', `app ${number(result.flood?.uploaded)}, module ${number(result.flood?.published)}`],
    ['samples stored', number(total(books.ledger, 'search', 'stored'))],
    ['in doubt', `${number(inDoubt)} sent without an answer that counts`],
    ['uploads that k6 could not begin in time', number(totals.dropped)],
    ['refused uploads that a phone could not keep', number(totals.leftInPhones)],
    [
      'records for research',
      books.delivered === undefined ? 'not counted: others write to the topic, too' : number(books.delivered),
    ],
    ['accepted → searchable', fresh(probes.probes.map(({ searchableMs }) => searchableMs))],
    ['accepted → latest state', fresh(probes.probes.map(({ latestMs }) => latestMs))],
    ['largest lag', `${number(Math.max(0, ...sampled.moments.map(lagSum)))} records`],
    [
      'all in the books',
      result.settledS === undefined ? 'never' : `${result.settledS.toFixed(1)} s after the load`,
    ],
  ]
}

function sentOf(
  { scenario, seconds, factor }: Run,
  { plan, endedEarly, totals, sampled, modules, flood }: RunResult,
): Sent {
  return {
    flows: plan.flows,
    answers: totals.answers,
    modules: { planned: plannedModules(scenario, factor), publishing: modules?.publishing },
    flood: floodOf({ scenario, sampled, flood }),
    seconds,
    endedEarlyAtS: endedEarly ? sampled.loadEndsAtS : undefined,
  }
}

function floodOf({
  scenario: { floodPerSecond: planned },
  sampled: { startMs, loadEndsAtS },
  flood,
}: Pick<Run, 'scenario'> & Pick<RunResult, 'sampled' | 'flood'>): Sent['flood'] {
  if (planned === undefined) return undefined
  if (flood === undefined) return { planned, app: undefined, module: undefined }
  const lastedS = startMs / 1_000 + loadEndsAtS - flood.beganAtMs / 1_000
  return { planned, app: flood.uploaded / lastedS, module: flood.published / lastedS }
}

function measuredOf({ seconds }: Run, { sampled, probes, settledS, totals, flood }: RunResult): Measured {
  const warmMs = sampled.startMs + 1_000 * Math.min(warmUp.atMostS, warmUp.share * seconds)
  const warm = probes.probes.filter(({ atMs }) => atMs >= warmMs)
  const [shape] = sampled.shapes
  return {
    searchableP99Ms: quantile(
      warm.map(({ searchableMs }) => searchableMs),
      0.99,
    ),
    latestP99Ms: quantile(
      warm.map(({ latestMs }) => latestMs),
      0.99,
    ),
    missingProbes: probes.probes.length === 0 ? undefined : probes.missing,
    settledS: settledS ?? Number.POSITIVE_INFINITY,
    memoryGrowth: memoryGrowth(sampled.moments),
    floodedOverQuiet: flood && floodedOverQuiet(warm, flood.beganAtMs),
    recoveredS:
      shape === undefined ? undefined : recoveryS(sampled.uploads, spikeOf(shape, sampled.loadEndsAtS)),
    refused: Object.entries(totals.answers)
      .filter(([answer]) => / (429|503)( |$)/.test(answer))
      .reduce((sum, [, count]) => sum + count, 0),
    silences: silences(sampled.moments),
  }
}

/** From the first to the last second in which more than half of the peak is wanted. */
function spikeOf(shape: Shape, endS: number): { beginsAtS: number; endsAtS: number } {
  const high = Array.from({ length: Math.ceil(endS) }, (_, atS) => atS).filter(
    (atS) => rateAt(shape, atS) > peakOf(shape) / 2,
  )
  return { beginsAtS: high[0] ?? 0, endsAtS: (high.at(-1) ?? 0) + 1 }
}

export function formatSummary({ title, about, facts, checks }: LoadReport): string {
  const width = Math.max(...facts.map(([name]) => name.length))
  return [
    `${title}: ${about}`,
    facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n'),
    formatTable(
      ['what must hold', 'expected', 'found', ''],
      checks.map(({ what, expected, actual, holds }) => [what, expected, actual, holds ? 'ok' : 'WRONG']),
    ),
    checks.every(({ holds }) => holds) ? 'All of it holds.' : 'NOT all of it holds.',
  ].join('\n\n')
}
