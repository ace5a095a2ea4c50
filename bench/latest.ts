// How fast the latest worker works off a full topic, against PostgreSQL merging the same states ready in memory.
import { setTimeout as sleep } from 'node:timers/promises'
import { createProducer } from '../core/engines/kafka/producer.ts'
import { createLatestStore } from '../core/engines/postgres/telemetry/latest-store.ts'
import { createLog } from '../core/runtime/service.ts'
import { readCleanRecord } from '../core/telemetry/contracts/clean-samples.ts'
import { collapse, statesOf } from '../core/telemetry/latest/latest-state.ts'
import { topicName } from '../core/topics.ts'
import { openTestPlatform, type TestPlatform } from '../testkit/platform/platform.ts'
import { withEngines } from '../testkit/with-engines.ts'
import { type CleanRecord, cleanRecords } from './clean-tracks.ts'
import { processCpuSeconds } from './process-cpu.ts'
import type { Bench, BenchResult } from './report.ts'

const input = { bikes: 1_000, tracksPerBike: 10, samplesPerTrack: 300 } as const
const samples = input.bikes * input.tracksPerBike * input.samplesPerTrack
const batch = 500
const giveUpMs = 180_000

export const run: Bench = ({ progress }) =>
  withEngines(progress, async (engines) => {
    const platform = await openTestPlatform({ engines, services: ['latest'], onProgress: progress })
    try {
      platform.services.latest.kill('SIGTERM')
      const records = [...cleanRecords(input)]
      progress(`producing ${records.length} tracks of ${input.samplesPerTrack} samples`)
      await produce(platform, records)
      progress('the worker works them off')
      const worker = await measureWorker(platform)
      await platform.sql`truncate latest_state`
      progress('the same states by a bare loop')
      return report(worker, await measureBareLoop(platform, records))
    } finally {
      await platform.close()
    }
  })

interface Measurement {
  readonly samplesPerSecond: number
  readonly cpuSecondsPerMillion: number
}

async function produce({ env, namespace }: TestPlatform, records: readonly CleanRecord[]): Promise<void> {
  const log = createLog('bench', 'silent')
  const producer = createProducer({ brokers: (env.KAFKA_BROKERS ?? '').split(','), name: 'bench', log })
  const topic = topicName(namespace, 'telemetry.clean')
  for (let from = 0; from < records.length; from += batch) {
    await producer.send(records.slice(from, from + batch).map((record) => ({ topic, ...record })))
  }
  await producer.close()
}

/** From the first batch seen in the worker's counters to the last, so that its start is left out. */
async function measureWorker({ services: { latest } }: TestPlatform): Promise<Measurement> {
  const started = latest.restart()
  let first: { merged: number; atMs: number; cpuSeconds: number } | undefined
  const giveUpAtMs = performance.now() + giveUpMs
  while (performance.now() < giveUpAtMs) {
    const merged = await mergedSamples(latest.url).catch(() => 0)
    const now = {
      merged,
      atMs: performance.now(),
      cpuSeconds: merged > 0 ? processCpuSeconds(latest.pid) : 0,
    }
    if (merged > 0) first ??= now
    if (first !== undefined && merged === samples) {
      await started
      const done = merged - first.merged
      return {
        samplesPerSecond: (done * 1000) / (now.atMs - first.atMs),
        cpuSecondsPerMillion: ((now.cpuSeconds - first.cpuSeconds) * 1e6) / done,
      }
    }
    await sleep(20)
  }
  throw new Error(`the worker did not merge ${samples} samples within ${giveUpMs} ms`)
}

async function mergedSamples(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(2_000) })
  const line = /^worker_samples_total\{[^}]*outcome="merged"[^}]*\} (\S+)$/m.exec(await response.text())
  return Number(line?.[1] ?? 0)
}

async function measureBareLoop(
  platform: TestPlatform,
  records: readonly CleanRecord[],
): Promise<Measurement> {
  const store = createLatestStore(platform.sql)
  const batches = []
  for (let from = 0; from < records.length; from += batch) {
    batches.push(
      collapse(records.slice(from, from + batch).flatMap(({ value }) => statesOf(readCleanRecord(value)))),
    )
  }
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  for (const states of batches) await store.merge(states)
  const seconds = (performance.now() - startMs) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { samplesPerSecond: samples / seconds, cpuSecondsPerMillion: (user + system) / samples }
}

function report(worker: Measurement, bare: Measurement): BenchResult {
  const row = (what: string, { samplesPerSecond, cpuSecondsPerMillion }: Measurement) => ({
    what,
    'samples/s': Math.round(samplesPerSecond),
    'CPU s per million': Number(cpuSecondsPerMillion.toFixed(2)),
    'of bare': `${Math.round((100 * samplesPerSecond) / bare.samplesPerSecond)} %`,
  })
  return {
    title: `${samples.toLocaleString('en')} samples in tracks of ${input.samplesPerTrack}, ${input.bikes} bikes`,
    rows: [row('latest worker', worker), row('bare merges', bare)],
    goals: [],
    figures: { ...input, worker, bare, ratio: worker.samplesPerSecond / bare.samplesPerSecond },
  }
}
