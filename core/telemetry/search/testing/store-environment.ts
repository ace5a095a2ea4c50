// The search worker's work on the real store without Kafka, for the tests, and questions to the engine itself.
import {
  type Connection,
  createTelemetryReader,
  createTelemetryWriter,
  dropTelemetry,
  provisionElasticsearch,
  type Sample,
  type TelemetryReader,
  type TelemetryWriter,
} from '../../../engines/elasticsearch/index.ts'
import type { SampleMonths } from '../../../riders/own-data/export/port.ts'
import { inParallel } from '../../../runtime/slices.ts'
import { cutChunks } from '../chunks.ts'
import { createNewPartitions, type NewPartitions } from '../partitions.ts'
import { openTrack, type PlannedTrack } from '../planned-track.ts'
import { countsOf } from '../records.ts'
import { storeChunk } from '../store-chunk.ts'
import { withMonths } from './months.ts'

export interface StoreEnvironment {
  readonly store: TelemetryWriter
  readonly reader: TelemetryReader & SampleMonths
  /** Another store on the same namespace, as another worker has; the caller closes it. */
  anotherStore(options?: { knownToAllAfterMs: number }): TelemetryWriter & Connection
  /** What is asked for by those that settle with a store of theirs. */
  readonly newPartitions: NewPartitions
  /** Stores the records of a batch as the worker does, in small chunks. Every month is there, unless the caller brings a store. */
  settleAll(records: readonly Uint8Array[], by?: TelemetryWriter): Promise<PlannedTrack[]>
  /** Why the store has delayed the work so far. */
  readonly delays: readonly string[]
  /** Every sample of a bike, after a refresh. */
  readAll(bikeId: string): Promise<readonly Sample[]>
  /** Asks Elasticsearch directly. */
  request(method: string, path: string, body?: object): Promise<void>
  close(): Promise<void>
}

export async function openStoreEnvironment(of: {
  elasticsearch: { url: string; username: string; password: string }
  namespace: string
}): Promise<StoreEnvironment> {
  const { url, username, password } = of.elasticsearch
  const { namespace } = of
  const log = { info: () => undefined, warn: () => undefined }
  const options = { url, username, password, namespace, log }
  await provisionElasticsearch(options)
  const store = createTelemetryWriter(options)
  const reader = createTelemetryReader(options)
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

  async function request(method: string, path: string, body?: object): Promise<void> {
    const headers = { authorization, 'content-type': 'application/json' }
    const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  }

  const delays: string[] = []
  const newPartitions = createNewPartitions()
  return {
    store,
    reader,
    delays,
    anotherStore: (more) => withMonths(createTelemetryWriter({ ...options, ...more })),
    newPartitions,
    async settleAll(records, by = withMonths(store)) {
      const opened = records.map(openTrack)
      const { signal } = new AbortController()
      const deps = {
        store: by,
        openSiblings: new Set<string>(),
        newPartitions,
        onDelay: (why: string) => void delays.push(why),
      }
      const chunks = cutChunks(opened, { samples: 50, bytes: 1024 * 1024 })
      await inParallel(chunks, 2, (chunk) => storeChunk(deps, chunk, signal))
      return opened.map(({ plan }) => plan)
    },
    async readAll(bikeId) {
      await request('POST', `/${namespace}-telemetry/_refresh`)
      const { samples } = await reader.readSamples({
        bikeId,
        fromMs: 0,
        toMs: Date.UTC(2100, 0),
        limit: 5_000,
      })
      return samples
    },
    request,
    async close() {
      await Promise.all([store.close(), reader.close()])
      await dropTelemetry(options)
    },
  }
}

/** Samples by outcome, or by reason where there is one. */
export function tally(plans: readonly PlannedTrack[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { outcome, reason, samples } of plans.flatMap(countsOf)) {
    const name = reason || outcome
    if (samples > 0) sums[name] = (sums[name] ?? 0) + samples
  }
  return sums
}

/** Times one second apart. */
export function seconds(start: string, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Date.parse(start) + i * 1_000)
}
