// Recording rules and alarms, as data: rules.ts writes them for Prometheus, cases.ts shows when each alarm fires.
import { objectiveAlarms, objectiveRecordings } from './objectives.ts'
import type { Alarm, Recording } from './port.ts'

/** For scalers, each a series a process or worker; only who is ready lags. */
const scaling: readonly Recording[] = [
  { record: 'worker:ready_lag_seconds:max', value: 'max by (worker) (worker_ready_lag_seconds)' },
  { record: 'worker:busy:ratio_5m', value: 'avg by (worker) (rate(worker_batch_seconds_sum[5m]))' },
  { record: 'job:cpu:ratio_5m', value: 'avg by (job) (rate(process_cpu_seconds_total[5m]))' },
  {
    record: 'job:edge_memory:ratio',
    value: 'max by (job) (edge_in_flight_bytes / edge_in_flight_bytes_limit)',
  },
  { record: 'job:api_in_flight:avg', value: 'avg by (job) (api_in_flight_requests)' },
  { record: 'job:gatekeeper_in_flight:avg', value: 'avg by (job) (gatekeeper_in_flight_requests)' },
]

export const recordings: readonly Recording[] = [...scaling, ...objectiveRecordings]

const above = (value: string, bound: number) => [{ value, is: '>', bound }] as const

const ownAlarms: readonly Alarm[] = [
  {
    name: 'ProcessGone',
    severity: 'page',
    conditions: [{ value: 'min by (job, instance) (up)', is: '==', bound: 0 }],
    forMinutes: 3,
    summary: '{{ $labels.job }} at {{ $labels.instance }} does not answer',
    runbook: 'A process is not ready',
  },
  {
    name: 'EngineAway',
    severity: 'page',
    conditions: [{ value: 'min by (job, worker, engine) (ready)', is: '==', bound: 0 }],
    forMinutes: 3,
    summary: '{{ $labels.engine }} does not serve {{ $labels.worker }}{{ $labels.job }}',
    runbook: 'An engine is away',
  },
  {
    name: 'ServiceNotReady',
    severity: 'page',
    conditions: [{ value: 'min by (job, worker) (worker_ready)', is: '==', bound: 0 }],
    forMinutes: 5,
    summary: '{{ $labels.worker }} cannot work',
    runbook: 'A process is not ready',
  },
  {
    name: 'WorkerLags',
    severity: 'ticket',
    conditions: above('worker:ready_lag_seconds:max', 60),
    forMinutes: 10,
    summary: '{{ $labels.worker }} is ready and {{ $value | humanizeDuration }} behind',
    runbook: 'Lag grows',
  },
  {
    // Topics keep seven days; half an hour of them was lost when the first one rings.
    name: 'WorkerLagsForADay',
    severity: 'page',
    conditions: above('max by (worker) (worker_lag_seconds)', 86_400),
    forMinutes: 30,
    summary: '{{ $labels.worker }} is {{ $value | humanizeDuration }} behind, and topics keep seven days',
    runbook: 'Lag grows',
  },
  {
    name: 'SnapshotsOld',
    severity: 'ticket',
    conditions: above('min(telemetry_snapshot_age_seconds)', 2 * 86_400),
    forMinutes: 30,
    summary: 'the newest whole snapshot of telemetry is {{ $value | humanizeDuration }} old',
    runbook: 'Snapshots are old',
  },
  {
    name: 'ResearchCopyKeepsPersons',
    severity: 'ticket',
    conditions: above('max(research_copy_pending_withdrawal_seconds)', 900),
    forMinutes: 10,
    summary: 'the research copy has not forgotten a person for {{ $value | humanizeDuration }}',
    runbook: 'The research copy keeps persons',
  },
  {
    name: 'QueueOfBrokerGrows',
    severity: 'ticket',
    conditions: above('max by (queue) (worker_queue_seconds)', 300),
    forMinutes: 10,
    summary: 'messages wait in {{ $labels.queue }} for {{ $value | humanizeDuration }}',
    runbook: 'A queue of the broker grows',
  },
  {
    name: 'DeadLetters',
    severity: 'ticket',
    conditions: above('max by (queue) (worker_queue_messages{queue="dead-letters"})', 0),
    forMinutes: 30,
    summary: '{{ $value }} messages are dead letters and nobody takes them',
    runbook: 'Dead letters',
  },
  {
    name: 'EdgeFull',
    severity: 'page',
    conditions: above('job:edge_memory:ratio', 0.9),
    forMinutes: 2,
    summary: 'the edge soon answers 503: its memory for uploads is used up',
    runbook: 'Uploads are refused',
  },
  {
    name: 'ProcessBusy',
    severity: 'ticket',
    conditions: above('max by (job, instance) (rate(process_cpu_seconds_total[5m]))', 0.9),
    forMinutes: 15,
    summary: '{{ $labels.job }} at {{ $labels.instance }} uses all of its core',
    runbook: 'Scaling',
  },
  {
    name: 'QuarantineGrows',
    severity: 'ticket',
    conditions: above(
      'sum(rate(worker_samples_total{worker="normalize",outcome!="clean"}[1h]) or vector(0)) / sum(rate(worker_samples_total{worker="normalize"}[1h]))',
      0.05,
    ),
    forMinutes: 30,
    summary: '{{ $value | humanizePercentage }} of the samples of the last hour are not believed',
    runbook: 'Quarantine grows',
  },
  {
    name: 'NewOwnerWaits',
    severity: 'page',
    conditions: above('max(commands_unpurged_seconds)', 60),
    forMinutes: 5,
    summary: 'commands of a former owner may still reach a bike, for {{ $value | humanizeDuration }}',
    runbook: 'A new owner is not published',
  },
  {
    name: 'SigningKeyEnds',
    severity: 'ticket',
    conditions: [{ value: 'min(commands_signing_key_days)', is: '<', bound: 30 }],
    forMinutes: 30,
    summary: 'the key that signs commands ends in {{ $value }} days',
    runbook: 'The key that signs commands ends',
  },
  {
    name: 'CertificateUnknown',
    severity: 'page',
    conditions: above('sum(increase(gatekeeper_decisions_total{verdict="certificate_unknown"}[15m]))', 0),
    forMinutes: 0,
    summary: 'somebody shows certificates that the authority signed and nobody issued',
    runbook: 'A module is refused',
  },
  {
    name: 'BikesCannotLogIn',
    severity: 'page',
    conditions: above(
      '1 - sum(rate(gatekeeper_decisions_total{check="user",verdict="allowed"}[10m])) / sum(rate(gatekeeper_decisions_total{check="user"}[10m]))',
      0.5,
    ),
    forMinutes: 10,
    summary: '{{ $value | humanizePercentage }} of the modules that connect are refused',
    runbook: 'No bike can log in',
  },
  {
    name: 'BikesUnpublished',
    severity: 'ticket',
    conditions: above('max(fleet_unpublished_seconds)', 300),
    forMinutes: 5,
    summary: 'a bike has changed and is not published for {{ $value | humanizeDuration }}',
    runbook: 'Bikes are not published',
  },
  {
    name: 'RidesLate',
    severity: 'ticket',
    conditions: above('max(rides_due_seconds)', 300),
    forMinutes: 10,
    summary: 'rides are found {{ $value | humanizeDuration }} late',
    runbook: 'Rides come late',
  },
  {
    name: 'StatementsHeldForAWeek',
    severity: 'ticket',
    conditions: above('max(fleet_held_oldest_seconds)', 604_800),
    forMinutes: 30,
    summary: 'a statement waits for a reviewer for {{ $value | humanizeDuration }}',
    runbook: 'Statements are held',
  },
  {
    name: 'ProposalsWait',
    severity: 'ticket',
    conditions: above('max(staff_proposals_waiting{age="older"})', 0),
    forMinutes: 30,
    summary: '{{ $value }} proposals were not decided in a week; after two nobody can',
    runbook: 'Proposals wait',
  },
  {
    name: 'WithdrawalsAtStake',
    severity: 'page',
    conditions: above(
      'histogram_quantile(0.99, sum by (le) (rate(analytics_commit_seconds_bucket[10m])))',
      0.7,
    ),
    forMinutes: 10,
    summary:
      'commits of the research stream take {{ $value }} s: a withdrawal may be overlooked for longer than promised',
    runbook: 'Analytics withholds',
  },
  {
    name: 'KeysOfTokensUnavailable',
    severity: 'page',
    conditions: above('sum(rate(api_refusals_total{reason="keys_unavailable"}[5m]))', 0),
    forMinutes: 5,
    summary: 'the keys of the login service cannot be fetched, so that nobody new gets in',
    runbook: 'Tokens fail',
  },
]

export const alarms: readonly Alarm[] = [...ownAlarms, ...objectiveAlarms]

/** `max(rides_due_seconds) > 300`, several joined by `and`. */
export const expressionOf = ({ conditions }: Pick<Alarm, 'conditions'>): string =>
  conditions.map(({ value, is, bound }) => `(${value}) ${is} ${bound}`).join(' and ')
