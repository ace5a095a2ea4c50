// The two dashboards, as data and as Grafana reads them: of operators (does it run?) and of the fleet (how do bikes and people do?).
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'

interface Panel {
  readonly title: string
  /** Grafana's name of a unit: `s`, `bytes`, `percentunit`, `reqps`, `short`. */
  readonly unit: string
  /** PromQL by the legend of its series. */
  readonly queries: Readonly<Record<string, string>>
}

interface View {
  readonly uid: 'operator' | 'fleet'
  readonly title: string
  readonly rows: Readonly<Record<string, readonly Panel[]>>
}

const quantile = (q: number, metric: string, by = 'le') =>
  `histogram_quantile(${q}, sum by (${by}) (rate(${metric}_bucket[5m])))`
const rateBy = (label: string, metric: string) => `sum by (${label}) (rate(${metric}[5m]))`

export const views: readonly View[] = [
  {
    uid: 'operator',
    title: 'Platform: does it run',
    rows: {
      Objectives: [
        {
          title: 'Errors of the last hour, as a share of all',
          unit: 'percentunit',
          queries: { '{{objective}}': 'objective:errors:ratio_1h' },
        },
        {
          title: 'Accepted to searchable, and to latest state',
          unit: 's',
          queries: {
            'p99 {{worker}}': `histogram_quantile(0.99, sum by (le, worker) (rate(worker_arrival_seconds_bucket{worker=~"search|latest"}[5m])))`,
          },
        },
      ],
      Readiness: [
        {
          title: 'Engines that serve each service',
          unit: 'short',
          queries: { '{{worker}}{{job}} {{engine}}': 'min by (job, worker, engine) (ready)' },
        },
        {
          title: 'Services that can work',
          unit: 'short',
          queries: { '{{worker}}': 'min by (worker) (worker_ready)' },
        },
      ],
      Uploads: [
        {
          title: 'Uploads by status',
          unit: 'reqps',
          queries: { '{{status}}': rateBy('status', 'edge_requests_total') },
        },
        { title: 'Answered within', unit: 's', queries: { p99: quantile(0.99, 'edge_request_seconds') } },
        { title: 'Memory for uploads', unit: 'percentunit', queries: { '{{job}}': 'job:edge_memory:ratio' } },
      ],
      Workers: [
        {
          title: 'Lag of those that are ready',
          unit: 's',
          queries: { '{{worker}}': 'worker:ready_lag_seconds:max' },
        },
        {
          title: 'Records that wait',
          unit: 'short',
          queries: { '{{worker}}': 'sum by (worker) (worker_lag_records)' },
        },
        { title: 'Busy', unit: 'percentunit', queries: { '{{worker}}': 'worker:busy:ratio_5m' } },
        {
          title: 'Age of queues of the broker',
          unit: 's',
          queries: { '{{queue}}': 'max by (queue) (worker_queue_seconds)' },
        },
      ],
      'Telemetry at rest': [
        {
          title: 'Indices by tier',
          unit: 'short',
          queries: { '{{tier}}': 'sum by (tier) (telemetry_indices)' },
        },
        {
          title: 'Indices worth a merge',
          unit: 'short',
          queries: { indices: 'max(telemetry_fragmented_indices)' },
        },
        { title: 'Newest snapshot', unit: 's', queries: { age: 'min(telemetry_snapshot_age_seconds)' } },
      ],
      'API and console': [
        {
          title: 'Requests by status',
          unit: 'reqps',
          queries: { '{{status}}': rateBy('status', 'api_request_seconds_count') },
        },
        {
          title: 'Answered within',
          unit: 's',
          queries: { 'p99 API': quantile(0.99, 'api_request_seconds') },
        },
        {
          title: 'Refusals by reason',
          unit: 'reqps',
          queries: { '{{reason}}': rateBy('reason', 'api_refusals_total') },
        },
        {
          title: 'Questions of pages without an answer',
          unit: 'reqps',
          queries: { '{{kind}}': rateBy('kind', 'console_api_troubles_total') },
        },
      ],
      Processes: [
        {
          title: 'CPU of each process',
          unit: 'percentunit',
          queries: { '{{job}} {{instance}}': 'rate(process_cpu_seconds_total[5m])' },
        },
        {
          title: 'Memory of each process',
          unit: 'bytes',
          queries: { '{{job}} {{instance}}': 'process_resident_memory_bytes' },
        },
        {
          title: 'Event loop held up',
          unit: 's',
          queries: { '{{job}} {{instance}}': 'max by (job, instance) (nodejs_eventloop_lag_p99_seconds)' },
        },
      ],
    },
  },
  {
    uid: 'fleet',
    title: 'Fleet: how bikes and people do',
    rows: {
      Telemetry: [
        {
          title: 'Samples by outcome',
          unit: 'short',
          queries: { '{{worker}} {{outcome}}': 'sum by (worker, outcome) (rate(worker_samples_total[5m]))' },
        },
        {
          title: 'Samples accepted',
          unit: 'short',
          queries: { samples: 'sum(rate(edge_samples_accepted_total[5m]))' },
        },
        { title: 'Rides that are due', unit: 's', queries: { oldest: 'max(rides_due_seconds)' } },
      ],
      Modules: [
        {
          title: 'Questions of the broker by verdict',
          unit: 'reqps',
          queries: {
            '{{check}} {{verdict}}': 'sum by (check, verdict) (rate(gatekeeper_decisions_total[5m]))',
          },
        },
        {
          title: 'Commands that the broker was given',
          unit: 'reqps',
          queries: { '{{outcome}}': rateBy('outcome', 'commands_handed_over_total') },
        },
        {
          title: 'Days until the command key ends',
          unit: 'short',
          queries: { days: 'min(commands_signing_key_days)' },
        },
      ],
      'Master data': [
        { title: 'Statements held', unit: 'short', queries: { statements: 'max(fleet_held_statements)' } },
        { title: 'The oldest of them', unit: 's', queries: { oldest: 'max(fleet_held_oldest_seconds)' } },
        { title: 'Bikes not published', unit: 'short', queries: { bikes: 'max(fleet_unpublished_bikes)' } },
      ],
      People: [
        {
          title: 'Codes that riders show',
          unit: 'reqps',
          queries: { '{{outcome}}': rateBy('outcome', 'api_claims_total') },
        },
        {
          title: 'Sign-ins',
          unit: 'reqps',
          queries: { '{{outcome}}': rateBy('outcome', 'console_sign_ins_total') },
        },
        {
          title: 'Open proposals',
          unit: 'short',
          queries: { '{{age}}': 'max by (age) (staff_proposals_waiting)' },
        },
      ],
    },
  },
]

/** All queries of both, in PromQL. */
export const allQueries = (): string[] =>
  views.flatMap(({ rows }) =>
    Object.values(rows).flatMap((panels) => panels.flatMap(({ queries }) => Object.values(queries))),
  )

/** JSON that Grafana imports; its data source is the Prometheus that the reader chooses. */
export function grafanaDashboard({ uid, title, rows }: View): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(title)
    .uid(`mobility-${uid}`)
    .refresh('1m')
    .time({ from: 'now-6h', to: 'now' })
    .withVariable(new dashboard.DatasourceVariableBuilder('source').label('Prometheus').type('prometheus'))
  for (const [row, panels] of Object.entries(rows)) {
    builder.withRow(new dashboard.RowBuilder(row))
    for (const panel of panels) builder.withPanel(panelOf(panel))
  }
  return builder.build()
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's variable.
const source = { type: 'prometheus', uid: '${source}' }

function panelOf({ title, unit, queries }: Panel): timeseries.PanelBuilder {
  const builder = new timeseries.PanelBuilder().title(title).unit(unit).min(0).span(8).datasource(source)
  for (const [legend, expr] of Object.entries(queries))
    builder.withTarget(new prometheus.DataqueryBuilder().expr(expr).legendFormat(legend))
  return builder
}
