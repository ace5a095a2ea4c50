// What each user of PostgreSQL may do: its tables and views, and nothing else. A table that no row names is nobody's but the owner's. Pure.
import type { Grants } from '../engines/postgres/client/roles.ts'
import type { ServiceWith } from '../services.ts'

const read = 'select'
const add = 'select, insert'
const change = 'select, insert, update'
const all = 'select, insert, update, delete'
const renew = 'select, update'
const forget = 'select, delete'
/** Whoever locks rows needs to update a column of them: this one, which no statement changes. */
const readAndLock = (key: string) => `select, update (${key})`

const modules: Grants = { devices: read, device_certificates: read, device_presence: read }
const requests: Grants = {
  ...{ commands: add, command_history: add },
  ...{ ownerships: read, ownership_cases: 'select (bike_id, closed_at)' },
}
const queuedCommands: Grants = { ...requests, commands: change, bike_settings: change }
/** Statements are judged against all that the records say, and change them. */
const judging: Grants = {
  ...{ manufacturing_events: change, manufacturing_judgements: add, waiting_subjects: all },
  ...{ review_decisions: read, retractions: read, remembered_statements: read },
  ...{ partners: readAndLock('partner_id'), partner_keys: read, partner_grants: read },
  ...{ component_types: change, bike_models: change, bikes: change, components: change },
  ...{ component_aliases: all, installations: change, service_events: add },
  ...{ claim_codes: add, ownerships: read, reported_parts: read, fleet_findings: change },
}
/** Members of staff decide, retract, and settle who owns a bike; by the API and by commands. */
const staff: readonly Grants[] = [
  judging,
  queuedCommands,
  modules,
  { proposals: change, review_decisions: add, retractions: add, partner_keys: 'update (distrusted_from)' },
  { bikes: all, bike_models: all, component_types: all, components: all, installations: all },
  { service_events: all, fleet_findings: all, claim_codes: change, claim_attempts: all, notices: add },
  { ownerships: all, ownership_cases: change, ownership_offers: change, ownership_changes: add },
  { bike_changes: read, command_purges: 'select, insert', superseded_rows: read },
  { access_log: 'select, insert, delete', access_concerns: add },
  { consents: all, consent_acts: add, consent_texts: read },
  { research_keys: 'select, delete', research_withdrawals: 'insert', research_copy_withdrawals: 'insert' },
  { researchers: change, researcher_invitations: change, researcher_keys: change },
  { erasures: add, erasure_requests: all, legal_holds: change, bike_grants: 'select, update (revoked_at)' },
  { rides: read, ride_notes: read, estimate_priors: read, estimate_prior_uses: read },
  { quarantine: read, clock_decisions: read, bike_days: read, fault_events: read },
]

/** Erasures: rows are deleted where they are a rider's, or have his name replaced. */
const erasing: Grants = {
  ...{
    erasures: renew,
    erasure_tombstones: change,
    erasure_requests: forget,
    legal_holds: forget,
    known_bikes: 'select (bike_id, version)',
    bikes: 'select (bike_id)',
  },
  ...{ bike_changes: read, ownerships: renew, ownership_changes: renew, ownership_cases: renew },
  ...{ ownership_offers: renew, claim_codes: renew, superseded_rows: renew, proposals: renew },
  ...{ notices: forget, consents: forget, consent_acts: forget, research_keys: forget, bike_grants: forget },
  ...{ ride_notes: forget, privacy_zones: forget, access_concerns: forget, claim_attempts: forget },
  ...{ rider_references: 'select, insert, delete', command_history: forget, commands: forget },
  ...{ fault_events: forget, bike_days: forget, latest_state: forget, reported_parts: forget },
  ...{ clock_decisions: forget, former_clock_decisions: forget, analytics_claims: forget },
  ...{ ledger_counts: forget, ledger_tracks: forget, ledger_settled: forget, ledger_names: forget },
  ...{ ledger_books: read, quarantine: forget },
}

type Service = ServiceWith<'DATABASE_URL'>
/** The commands: of staff, of who makes certificates, and of who reads files of plants. `rebuild` and `provision` are the owner's. */
type Command = 'operator' | 'authority' | 'intake'

export const postgresPrivileges: Readonly<Record<Service | Command, readonly Grants[]>> = {
  normalize: [
    { known_bikes: read, clock_decisions: add, former_clock_decisions: read, ledger_books: read },
    { erasure_tombstones: read },
  ],
  search: [{ ownerships: 'select (bike_id, rider_id, owned)' }],
  latest: [{ latest_state: change }],
  ledger: [
    { ledger_tracks: all, ledger_counts: all, ledger_settled: all, ledger_names: add },
    { quarantine: 'select (track_id, replayed_at)' },
  ],
  quarantine: [{ quarantine: all, known_bikes: 'select (bike_id, judged_version)' }],
  analytics: [
    { consents: read, research_keys: 'select, insert', research_withdrawals: 'select, delete' },
    { analytics_claims: all, quarantine: 'select (track_id)' },
  ],
  'research-copy': [{ research_keys: 'select (person)', research_copy_withdrawals: 'select, delete' }],
  'research-gateway': [
    { research_keys: 'select (person)', research_copy_withdrawals: read },
    { research_noise: read, research_queries: add, research_budgets: change, researcher_sessions: read },
    {
      researcher_keys: 'select (key_id, researcher_id, revoked_at)',
      researchers: 'select (researcher_id, revoked_at)',
    },
  ],
  fleet: [
    judging,
    { unverified_records: 'select, insert, delete' },
    { bike_changes: 'select, update', devices: read, command_purges: read },
  ],
  bikes: [{ known_bikes: change, quarantine: 'select, update' }],
  witness: [
    { reported_parts: all, fleet_findings: change },
    { bikes: read, bike_models: read, components: read, component_aliases: read, installations: read },
  ],
  quality: [{ fault_events: add, bike_days: change }],
  rides: [
    { ride_bikes: change, ride_marks: all, rides: all },
    { ride_changes: 'select, delete', devices: 'select (bike_id, device_id)' },
    erasing,
  ],
  devices: [{ module_suspensions: change }],
  presence: [
    modules,
    { module_suspensions: read },
    { devices: readAndLock('device_id'), device_presence: change },
    { commands: 'select, update (attempts, next_attempt_at)', bike_settings: 'select, update (due)' },
  ],
  commands: [queuedCommands, modules, { command_purges: 'select, delete' }],
  gaps: [requests, { recorder_sequences: change, sequence_gaps: all }],
  gatekeeper: [
    { devices: read, device_certificates: read, module_suspensions: read, module_refusals: change },
  ],
  api: [
    ...staff,
    { bike_grants: change, ride_notes: change, privacy_zones: change, rider_references: read },
    { latest_state: read, ledger_tracks: read, ledger_books: read, module_refusals: read },
    { researcher_challenges: all, researcher_sessions: all, researcher_devices: all },
  ],
  operator: [
    ...staff,
    { partners: change, partner_keys: change, partner_grants: change, unverified_records: read },
    { bike_changes: change, consent_texts: add, quarantine: 'select, update' },
    { former_clock_decisions: read, estimate_priors: add, estimate_prior_uses: add, research_queries: read },
  ],
  authority: [{ devices: change, device_certificates: change, device_changes: 'insert', proposals: change }],
  intake: [{ intake_files: change }],
}
