// What was measured, and the commands that measure it again. Everything else in the model is assumed, or follows.
import { readFileSync } from 'node:fs'
import { type Cost, costOf, type Measured } from './costs.ts'
import { readScaleRecord, type StageSeconds, secondsOf } from './scale-record.ts'

/**
 * Tracks of five minutes, as phones send them, and of 20 samples, as modules do:
 *     npm run bench -- scale --json loadtest/capacity/measured/long-tracks.json
 *     BENCH_TRACK=20 npm run bench -- scale --json loadtest/capacity/measured/short-tracks.json
 */
const long = readRecord('long-tracks.json')
const short = readRecord('short-tracks.json')
const lengths = { long: long.samplesPerTrack, short: short.samplesPerTrack }

function readRecord(file: string) {
  return readScaleRecord(readFileSync(new URL(`measured/${file}`, import.meta.url), 'utf8'))
}

export type StageCosts = { readonly [part in keyof StageSeconds]: Cost }
const parts = ['busy', 'cpu', 'kafka', 'elasticsearch', 'postgres'] as const

function costsOf(inLong: StageSeconds, inShort: StageSeconds): StageCosts {
  const costs = parts.map((part) => [part, costOf({ long: inLong[part], short: inShort[part] }, lengths)])
  return Object.fromEntries(costs) as StageCosts
}

const measuredCosts = (stage: string) => costsOf(secondsOf(long, stage), secondsOf(short, stage))
const free: Cost = { perSample: 0, perTrack: 0 }
const edge = measuredCosts('edge')

export const stageCosts = {
  edge,
  // `npm run bench -- devices`: 65,900 messages a second and 8.5 µs of CPU each; Kafka has with them what it has with the edge's.
  devices: {
    busy: { perSample: 0, perTrack: 1 / 65_900 },
    cpu: { perSample: 0, perTrack: 8.5e-6 },
    kafka: edge.kafka,
    elasticsearch: free,
    postgres: free,
  },
  normalize: measuredCosts('normalize'),
  search: measuredCosts('search'),
  latest: measuredCosts('latest'),
  analytics: measuredCosts('analytics'),
  ledger: measuredCosts('ledger'),
} as const satisfies Record<string, StageCosts>

/** Bytes of a topic's records: of each sample, and of each track beside its samples. */
export function bytesIn(topic: string): Cost {
  const perRecord = ({ sizes }: typeof long) => sizes.bytesPerRecord[topic] ?? Number.NaN
  // A record a sample there, four a track here, one a track elsewhere.
  if (topic === 'analytics.telemetry') return { perSample: perRecord(long), perTrack: 0 }
  const records = topic === 'telemetry.outcomes' ? outcomesPerTrack : 1
  const perSample = (figures: typeof long): number =>
    (records * perRecord(figures) * 1e6) / figures.samplesPerTrack
  const measured: Measured = { long: perSample(long), short: perSample(short) }
  return costOf(measured, lengths)
}

/** Every stage tells of every track, with a count each. */
const outcomesPerTrack = 4
/** Position, ride, battery, motor and fault. */
const groupsPerBike = 5

const bytesPerRow = (table: string) => long.sizes.bytesPerRow[table]?.bytesPerRow ?? Number.NaN

/** Bytes of rows with their indices. */
export const bytesInTables = {
  latestPerBike: groupsPerBike * bytesPerRow('latest_state'),
  ledgerPerTrack: bytesPerRow('ledger_tracks') + outcomesPerTrack * bytesPerRow('ledger_counts'),
  claimsPerTrack: bytesPerRow('analytics_claims'),
} as const

/** `npm run bench -- storage`: one segment, one copy. */
export const bytesPerDocument = 29.7

/** `npm run bench -- devices`: 21,200 publishes a second by two cores, which broker, gatekeeper and modules shared. */
export const publishesPerCoreSecond = 10_600
