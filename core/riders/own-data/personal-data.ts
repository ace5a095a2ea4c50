// The one list of the platform's stores, and how each is about riders. An export goes by it, and so does an erasure: what names a
// rider is given out and deleted, or says here why not. A test holds the list against the migrated tables, the topics, the indices
// and the queues (personal-data.engine.test.ts). docs/decisions/erasure.md says how riders are erased.
import type { Topic } from '../../topics.ts'
import type { RecordKind } from './export/port.ts'

/** The kinds of files in an export. */
type ExportedAs = RecordKind | 'quarantine' | 'rides' | 'telemetry'

/** How an erasure makes a store forget a rider. */
type Erased =
  /** What is about the rider is deleted. */
  | 'deleted'
  /** What happened to a bike stays. The name of the erasure, which leads nowhere, takes the rider's place. */
  | 'unnamed'
  /** A copy of another store, which is written anew when that one changes. */
  | 'follows'
  /** Nobody can delete one record of it: all are gone when their time is over. */
  | 'ages'
  /** Nothing is done, and why that is right or cannot be helped. A certificate says so, too. */
  | { readonly stays: string }

export type Holding =
  /** `rider` says by what a row or record is a rider's. */
  | { readonly rider: string; readonly exportedAs: ExportedAs; readonly erased: Erased }
  | { readonly rider: string; readonly notExported: string; readonly erased: Erased }
  /** `columns` are those whose names sound like a person, with what they hold. */
  | { readonly noRider: string; readonly columns?: Readonly<Record<string, string>> }

const ownTime = 'bike_id, within the time as owner'
const bikeAndParts = { noRider: 'bikes and parts as plants and workshops tell of them' }
const partners = { noRider: 'plants, dealers and workshops, which are companies' }
const researchers = { noRider: 'who may enter research, by invitation and key; no rider' }
const progress = { noRider: 'how far the platform is with its work' }
const samplesAgain = (rider: string) => ({
  rider,
  notExported: 'made from samples, which are exported as telemetry',
  erased: 'deleted' as const,
})
const numbersOfTracks = {
  rider: 'recorder_id',
  notExported: 'which tracks of a module came; the samples are exported as telemetry',
  erased: { stays: 'of the module, which stays with its bike, and of no time' },
}
const tombstones = {
  stays: 'a digest of the name under a key that is kept apart; it refuses what comes late',
}
/** What a partner said is kept as it was said. Newer sales name nobody. */
const formerSales = { stays: 'sales told before sales named nobody' }

/** Tables of PostgreSQL. */
export const tables = {
  // Who owned a bike when, and what riders said
  ownerships: { rider: 'rider_id', exportedAs: 'ownership', erased: 'unnamed' },
  ownership_changes: { rider: 'former_rider, new_rider', exportedAs: 'ownership-changes', erased: 'unnamed' },
  ownership_cases: { rider: 'former_rider, new_rider', exportedAs: 'ownership-cases', erased: 'unnamed' },
  ownership_offers: { rider: 'rider_id, used_by', exportedAs: 'offers', erased: 'unnamed' },
  notices: { rider: 'rider_id', exportedAs: 'notices', erased: 'deleted' },
  erasures: {
    rider: 'rider_id, until it is done',
    notExported: 'ends with the rider’s data',
    erased: 'unnamed',
  },
  legal_holds: {
    rider: 'rider_id',
    notExported: 'who is to be erased reads of it; till then it says that staff prepares a claim',
    erased: 'deleted',
  },
  erasure_requests: {
    rider: 'rider_id',
    notExported: 'until the erasure begins; the rider reads it at any time',
    erased: 'deleted',
  },
  erasure_tombstones: {
    rider: 'tombstone, which no other key makes of the rider’s name',
    notExported: 'of riders who were erased',
    erased: tombstones,
  },
  consents: { rider: 'rider_id', exportedAs: 'profile', erased: 'deleted' },
  consent_acts: { rider: 'rider_id', exportedAs: 'consents', erased: 'deleted' },
  bike_grants: { rider: 'rider_id', exportedAs: 'grants', erased: 'deleted' },
  commands: {
    rider: 'requested_by; bike_id, within the time as owner',
    exportedAs: 'commands',
    erased: 'deleted',
  },
  command_history: { rider: 'command_id', exportedAs: 'commands', erased: 'deleted' },
  access_concerns: { rider: 'rider_id', exportedAs: 'accesses', erased: 'deleted' },
  access_log: {
    rider: 'access_id, by access_concerns',
    exportedAs: 'accesses',
    erased: { stays: 'without its concern it says that staff looked, and not at whom' },
  },
  ride_notes: { rider: 'rider_id', exportedAs: 'ride-notes', erased: 'deleted' },
  privacy_zones: { rider: 'rider_id', exportedAs: 'profile', erased: 'deleted' },
  bike_settings: { rider: 'bike_id, of the rider whose it is now', exportedAs: 'profile', erased: 'deleted' },
  rider_references: { rider: 'rider_id', exportedAs: 'profile', erased: 'deleted' },
  claim_codes: {
    rider: 'used_by',
    notExported: 'the change of ownership that followed is exported',
    erased: 'unnamed',
  },
  claim_attempts: {
    rider: 'caller',
    notExported: 'a count of the last hour’s tries, forgotten after it',
    erased: 'deleted',
  },
  proposals: {
    rider: 'payload and effects of ownership cases',
    notExported: 'staff decide; the case that follows is exported, and its riders are told of it',
    erased: 'unnamed',
  },
  manufacturing_events: {
    rider: 'statement, of sales told before sales named nobody',
    notExported: 'the ownership that followed is exported',
    erased: formerSales,
  },
  review_decisions: {
    rider: 'before and after, of such sales',
    notExported: 'the ownership that followed is exported',
    erased: formerSales,
  },
  superseded_rows: {
    rider: 'row, of ownerships',
    notExported: 'former versions of rows; the changes of ownership are exported',
    erased: 'unnamed',
  },
  known_bikes: {
    rider: 'entity',
    notExported: 'a copy of ownerships, which are exported',
    erased: 'follows',
  },

  researchers: { ...researchers, columns: { name: 'of a researcher' } },
  researcher_invitations: researchers,
  researcher_keys: researchers,
  researcher_challenges: researchers,
  researcher_sessions: researchers,
  researcher_devices: researchers,
  research_keys: {
    rider: 'rider_id',
    notExported: 'a random key, deleted by a withdrawal; the consent to which it belongs is exported',
    erased: 'deleted',
  },
  research_withdrawals: { noRider: 'pseudonyms whose keys are deleted', columns: { person: 'such a one' } },
  research_copy_withdrawals: {
    noRider: 'pseudonyms whose keys are deleted, until the research copy has forgotten them',
    columns: { person: 'such a one' },
  },
  research_queries: {
    noRider: 'what researchers asked; pseudonyms in it lead nowhere when their keys are deleted',
  },
  research_noise: { noRider: 'a random key, the same for ever' },
  research_budgets: { noRider: 'how much researchers asked on a day' },

  // What was recorded
  rides: { rider: 'rider_id', exportedAs: 'rides', erased: 'deleted' },
  ledger_tracks: { rider: 'sender', exportedAs: 'uploads', erased: 'deleted' },
  ledger_counts: { rider: 'track_id, by ledger_tracks', exportedAs: 'uploads', erased: 'deleted' },
  ledger_settled: { rider: 'sender, by ledger_names', exportedAs: 'uploads', erased: 'deleted' },
  ledger_names: { rider: 'name', exportedAs: 'uploads', erased: 'deleted' },
  quarantine: {
    rider: 'the sender in record; bike_id, within the time as owner',
    exportedAs: 'quarantine',
    erased: 'deleted',
  },
  clock_decisions: { rider: 'sender', exportedAs: 'clocks', erased: 'deleted' },
  former_clock_decisions: {
    rider: 'recorder_id',
    notExported: 'decisions before they named senders; those that still count are among clock_decisions',
    erased: 'deleted',
  },
  analytics_claims: {
    rider: 'track_id, by ledger_books',
    notExported: 'how many samples went to research; the counts of uploads say it',
    erased: 'deleted',
  },
  latest_state: samplesAgain(ownTime),
  reported_parts: samplesAgain(ownTime),
  fault_events: samplesAgain('rider_id'),
  bike_days: samplesAgain('rider_id'),
  recorder_sequences: numbersOfTracks,
  sequence_gaps: numbersOfTracks,
  ride_marks: samplesAgain(ownTime),
  ride_bikes: {
    rider: ownTime,
    notExported: 'when samples of the bike were read last',
    erased: { stays: 'a time for each bike, whoever owns it' },
  },
  ride_changes: {
    rider: 'ride_id',
    notExported: 'that a ride is to be published; rides are exported',
    erased: { stays: 'until the ride that is gone is told of as gone' },
  },
  device_presence: {
    rider: 'device_id, by the bike that is the rider’s now',
    notExported: 'of the present alone, which the latest state shows',
    erased: { stays: 'of the module, until the bike connects again' },
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
} as const satisfies Readonly<Record<string, Holding>>

const passing = 'on its way; exported from where it is stored'

/** Topics of Kafka. */
export const topics: Readonly<Record<Topic, Holding>> = {
  'telemetry.raw': { rider: 'sender; bike and time of the samples', notExported: passing, erased: 'ages' },
  'telemetry.clean': { rider: 'bike and time of the samples', notExported: passing, erased: 'ages' },
  'telemetry.stored': { rider: 'bike and time of the samples', notExported: passing, erased: 'ages' },
  'telemetry.quarantine': {
    rider: 'sender; bike and time of the samples',
    notExported: passing,
    erased: 'ages',
  },
  'telemetry.outcomes': { rider: 'sender', notExported: passing, erased: 'ages' },
  'analytics.tracks': {
    rider: 'pseudonyms of bike and rider',
    notExported: 'samples under a pseudonym, kept for days; the samples are exported as telemetry',
    erased: 'ages',
  },
  'analytics.withdrawals': { noRider: 'pseudonyms whose keys are deleted' },
  'privacy.journal': {
    rider: 'tombstone, as in erasure_tombstones',
    notExported: 'of riders who were erased',
    erased: tombstones,
  },
  'analytics.progress': progress,
  'manufacturing.events': {
    rider: 'sales told before sales named nobody',
    notExported: 'the ownership that followed is exported',
    erased: formerSales,
  },
  'manufacturing.quarantine': {
    rider: 'sales told before sales named nobody',
    notExported: 'statements of partners that were not believed; nothing followed from them',
    erased: 'ages',
  },
  'bike.entity': {
    rider: 'owners of the bike',
    notExported: 'a copy of ownerships, which are exported',
    erased: 'follows',
  },
  'ride.entity': {
    rider: 'the reference of the rider',
    notExported: 'rides under a random reference; rides and the reference are exported',
    erased: 'follows',
  },
}

/** Indices of Elasticsearch, by the name behind which they stand. */
export const indices: Readonly<Record<string, Holding>> = {
  telemetry: {
    rider: 'bike_id, within the time as owner; rider_id',
    exportedAs: 'telemetry',
    erased: 'deleted',
  },
  research: {
    rider: 'pseudonyms of bike and rider, by research_keys',
    notExported:
      'samples under a pseudonym, until the consent is withdrawn; the samples are exported as telemetry',
    erased: 'deleted',
  },
}

/** Queues hold what no worker has read yet. */
const onItsWay = { stays: 'until a worker has read it' }
const fromModules = { rider: 'bike and time of the samples', notExported: passing, erased: onItsWay }

/** Queues of RabbitMQ. */
export const queues: Readonly<Record<string, Holding>> = {
  'telemetry.ride': fromModules,
  'telemetry.battery': fromModules,
  'telemetry.motor': fromModules,
  'telemetry.fault': fromModules,
  'commands.acks': { rider: 'bike_id, of its settings', notExported: passing, erased: onItsWay },
  connections: { noRider: 'that a module is connected' },
  'dead-letters': {
    rider: 'bike and time of the samples',
    notExported: 'what no worker could read',
    erased: onItsWay,
  },
}
