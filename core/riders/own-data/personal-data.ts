// The one list of the platform's stores, and how each is about riders. An export goes by it, and so does an erasure: what names a
// rider is given out and deleted, or says here why not. A test holds the list against the migrated tables, the topics, the indices
// and the queues (personal-data.engine.test.ts).
import type { Topic } from '../../topics.ts'
import type { RecordKind } from './export/port.ts'

/** The kinds of files in an export. */
type ExportedAs = RecordKind | 'quarantine' | 'rides' | 'telemetry'

export type Holding =
  /** `rider` says by what a row or record is a rider's. */
  | { readonly rider: string; readonly exportedAs: ExportedAs }
  | { readonly rider: string; readonly notExported: string }
  /** `columns` are those whose names sound like a person, with what they hold. */
  | { readonly noRider: string; readonly columns?: Readonly<Record<string, string>> }

const ownTime = 'bike_id, within the time as owner'
const bikeAndParts = { noRider: 'bikes and parts as plants and workshops tell of them' }
const partners = { noRider: 'plants, dealers and workshops, which are companies' }
const progress = { noRider: 'how far the platform is with its work' }
const samplesAgain = (rider: string) => ({
  rider,
  notExported: 'made from samples, which are exported as telemetry',
})

/** Tables of PostgreSQL. */
export const tables: Readonly<Record<string, Holding>> = {
  // Who owned a bike when, and what riders said
  ownerships: { rider: 'rider_id', exportedAs: 'ownership' },
  ownership_changes: { rider: 'former_rider, new_rider', exportedAs: 'ownership-changes' },
  ownership_cases: { rider: 'former_rider, new_rider', exportedAs: 'ownership-cases' },
  ownership_offers: { rider: 'rider_id, used_by', exportedAs: 'offers' },
  notices: { rider: 'rider_id', exportedAs: 'notices' },
  consents: { rider: 'rider_id', exportedAs: 'profile' },
  consent_acts: { rider: 'rider_id', exportedAs: 'consents' },
  bike_grants: { rider: 'rider_id', exportedAs: 'grants' },
  commands: { rider: 'requested_by; bike_id, within the time as owner', exportedAs: 'commands' },
  command_history: { rider: 'command_id', exportedAs: 'commands' },
  access_concerns: { rider: 'rider_id', exportedAs: 'accesses' },
  access_log: { rider: 'access_id, by access_concerns', exportedAs: 'accesses' },
  ride_notes: { rider: 'rider_id', exportedAs: 'ride-notes' },
  privacy_zones: { rider: 'rider_id', exportedAs: 'profile' },
  bike_settings: { rider: 'bike_id, of the rider whose it is now', exportedAs: 'profile' },
  rider_references: { rider: 'rider_id', exportedAs: 'profile' },
  claim_codes: { rider: 'used_by', notExported: 'the change of ownership that followed is exported' },
  claim_attempts: { rider: 'caller', notExported: 'a count of the last hour’s tries, forgotten after it' },
  proposals: {
    rider: 'payload and effects of ownership cases',
    notExported: 'staff decide; the case that follows is exported, and its riders are told of it',
  },
  manufacturing_events: {
    rider: 'statement, of sales told before sales named nobody',
    notExported: 'the ownership that followed is exported',
  },
  review_decisions: {
    rider: 'before and after, of such sales',
    notExported: 'the ownership that followed is exported',
  },
  superseded_rows: {
    rider: 'row, of ownerships',
    notExported: 'former versions of rows; the changes of ownership are exported',
  },
  known_bikes: { rider: 'entity', notExported: 'a copy of ownerships, which are exported' },

  research_keys: {
    rider: 'rider_id',
    notExported: 'a random key, deleted by a withdrawal; the consent to which it belongs is exported',
  },
  research_withdrawals: { noRider: 'pseudonyms whose keys are deleted', columns: { person: 'such a one' } },

  // What was recorded
  rides: { rider: 'rider_id', exportedAs: 'rides' },
  ledger_tracks: { rider: 'sender', exportedAs: 'uploads' },
  ledger_counts: { rider: 'track_id, by ledger_tracks', exportedAs: 'uploads' },
  quarantine: { rider: 'the sender in record; bike_id, within the time as owner', exportedAs: 'quarantine' },
  clock_decisions: { rider: 'sender', exportedAs: 'clocks' },
  former_clock_decisions: {
    rider: 'recorder_id',
    notExported: 'decisions before they named senders; those that still count are among clock_decisions',
  },
  analytics_claims: {
    rider: 'track_id, by ledger_tracks',
    notExported: 'how many samples went to research; the counts of uploads say it',
  },
  latest_state: samplesAgain(ownTime),
  reported_parts: samplesAgain(ownTime),
  fault_events: samplesAgain('rider_id'),
  bike_days: samplesAgain('rider_id'),
  recorder_sequences: samplesAgain('recorder_id'),
  sequence_gaps: samplesAgain('recorder_id'),
  ride_marks: samplesAgain(ownTime),
  ride_bikes: samplesAgain(ownTime),
  ride_changes: { rider: 'ride_id', notExported: 'that a ride is to be published; rides are exported' },
  device_presence: {
    rider: 'device_id, by the bike that is the rider’s now',
    notExported: 'of the present alone, which the latest state shows',
  },

  // No rider
  bikes: bikeAndParts,
  bike_models: bikeAndParts,
  component_types: bikeAndParts,
  components: bikeAndParts,
  component_aliases: bikeAndParts,
  installations: bikeAndParts,
  service_events: bikeAndParts,
  fleet_findings: { ...bikeAndParts, columns: { subject: 'a slot or a part' } },
  manufacturing_judgements: bikeAndParts,
  waiting_subjects: { ...bikeAndParts, columns: { subject: 'a frame, a part, a model or a type' } },
  remembered_statements: bikeAndParts,
  retractions: bikeAndParts,
  unverified_records: partners,
  intake_files: partners,
  partners,
  partner_keys: partners,
  partner_grants: partners,
  devices: { noRider: 'modules of bikes and their keys' },
  device_certificates: { noRider: 'modules of bikes and their keys' },
  device_changes: { noRider: 'what staff did with modules of bikes' },
  module_suspensions: { noRider: 'which bikes’ modules sent more than their quota' },
  module_refusals: { noRider: 'why the broker refused modules of bikes' },
  consent_texts: { noRider: 'the same texts for all' },
  bike_changes: progress,
  command_purges: progress,
  estimate_priors: {
    noRider: 'numbers of a population of twenty riders or more',
    columns: { riders: 'how many' },
  },
  estimate_prior_uses: { noRider: 'which of them the operator chose' },
  schema_migrations: progress,
}

const passing = 'on its way; exported from where it is stored'

/** Topics of Kafka. */
export const topics: Readonly<Record<Topic, Holding>> = {
  'telemetry.raw': { rider: 'sender; bike and time of the samples', notExported: passing },
  'telemetry.clean': { rider: 'bike and time of the samples', notExported: passing },
  'telemetry.stored': { rider: 'bike and time of the samples', notExported: passing },
  'telemetry.quarantine': { rider: 'sender; bike and time of the samples', notExported: passing },
  'telemetry.outcomes': { rider: 'sender', notExported: passing },
  'analytics.tracks': {
    rider: 'pseudonyms of bike and rider',
    notExported: 'samples under a pseudonym, kept for days; the samples are exported as telemetry',
  },
  'analytics.withdrawals': { noRider: 'pseudonyms whose keys are deleted' },
  'analytics.progress': progress,
  'manufacturing.events': {
    rider: 'sales told before sales named nobody',
    notExported: 'the ownership that followed is exported',
  },
  'manufacturing.quarantine': {
    rider: 'sales told before sales named nobody',
    notExported: 'statements of partners that were not believed; nothing followed from them',
  },
  'bike.entity': { rider: 'owners of the bike', notExported: 'a copy of ownerships, which are exported' },
  'ride.entity': {
    rider: 'the reference of the rider',
    notExported: 'rides under a random reference; rides and the reference are exported',
  },
}

/** Indices of Elasticsearch, by the name behind which they stand. */
export const indices: Readonly<Record<string, Holding>> = {
  telemetry: { rider: 'bike_id, within the time as owner; rider_id', exportedAs: 'telemetry' },
}

const fromModules = { rider: 'bike and time of the samples', notExported: passing }

/** Queues of RabbitMQ. */
export const queues: Readonly<Record<string, Holding>> = {
  'telemetry.ride': fromModules,
  'telemetry.battery': fromModules,
  'telemetry.motor': fromModules,
  'telemetry.fault': fromModules,
  'commands.acks': { rider: 'bike_id, of its settings', notExported: passing },
  connections: { noRider: 'that a module is connected' },
  'dead-letters': { rider: 'bike and time of the samples', notExported: 'what no worker could read' },
}
