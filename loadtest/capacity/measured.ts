// What was measured, and the command that measures it again. Everything else in the model is assumed, or follows.
import type { Lengths, Measured } from './costs.ts'

/** Samples in a track of the two runs of `npm run bench -- scale`: as it is, and with BENCH_TRACK=20. */
export const lengths: Lengths = { long: 300, short: 20 }

/** Of one process of a stage, seconds a million samples. */
export interface StageFigures {
  /** Time of the process, waiting for engines included: the reciprocal of its throughput. */
  readonly busy: Measured
  readonly cpu: Measured
  readonly kafka: Measured
  readonly elasticsearch: Measured
  readonly postgres: Measured
}

const none: Measured = { long: 0, short: 0 }

/** `npm run bench -- scale`, rows with one process; on two cores of an AMD EPYC that the engines share. */
export const stageFigures = {
  edge: {
    busy: { long: 0.64, short: 9.6 },
    cpu: { long: 0.32, short: 4.8 },
    kafka: { long: 0.14, short: 2.1 },
    elasticsearch: none,
    postgres: none,
  },
  // `npm run bench -- devices`: queues → Kafka, in messages; Kafka's part as the edge's.
  devices: {
    busy: { long: 0.051, short: 0.76 },
    cpu: { long: 0.03, short: 0.45 },
    kafka: { long: 0.14, short: 2.1 },
    elasticsearch: none,
    postgres: none,
  },
  normalize: {
    busy: { long: 0.75, short: 5 },
    cpu: { long: 0.66, short: 5 },
    kafka: { long: 0.08, short: 1.2 },
    elasticsearch: none,
    postgres: { long: 0.02, short: 0.3 },
  },
  search: {
    busy: { long: 15.3, short: 20 },
    cpu: { long: 2.23, short: 5 },
    kafka: { long: 0.34, short: 2 },
    elasticsearch: { long: 22.5, short: 25 },
    postgres: none,
  },
  latest: {
    busy: { long: 0.86, short: 5 },
    cpu: { long: 0.31, short: 3 },
    kafka: { long: 0.05, short: 0.7 },
    elasticsearch: none,
    postgres: { long: 0.01, short: 0.15 },
  },
  analytics: {
    busy: { long: 9.4, short: 100 },
    cpu: { long: 1.76, short: 10 },
    kafka: { long: 3.38, short: 10 },
    elasticsearch: none,
    postgres: { long: 0.28, short: 3 },
  },
  ledger: {
    busy: { long: 0.24, short: 3.6 },
    cpu: { long: 0.16, short: 2.4 },
    kafka: { long: 0.02, short: 0.3 },
    elasticsearch: none,
    postgres: { long: 0.07, short: 1 },
  },
} as const satisfies Record<string, StageFigures>

/** Bytes of records, as `npm run bench -- scale` puts them into its JSON record (`sizes.bytesPerRecord`). */
export const bytesInTopics = {
  'telemetry.raw': { perSample: 7.5, perTrack: 110 },
  'telemetry.clean': { perSample: 7.5, perTrack: 130 },
  'telemetry.stored': { perSample: 7.5, perTrack: 140 },
  // Four stages tell of each track.
  'telemetry.outcomes': { perSample: 0, perTrack: 4 * 130 },
  'analytics.telemetry': { perSample: 260, perTrack: 0 },
} as const

/** Bytes of rows with their indices, from the same record (`sizes.bytesPerRow`). */
export const bytesInTables = { latestPerBike: 1_000, ledgerPerTrack: 900, claimsPerTrack: 250 } as const

/** `npm run bench -- storage`: one segment, one copy. */
export const bytesPerDocument = 29.7

/** `npm run bench -- devices`: 21,200 publishes a second by two cores, which broker, gatekeeper and modules shared. */
export const publishesPerCoreSecond = 10_600
