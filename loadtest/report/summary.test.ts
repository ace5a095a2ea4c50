import { describe, expect, test } from 'vitest'
import type { RunResult } from '../run/run-scenario.ts'
import { scenarioNames, scenarioOf } from '../scenarios/index.ts'
import { plannedFlows } from '../scenarios/planned.ts'
import { formatSummary, reportOf } from './summary.ts'

describe.each(scenarioNames)('a run of %s in which nothing happened', (name) => {
  const scenario = scenarioOf(name)
  const extent = { seconds: 90, factor: 1, date: new Date('2026-06-16') }
  const flows = plannedFlows(scenario, extent)
  const report = reportOf({ name, machine: '', scenario, ...extent }, resultOf(scenario.thresholds, flows))
  const failing = report.checks.filter(({ holds }) => !holds).map(({ what }) => what)

  test('fails in all that k6 was to send and to judge', () => {
    const flowNames = Object.keys(flows)
    const metrics = Object.keys(scenario.thresholds)
    expect(failing).toEqual(expect.arrayContaining(flowNames.map((flow) => `attempts of '${flow}'`)))
    expect(failing).toEqual(expect.arrayContaining(metrics.map((metric) => `k6: ${metric}`)))
  })

  test('fails in all that its goals are about', () => {
    const { searchableMs, recoveredWithinS, memoryGrowth } = scenario.goals
    expect(failing).toEqual(
      expect.arrayContaining([
        'samples accepted',
        'services that fell silent',
        'probes that were never seen',
        ...(scenario.modules === undefined ? [] : ['modules that published']),
        ...(searchableMs === undefined ? [] : ['accepted → searchable, p99']),
        ...(recoveredWithinS === undefined ? [] : ['end of the spike → as before it']),
        ...(memoryGrowth === undefined
          ? []
          : ['memory of the services, end of the run against its beginning']),
      ]),
    )
    expect(formatSummary(report)).toContain('NOT all of it holds')
  })
})

/** No point, no moment, no probe, no book; but nothing that fell or was lost, either. */
function resultOf(thresholds: RunResult['plan']['thresholds'], flows: RunResult['plan']['flows']): RunResult {
  return {
    plan: {
      edgeUrl: '',
      tokenUrl: undefined,
      flows,
      thresholds,
      ridersFile: '',
      keptFile: '',
      hostileFile: '',
      summaryFile: '',
      ride: { beginMs: 0, seconds: 300 },
    },
    endedEarly: false,
    sampled: {
      startMs: 0,
      loadEndsAtS: 90,
      uploads: [],
      moments: [],
      probes: [],
      shapes: Object.values(flows),
    },
    totals: { samplesAccepted: 0, uploads: new Map(), dropped: 0, leftInPhones: 0, answers: {} },
    summary: { thresholds: [] },
    probes: { probes: [], uploads: new Map(), missing: 0 },
    settledS: 0,
    books: { ledger: { accepted: 0, lines: [] }, sent: [], documents: 0, delivered: 0 },
    modules: undefined,
    flood: undefined,
  }
}
