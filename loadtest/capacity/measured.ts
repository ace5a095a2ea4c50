// What was measured, and the commands that measure it again. Everything else in the model is assumed, or follows.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stages as outcomeStages } from '../../core/telemetry/contracts/outcomes.ts'
import { type Cost, costOf, type Lengths, type Measured } from './costs.ts'
import type { Parameters } from './parameters.ts'
import {
  type MeasuredStage,
  readScaleRecord,
  type ScaleRecord,
  type SizedTopic,
  type StageSeconds,
  secondsOf,
  sizedTopics,
} from './scale-record.ts'

/**
 * Tracks of five minutes, as phones send them, and of 20 samples, as modules do:
 *     npm run bench -- scale --json loadtest/capacity/measured/long-tracks.json
 *     BENCH_SAMPLES=3000000 BENCH_TRACK=20 npm run bench -- scale --json loadtest/capacity/measured/short-tracks.json
 */
export const recordsDir = join(import.meta.dirname, 'measured')

export interface Records {
  readonly long: ScaleRecord
  readonly short: ScaleRecord
}

/** Throws an Error that names the file and what is not sound in it. */
export function readRecords(dir = recordsDir): Records {
  const read = (name: string) => {
    const file = join(dir, name)
    try {
      return readScaleRecord(readFileSync(file, 'utf8'))
    } catch (error) {
      throw new Error(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error })
    }
  }
  return { long: read('long-tracks.json'), short: read('short-tracks.json') }
}

/** The services whose work follows the telemetry. */
export const stageNames = [
  'edge',
  'devices',
  'normalize',
  'search',
  'latest',
  'analytics',
  'ledger',
  'quality',
  'rides',
  'witness',
  'gaps',
] as const
export type StageName = (typeof stageNames)[number]

type StageCosts = { readonly [part in keyof StageSeconds]: Cost }

export interface Measurements {
  readonly stageCosts: Readonly<Record<StageName, StageCosts>>
  /** Bytes of a topic's records: of each sample, and of each track beside its samples. */
  readonly bytesIn: Readonly<Record<SizedTopic, Cost>>
  /** Bytes of rows with their indices. */
  readonly bytesInTables: {
    readonly latestPerBike: number
    readonly ledgerPerTrack: number
    readonly claimsPerTrack: number
  }
}

/** What the model reckons from: what is assumed, and what was measured. */
export type Basis = Parameters & { readonly measured: Measurements }

/** Every stage of the books tells of every track, with a count each. */
const outcomesPerTrack = outcomeStages.length
/** Position, ride, battery, motor and fault. */
const groupsPerBike = 5
const free: Cost = { perSample: 0, perTrack: 0 }

export function measurementsOf({ long, short }: Records): Measurements {
  const lengths = { long: long.figures.samplesPerTrack, short: short.figures.samplesPerTrack }
  const measured = (stage: MeasuredStage) => costsOf(secondsOf(long, stage), secondsOf(short, stage), lengths)
  const edge = measured('edge')
  const latest = measured('latest')
  const { bytesPerRow } = long.figures.sizes
  return {
    stageCosts: {
      edge,
      // `npm run bench -- devices`: 65,900 messages a second and 8.5 µs of CPU each; Kafka has with them what it has with the edge's.
      devices: {
        busy: { perSample: 0, perTrack: 1 / 65_900 },
        cpu: { perSample: 0, perTrack: 8.5e-6 },
        kafka: edge.kafka,
        elasticsearch: free,
        postgres: free,
      },
      normalize: measured('normalize'),
      search: measured('search'),
      latest,
      analytics: measured('analytics'),
      ledger: measured('ledger'),
      // Assumed: like latest they read tracks whole and keep some rows a bike. None of them does more.
      quality: latest,
      rides: latest,
      witness: latest,
      gaps: latest,
    },
    bytesIn: Object.fromEntries(
      sizedTopics.map((topic) => [topic, bytesOfTopic(topic, { long, short }, lengths)]),
    ) as Record<SizedTopic, Cost>,
    bytesInTables: {
      latestPerBike: groupsPerBike * bytesPerRow.latest_state.bytesPerRow,
      ledgerPerTrack:
        bytesPerRow.ledger_tracks.bytesPerRow + outcomesPerTrack * bytesPerRow.ledger_counts.bytesPerRow,
      claimsPerTrack: bytesPerRow.analytics_claims.bytesPerRow,
    },
  }
}

const parts = ['busy', 'cpu', 'kafka', 'elasticsearch', 'postgres'] as const

function costsOf(long: StageSeconds, short: StageSeconds, lengths: Lengths): StageCosts {
  const costs = parts.map((part) => [part, costOf({ long: long[part], short: short[part] }, lengths)])
  return Object.fromEntries(costs) as StageCosts
}

function bytesOfTopic(topic: SizedTopic, { long, short }: Records, lengths: Lengths): Cost {
  const perRecord = ({ figures }: ScaleRecord) => figures.sizes.bytesPerRecord[topic]
  // One a track and stage in the books, one a track elsewhere.
  const records = topic === 'telemetry.outcomes' ? outcomesPerTrack : 1
  const perMillion = (record: ScaleRecord) =>
    (records * perRecord(record) * 1e6) / record.figures.samplesPerTrack
  const measured: Measured = { long: perMillion(long), short: perMillion(short) }
  return costOf(measured, lengths)
}

/** `npm run bench -- rides`: a row of `rides` with its indices, of a ride of which everything is told. Its summary alone takes 191. */
export const bytesPerRide = 469

/** `npm run bench -- ledger`: a settled track with its index, by who sent it; 100,000 tracks as they lie. */
export const bytesPerSettled = { phone: 95, module: 93 } as const

/** `npm run bench -- storage`: one segment, one copy. */
export const bytesPerDocument = 29.7

/** `npm run bench -- devices`: 21,200 publishes a second by two cores, which broker, gatekeeper and modules shared. */
export const publishesPerCoreSecond = 10_600
