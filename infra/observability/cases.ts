// When each alarm fires, and when it stays silent although something is not as usual: the series of a case by name, as promtool writes
// them. `0 9x20` is a 0 and then 21 times 9; `0+60x20` grows by 60 a minute.
import { objectives } from './objectives.ts'
import type { Alarm } from './port.ts'

type Series = Readonly<Record<string, string>>

export interface Cases {
  readonly fires: Series
  readonly silent: Series
  /** When promtool looks, after the first value. */
  readonly minutes: number
}

/** The same series with other values. */
const one = (series: string, fires: string, silent: string, minutes = 20): Cases => ({
  fires: { [series]: fires },
  silent: { [series]: silent },
  minutes,
})

const normalized = (outcome: string) => `worker_samples_total{worker="normalize",outcome="${outcome}"}`
const decided = (verdict: string) => `gatekeeper_decisions_total{check="user",verdict="${verdict}"}`
const inFlight = 'edge_in_flight_bytes{job="edge"}'
const limit = 'edge_in_flight_bytes_limit{job="edge"}'
const commits = (le: string) => `analytics_commit_seconds_bucket{worker="analytics",le="${le}"}`

const cases: Readonly<Record<string, Cases>> = {
  ProcessGone: one('up{job="edge",instance="a:1"}', '1 0x20', '1 0 0 1x20'),
  EngineAway: one('ready{job="core",worker="api",engine="Elasticsearch"}', '1 0x20', '1 0 0 1x20'),
  ServiceNotReady: one('worker_ready{job="core",worker="search"}', '1 0x20', '1 0 0 0 1x20'),
  // An engine is away: its workers tell no lag that counts, and EngineAway rings alone.
  WorkerLags: {
    fires: { 'worker_ready_lag_seconds{worker="search",job="core"}': '0 90x20' },
    silent: { 'worker_lag_seconds{worker="search",partition="0"}': '0 90x20' },
    minutes: 20,
  },
  WorkerLagsForADay: one(
    'worker_lag_seconds{worker="search",partition="3"}',
    '90000+60x60',
    '7200+60x60',
    50,
  ),
  SnapshotsOld: one('telemetry_snapshot_age_seconds{worker="tiers"}', '180000x50', '90000x50', 45),
  ResearchCopyKeepsPersons: one(
    'research_copy_pending_withdrawal_seconds{worker="research-copy"}',
    '0+60x40',
    '130x10 0x30',
    30,
  ),
  QueueOfBrokerGrows: one('worker_queue_seconds{queue="telemetry.ride"}', '400+60x20', '400 400 0x20'),
  DeadLetters: one('worker_queue_messages{queue="dead-letters"}', '3x50', '3x20 0x30', 45),
  EdgeFull: {
    fires: { [inFlight]: '95x20', [limit]: '100x20' },
    silent: { [inFlight]: '95 60x20', [limit]: '100x20' },
    minutes: 10,
  },
  // One of twenty processes uses its core: the mean over all of them would be a twentieth.
  ProcessBusy: {
    fires: {
      'process_cpu_seconds_total{job="core",instance="a:1"}': '0+59x30',
      'process_cpu_seconds_total{job="edge",instance="a:2"}': '0+1x30',
    },
    silent: {
      'process_cpu_seconds_total{job="core",instance="a:1"}': '0+40x30',
      'process_cpu_seconds_total{job="edge",instance="a:2"}': '0+40x30',
    },
    minutes: 28,
  },
  QuarantineGrows: {
    fires: { [normalized('clean')]: '0+900x50', [normalized('quarantined')]: '0+100x50' },
    silent: { [normalized('clean')]: '0+990x50', [normalized('quarantined')]: '0+10x50' },
    minutes: 45,
  },
  NewOwnerWaits: one('commands_unpurged_seconds{worker="commands"}', '0+60x20', '0 40x20'),
  SigningKeyEnds: one('commands_signing_key_days{worker="commands"}', '29x50', '31x50', 45),
  CertificateUnknown: one(decided('certificate_unknown'), '0x10 1x5', '0x15', 14),
  BikesCannotLogIn: {
    fires: { [decided('device_unknown')]: '0+60x40', [decided('allowed')]: '0+1x40' },
    silent: { [decided('device_unknown')]: '0+60x40', [decided('allowed')]: '0+90x40' },
    minutes: 35,
  },
  BikesUnpublished: one('fleet_unpublished_seconds{worker="fleet"}', '0+60x30', '0 200x30', 25),
  RidesLate: one('rides_due_seconds{worker="rides"}', '0+60x40', '0 20x40', 35),
  StatementsHeldForAWeek: one('fleet_held_oldest_seconds{worker="fleet"}', '700000x50', '500000x50', 45),
  ProposalsWait: one('staff_proposals_waiting{age="older",worker="api"}', '1x50', '0x50', 45),
  WithdrawalsAtStake: {
    fires: { [commits('0.5')]: '0+1x40', [commits('0.75')]: '0+60x40', [commits('+Inf')]: '0+60x40' },
    silent: { [commits('0.5')]: '0+60x40', [commits('0.75')]: '0+60x40', [commits('+Inf')]: '0+60x40' },
    minutes: 35,
  },
  KeysOfTokensUnavailable: one(
    'api_refusals_total{reason="keys_unavailable",worker="api"}',
    '0+6x20',
    '0 1 1x20',
    15,
  ),
}

/** Errors beyond the allowance, or within it, as a share of all events: of a window the part that has values decides. */
const objectiveCases = ({ name, conditions }: Alarm): Cases => {
  const objective = objectives.find((each) => name.toLowerCase().startsWith(`${each.name}burns`))
  const bound = conditions[0]?.bound ?? 0
  const minutes = 20
  const events = 100_000
  const eventsOf = (errors: number): Series => {
    const [good, all] = [events * (1 - errors), events].map((each) => `0+${Math.round(each)}x${minutes}`)
    const other = `0+${Math.round(events * errors)}x${minutes}`
    if (objective?.name === 'uploads')
      return { 'edge_requests_total{status="202"}': good ?? '', 'edge_requests_total{status="503"}': other }
    if (objective?.name === 'commands')
      return {
        'commands_handed_over_total{outcome="stored"}': good ?? '',
        'commands_handed_over_total{outcome="refused"}': other,
      }
    const [worker, le] = objective?.name === 'latest' ? ['latest', '2.5'] : ['search', '5']
    return {
      [`worker_arrival_seconds_bucket{worker="${worker}",le="${le}"}`]: good ?? '',
      [`worker_arrival_seconds_count{worker="${worker}"}`]: all ?? '',
    }
  }
  return { fires: eventsOf(bound * 1.5), silent: eventsOf(bound * 0.7), minutes }
}

/** Throws for an alarm that nobody made cases for. */
export function casesOf(alarm: Alarm): Cases {
  const own = cases[alarm.name]
  if (own !== undefined) return own
  if (!alarm.name.includes('Burns')) throw new Error(`${alarm.name} has no cases`)
  return objectiveCases(alarm)
}
