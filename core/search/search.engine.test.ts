// The search worker on the real engines: what is stored, what is not stored twice, and what the books say.
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testEngines, uniqueNamespace } from '../../test/engines.ts'
import {
  createTelemetryStore,
  dropTelemetry,
  provisionElasticsearch,
  type TelemetryStore,
} from '../elasticsearch/index.ts'
import { cutChunks } from './chunks.ts'
import { cleanTrack, newId } from './fixtures.ts'
import { openTrack, type PlannedTrack } from './planned-track.ts'
import { countsOf } from './records.ts'
import { storeChunk } from './store-chunk.ts'

const log = pino({ level: 'silent' })
const namespace = uniqueNamespace()
const options = { ...testEngines().elasticsearch, namespace, log }
let store: TelemetryStore

beforeAll(async () => {
  await provisionElasticsearch(options)
  store = createTelemetryStore(options)
})
afterAll(async () => {
  await store.close()
  await dropTelemetry(options)
})

/** What the worker does with a batch, without Kafka. */
async function settleAll(records: readonly Uint8Array[]): Promise<PlannedTrack[]> {
  const opened = records.map(openTrack)
  const signal = new AbortController().signal
  for (const chunk of cutChunks(opened, { samples: 5_000, bytes: 8e6 })) {
    await storeChunk({ store, held: () => undefined }, chunk, signal)
  }
  return opened.map(({ plan }) => plan)
}

function tally(plans: readonly PlannedTrack[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { outcome, reason, samples } of plans.flatMap(countsOf)) {
    const name = reason || outcome
    if (samples > 0) sums[name] = (sums[name] ?? 0) + samples
  }
  return sums
}

const second = 1_000
function seconds(startMs: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => startMs + i * second)
}

test('a November ride uploaded in March lands in the partition of November', async () => {
  const startMs = Date.parse('2025-11-30T23:59:00Z')
  const bikeId = newId()
  const track = cleanTrack({
    bikeId,
    recorderId: newId(),
    timesMs: seconds(startMs, 120),
    receivedAtMs: Date.parse('2026-03-15T12:00:00Z'),
  })
  expect(tally(await settleAll([track]))).toEqual({ stored: 120 })
  const generations = await store.generations({
    group: 'ride',
    fromMs: Date.UTC(2025, 10),
    toMs: Date.UTC(2025, 11),
  })
  expect(generations).toEqual([`${namespace}-telemetry-ride-2025.11`])
  expect(tally(await settleAll([track]))).toEqual({ stored: 120 })
})
