// Whether a run has passed, beside its books: k6's thresholds and the scenario's goals. Pure.
import { type Check, check } from '../../testkit/check.ts'
import type { LoadPlan, LoadSummary } from '../scenarios/plan.ts'
import type { Goals } from '../scenarios/scenario.ts'
import { totalOf } from '../scenarios/shape.ts'
import { atLeast, atMost, notMeasured } from './bound.ts'

/**
 * What was measured of the platform, beside k6's metrics. Undefined: there was nothing to measure; infinite: it never came
 * about.
 */
export interface Measured {
  readonly searchableP99Ms: number | undefined
  readonly latestP99Ms: number | undefined
  /** Probes that were never seen. */
  readonly missingProbes: number | undefined
  /** From the end of the load; infinite: not within the bound. */
  readonly settledS: number
  /** By service: memory late in the run over memory early in it. */
  readonly memoryGrowth: Readonly<Record<string, number | undefined>>
  /** Of freshness while others flood, over freshness before. */
  readonly floodedOverQuiet: number | undefined
  /** From the end of the spike. */
  readonly recoveredS: number | undefined
  readonly refused: number
  /** Services that did not answer for their metrics, by how often in a row. */
  readonly silences: Readonly<Record<string, number>>
}

/** What was planned, and what came of it. */
export interface Sent {
  readonly flows: LoadPlan['flows']
  /** Attempts by flow, status and reason. */
  readonly answers: Readonly<Record<string, number>>
  /** Undefined: none. */
  readonly modules: { readonly planned: number | undefined; readonly publishing: number | undefined }
  /** Samples a second of app and module; undefined: nobody floods. */
  readonly flood:
    | { readonly planned: number; readonly app: number | undefined; readonly module: number | undefined }
    | undefined
  readonly seconds: number
  /** Undefined: it did not. */
  readonly endedEarlyAtS: number | undefined
}

/** k6 counts what it could not begin in time; this is for a load that never was. */
const leastShareSent = 0.9

export function checkSent({ flows, answers, modules, flood, seconds, endedEarlyAtS }: Sent): Check[] {
  const whole = `lasts ${Math.round(seconds)} s`
  const early = endedEarlyAtS === undefined ? undefined : `ended early, after ${Math.round(endedEarlyAtS)} s`
  const attempts = (flow: string) =>
    Object.entries(answers)
      .filter(([answer]) => answer.startsWith(`${flow} `))
      .reduce((sum, [, count]) => sum + count, 0)
  return [
    check('the load', whole, early ?? whole),
    ...Object.entries(flows).map(([flow, shape]) => {
      const limit = Math.max(1, Math.floor(leastShareSent * totalOf(shape)))
      return atLeast(`attempts of '${flow}'`, { limit, actual: attempts(flow) })
    }),
    ...(modules.planned === undefined
      ? []
      : [atLeast('modules that published', { limit: modules.planned, actual: modules.publishing })]),
    ...(flood === undefined ? [] : checkFlood(flood)),
  ]
}

/** A flood is made of tracks of seconds, and begins within one. */
const leastShareFlooded = 0.8

function checkFlood({ planned, app, module }: NonNullable<Sent['flood']>): Check[] {
  const limit = Math.floor(leastShareFlooded * planned)
  return [
    atLeast('samples a second of the app that floods', { limit, actual: app }),
    atLeast('samples a second of the module that floods', { limit, actual: module }),
  ]
}

/** A threshold of the plan that k6 does not report had nothing to judge. */
export function checkThresholds(planned: LoadPlan['thresholds'], { thresholds }: LoadSummary): Check[] {
  return Object.entries(planned).flatMap(([metric, rules]) =>
    rules.map((rule) => {
      const what = `k6: ${metric}`
      const found = thresholds.find((one) => one.metric === metric && one.rule === rule)
      if (found === undefined) return notMeasured(what, rule)
      return { what, expected: rule, actual: found.ok ? 'holds' : 'does not hold', holds: found.ok }
    }),
  )
}

export function checkGoals(goals: Goals, measured: Measured): Check[] {
  const within = (what: string, limit: number | undefined, actual: number | undefined, unit: string) =>
    limit === undefined ? [] : [atMost(what, { limit, actual, unit })]
  return [
    checkSilences(measured.silences),
    atMost('probes that were never seen', { limit: 0, actual: measured.missingProbes }),
    ...within('accepted → searchable, p99', goals.searchableMs, measured.searchableP99Ms, 'ms'),
    ...within('accepted → latest state, p99', goals.latestMs, measured.latestP99Ms, 'ms'),
    ...within('end of the load → all in the books', goals.settledWithinS, measured.settledS, 's'),
    ...within('searchable p99, flood over quiet', goals.floodedOverQuiet, measured.floodedOverQuiet, '×'),
    ...within('end of the spike → as before it', goals.recoveredWithinS, measured.recoveredS, 's'),
    ...(goals.memoryGrowth === undefined ? [] : checkMemory(goals.memoryGrowth, measured.memoryGrowth)),
    ...(goals.refusedAtLeast === undefined
      ? []
      : [atLeast('attempts asked to come later', { limit: goals.refusedAtLeast, actual: measured.refused })]),
  ]
}

/** Twice in a row and more is no hiccup. */
const longestSilence = 3

function checkSilences(silences: Measured['silences']): Check {
  const what = 'services that fell silent'
  if (Object.keys(silences).length === 0) return notMeasured(what, 'none')
  const silent = Object.entries(silences).filter(([, moments]) => moments > longestSilence)
  return check(what, 'none', silent.map(([name]) => name).join(', ') || 'none')
}

function checkMemory(limit: number, growth: Measured['memoryGrowth']): Check[] {
  const what = (services: string) => `memory of ${services}, end of the run against its beginning`
  const found = Object.entries(growth)
  if (found.length === 0) return [atMost(what('the services'), { limit, actual: undefined, unit: '×' })]
  return found.map(([service, actual]) => atMost(what(service), { limit, actual, unit: '×' }))
}
