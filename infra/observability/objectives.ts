// Objectives of thirty days, and the alarms that ring when their allowance is used up too fast: by the burn rates of the SRE workbook.
import type { Alarm, Recording } from './port.ts'

export interface Objective {
  readonly name: 'searchable' | 'latest' | 'uploads' | 'commands'
  readonly promise: string
  /** Share of good events, such as 0.99. */
  readonly target: number
  /** Good and all events a second, over a window such as `5m`. */
  readonly good: (window: string) => string
  readonly all: (window: string) => string
  /** Heading in docs/operations.md. */
  readonly runbook: string
}

const arrivals = (worker: string, seconds: number) => ({
  good: (window: string) =>
    `sum(rate(worker_arrival_seconds_bucket{worker="${worker}",le="${seconds}"}[${window}]))`,
  all: (window: string) => `sum(rate(worker_arrival_seconds_count{worker="${worker}"}[${window}]))`,
  runbook: 'Lag grows',
})

export const objectives: readonly Objective[] = [
  {
    name: 'searchable',
    promise: 'of 100 accepted tracks 99 are searchable within 5 s',
    target: 0.99,
    ...arrivals('search', 5),
  },
  {
    name: 'latest',
    promise: 'of 100 accepted tracks 99 are in the latest state of their bike within 2.5 s',
    target: 0.99,
    ...arrivals('latest', 2.5),
  },
  {
    name: 'uploads',
    promise: 'of 1,000 uploads 999 are answered, and not with 5xx',
    target: 0.999,
    good: (window) => `sum(rate(edge_requests_total{status!~"5.."}[${window}]))`,
    all: (window) => `sum(rate(edge_requests_total[${window}]))`,
    runbook: 'Uploads are refused',
  },
  {
    name: 'commands',
    promise: 'of 1,000 commands that are handed to the broker for a connected bike it keeps 995 for the bike',
    target: 0.995,
    good: (window) => `sum(rate(commands_handed_over_total{outcome="stored"}[${window}]))`,
    all: (window) => `sum(rate(commands_handed_over_total[${window}]))`,
    runbook: 'Commands do not arrive',
  },
]

/** At `factor` times the allowed rate for all of the long window, and still in the short one. */
const burns = [
  { speed: 'Fast', factor: 14.4, long: '1h', short: '5m', severity: 'page' },
  { speed: 'Steadily', factor: 6, long: '6h', short: '30m', severity: 'page' },
  { speed: 'Slowly', factor: 1, long: '3d', short: '6h', severity: 'ticket' },
] as const

const windows = [...new Set(burns.flatMap(({ long, short }) => [short, long]))]
const errorsOf = (window: string) => `objective:errors:ratio_${window}`

export const objectiveRecordings: readonly Recording[] = objectives.flatMap(({ name, good, all }) =>
  windows.map((window) => ({
    record: errorsOf(window),
    labels: { objective: name },
    value: `1 - ${good(window)} / ${all(window)}`,
  })),
)

export const objectiveAlarms: readonly Alarm[] = objectives.flatMap(({ name, promise, target, runbook }) =>
  burns.map(({ speed, factor, long, short, severity }) => {
    const bound = Number((factor * (1 - target)).toPrecision(6))
    const value = (window: string) => `${errorsOf(window)}{objective="${name}"}`
    return {
      name: `${name[0]?.toUpperCase()}${name.slice(1)}Burns${speed}`,
      severity,
      conditions: [long, short].map((window) => ({ value: value(window), is: '>', bound }) as const),
      forMinutes: 2,
      summary: `${promise}; over ${long} it is less, by ${factor} times what thirty days allow`,
      runbook,
    }
  }),
)
