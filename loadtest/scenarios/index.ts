// The scenarios, by name. An upload is five minutes of a ride: about 480 samples.
import { demandOfDay } from './european-day.ts'
import { always, type Scenario } from './scenario.ts'
import { constant, rising, sampled, spike } from './shape.ts'

/** About 5,000 samples a second: the load at which docs/operations.md promises freshness. */
const steadyPerSecond = 10.4

export const scenarios = {
  smoke: {
    about: 'a little of everything, to see that all is in place',
    minutes: 0.5,
    load: ({ seconds }) => ({ rides: constant(2, seconds), hostile: constant(2, seconds) }),
    modules: 2,
    thresholds: { ...always, 'upload_ms{flow:rides}': ['p(95)<2000'] },
    goals: { settledWithinS: 60 },
  },
  steady: {
    about: 'the same 5,000 samples a second all the time, after a minute of warming up',
    minutes: 4,
    load: ({ seconds }) => ({ rides: rising(steadyPerSecond, seconds) }),
    thresholds: {
      ...always,
      'upload_ms{flow:rides}': ['p(95)<300', 'p(99)<1000'],
      refused: ['count==0'],
    },
    goals: { searchableMs: 1_000, latestMs: 250, settledWithinS: 30 },
  },
  day: {
    about: 'a European day, --date says which: commuters, weekends, seasons; compressed into the minutes',
    minutes: 12,
    load: ({ seconds, date }) => {
      const demand = demandOfDay(date)
      return { rides: sampled({ seconds, steps: 96, demand: (share) => 3 * demand(share) }) }
    },
    thresholds: {
      ...always,
      'upload_ms{flow:rides}': ['p(95)<500', 'p(99)<1500'],
      refused: ['count==0'],
    },
    goals: { searchableMs: 1_500, latestMs: 500, settledWithinS: 60 },
  },
  spike: {
    about: 'ten times as much within seconds, beyond what the edge lets in',
    minutes: 2,
    load: ({ seconds }) => ({ kept: spike({ base: 8, times: 10, seconds }) }),
    kept: 'recent',
    thresholds: always,
    goals: { settledWithinS: 120, recoveredWithinS: 15, refusedAtLeast: 1 },
    addresses: 4,
    edge: { TRUSTED_PROXIES: '1', RATE_PER_ADDRESS: '8', BURST_PER_ADDRESS: '16' },
  },
  spring: {
    about:
      'the first warm Sunday: rides of months ago, an hour an upload, from many bikes at once, while others ride',
    minutes: 3,
    load: ({ seconds }) => ({
      rides: constant(3, seconds),
      kept: {
        fromPerSecond: 0,
        steps: [
          { seconds: seconds * 0.2, perSecond: 3 },
          { seconds: seconds * 0.4, perSecond: 3 },
          { seconds: seconds * 0.2, perSecond: 0 },
          { seconds: seconds * 0.2, perSecond: 0 },
        ],
      },
    }),
    kept: 'months late',
    thresholds: { ...always, 'upload_ms{flow:rides}': ['p(95)<1000'], 'refused{flow:rides}': ['count==0'] },
    goals: { settledWithinS: 240 },
  },
  soak: {
    about: 'the steady load for a long time: does anything grow?',
    minutes: 480,
    load: ({ seconds }) => ({ rides: rising(steadyPerSecond, seconds) }),
    thresholds: {
      ...always,
      'upload_ms{flow:rides}': ['p(95)<500', 'p(99)<1500'],
      refused: ['count==0'],
      dropped_iterations: ['rate<0.01'],
    },
    goals: { searchableMs: 1_000, latestMs: 250, settledWithinS: 30, memoryGrowth: 1.2 },
  },
  hostile: {
    about: 'malformed, oversized and forged uploads, and bombs, as many as good ones, which must not suffer',
    minutes: 3,
    load: ({ seconds }) => ({
      rides: rising(steadyPerSecond / 2, seconds),
      hostile: sampled({ seconds, steps: 20, demand: (share) => (share < 0.25 ? 0 : 20) }),
    }),
    thresholds: {
      ...always,
      'upload_ms{flow:rides}': ['p(95)<300', 'p(99)<1000'],
      'refused{flow:rides}': ['count==0'],
    },
    goals: { searchableMs: 1_000, latestMs: 250, settledWithinS: 30 },
  },
  flood: {
    about: 'in the second half an app and a module send all that they may, beside riders who must not notice',
    minutes: 4,
    load: ({ seconds }) => ({ rides: constant(3, seconds) }),
    floodPerSecond: 2_000,
    thresholds: { ...always, 'refused{flow:rides}': ['count==0'] },
    goals: { settledWithinS: 60, floodedOverQuiet: 1.5 },
    edge: { SAMPLE_RATE_PER_SENDER: '2000', SAMPLE_BURST_PER_SENDER: '100000' },
  },
  mqtt: {
    about: 'modules report by MQTT beside phones',
    minutes: 3,
    load: ({ seconds }) => ({ rides: rising(3, seconds) }),
    modules: 60,
    thresholds: { ...always, 'upload_ms{flow:rides}': ['p(95)<300', 'p(99)<1000'], refused: ['count==0'] },
    goals: { searchableMs: 1_000, latestMs: 250, settledWithinS: 30 },
  },
} as const satisfies Record<string, Scenario>

export const scenarioNames = Object.keys(scenarios) as (keyof typeof scenarios)[]
export type ScenarioName = keyof typeof scenarios

export function scenarioOf(name: ScenarioName): Scenario {
  return scenarios[name]
}
