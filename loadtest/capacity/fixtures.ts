// Records as the benchmark writes them, for tests: every stage costs 2 µs of CPU a sample and 60 µs a
// track, and search waits for Elasticsearch most of the time.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Basis, measurementsOf } from './measured.ts'
import { defaults } from './parameters.ts'
import { measuredStages, readScaleRecord } from './scale-record.ts'

export interface RecordedStage {
  readonly stage: string
  readonly instances: number
  readonly counted: number | null
  readonly seconds: number | null
  readonly cpuSeconds: number | null
  readonly engineSeconds: Readonly<Record<'kafka' | 'elasticsearch' | 'postgres', number | null>>
}

export function recordedStages(samplesPerTrack: number): RecordedStage[] {
  const cpuSeconds = 2 + 60 / samplesPerTrack
  return measuredStages.flatMap((stage) =>
    [1, 2].map((instances) => ({
      stage,
      instances,
      counted: 1e6,
      seconds: ((stage === 'search' ? 50 : 1.25) * cpuSeconds) / instances,
      // A little more with two.
      cpuSeconds: cpuSeconds * (0.9 + 0.1 * instances),
      engineSeconds: {
        kafka: 0.5,
        elasticsearch: stage === 'search' ? 20 : 0,
        postgres: stage === 'ledger' ? 0.2 : 0,
      },
    })),
  )
}

export function recordText(samplesPerTrack: number, measured = recordedStages(samplesPerTrack)): string {
  const bytesPerRecord = {
    'telemetry.raw': 50 + 8 * samplesPerTrack,
    'telemetry.clean': 100 + 8 * samplesPerTrack,
    'telemetry.stored': 110 + 8 * samplesPerTrack,
    'telemetry.outcomes': 150,
    'analytics.tracks': 200 + 70 * samplesPerTrack,
  }
  const bytesPerRow = Object.fromEntries(
    ['ledger_tracks', 'ledger_counts', 'latest_state', 'analytics_claims'].map((table) => [
      table,
      { rows: 1_000, bytesPerRow: 200 },
    ]),
  )
  return JSON.stringify({
    measuredAt: '2026-01-02T03:04:05.678Z',
    machine: { cpuModel: 'Model T', cores: 2, memoryGiB: 24, node: 'v24.0.0' },
    command: `BENCH_TRACK=${samplesPerTrack} npm run bench -- scale`,
    figures: { samplesPerTrack, measured, sizes: { bytesPerRecord, bytesPerRow } },
  })
}

/** A folder of sound records. */
export function recordsFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'capacity-'))
  writeFileSync(join(dir, 'long-tracks.json'), recordText(300))
  writeFileSync(join(dir, 'short-tracks.json'), recordText(20))
  return dir
}

export const records = { long: readScaleRecord(recordText(300)), short: readScaleRecord(recordText(20)) }

export const basis: Basis = { ...defaults, measured: measurementsOf(records) }
