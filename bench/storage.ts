// Bytes per sample on disk: a regular index with the same fields against our partitions, each merged to one segment.
import { randomBytes } from 'node:crypto'
import { createClient } from '../core/engines/elasticsearch/client.ts'
import { createTelemetryWriter, dropTelemetry } from '../core/engines/elasticsearch/index.ts'
import { cutChunks } from '../core/telemetry/search/chunks.ts'
import { openTrack } from '../core/telemetry/search/planned-track.ts'
import { documentsOf } from '../core/telemetry/search/store-chunk.ts'
import { type EngineAddresses, withEngines } from '../testkit/with-engines.ts'
import { type CleanRecord, cleanRides, monthOfRides } from './clean-rides.ts'
import { plainDocument, regularIndexBody } from './regular-index.ts'
import type { Bench, BenchResult } from './report.ts'

const samples = Number(process.env.BENCH_SAMPLES ?? 450_000)
const goal = 0.28
type Client = ReturnType<typeof createClient>

export const run: Bench = ({ tripsDir, progress }) =>
  withEngines(progress, async (engines) => {
    const records = await cleanRides({ samples, tripsDir })
    const regular = await sizeOfRegular(engines, records)
    progress(`regular index: ${regular.bytesPerDocument.toFixed(1)} bytes per sample`)
    const ours = await sizeOfPartition(engines, records)
    progress(`partition: ${ours.bytesPerDocument.toFixed(1)} bytes per sample`)
    return report(regular, ours, tripsDir !== undefined)
  })

interface Size {
  readonly documents: number
  readonly bytesPerDocument: number
  /** Bytes per document of each field, where the engine can tell. */
  readonly byField: Readonly<Record<string, number>>
}

function storeOptions(engines: EngineAddresses) {
  return {
    url: engines.ELASTICSEARCH_URL ?? '',
    username: engines.ELASTICSEARCH_USERNAME ?? '',
    password: engines.ELASTICSEARCH_PASSWORD ?? '',
    namespace: `bench${randomBytes(4).toString('hex')}`,
    log: { info: () => undefined, warn: () => undefined },
  }
}

async function sizeOfRegular(engines: EngineAddresses, records: readonly CleanRecord[]): Promise<Size> {
  const options = storeOptions(engines)
  const client = createClient(options)
  const index = `${options.namespace}-regular`
  try {
    await client.indices.create({ index, ...regularIndexBody() })
    for await (const chunk of chunksOf(records)) {
      const operations = chunk.slices.flatMap((slice) =>
        slice.samples.flatMap((sample) => [{ create: {} }, plainDocument(slice, sample)]),
      )
      const { errors } = await client.bulk({ index, operations, filter_path: ['errors'] })
      if (errors) throw new Error('the regular index refused documents')
    }
    return await measure(client, index)
  } finally {
    await client.indices.delete({ index }, { ignore: [404] })
    await client.close()
  }
}

async function sizeOfPartition(engines: EngineAddresses, records: readonly CleanRecord[]): Promise<Size> {
  const options = storeOptions(engines)
  const store = createTelemetryWriter(options)
  const client = createClient(options)
  try {
    await store.makePartition(monthOfRides)
    const [index = ''] = await store.generations(monthOfRides)
    for await (const chunk of chunksOf(records)) {
      const items = chunk.slices.flatMap((slice) => slice.samples.map((sample) => ({ slice, sample })))
      const failures = await store.create(index, { body: documentsOf(items), documents: items.length })
      if (failures !== undefined) throw new Error('the partition refused documents')
    }
    return await measure(client, index)
  } finally {
    await dropTelemetry(options)
    await Promise.all([store.close(), client.close()])
  }
}

function chunksOf(records: readonly CleanRecord[]) {
  return cutChunks(opened(records), { samples: 5_000, bytes: 64 * 1024 * 1024 })
}

function* opened(records: readonly CleanRecord[]) {
  for (const { value } of records) yield openTrack(value)
}

async function measure(client: Client, index: string): Promise<Size> {
  await client.indices.flush({ index, force: true })
  await client.indices.forcemerge({ index, max_num_segments: 1 }, { requestTimeout: 300_000 })
  await client.indices.flush({ index, force: true })
  await client.indices.refresh({ index })
  const { _all } = await client.indices.stats({ index, metric: ['docs', 'store'] })
  const documents = _all.primaries?.docs?.count ?? 0
  const bytes = _all.primaries?.store?.size_in_bytes ?? 0
  return {
    documents,
    bytesPerDocument: bytes / documents,
    byField: await fieldSizes(client, { index, documents }),
  }
}

async function fieldSizes(
  client: Client,
  { index, documents }: { index: string; documents: number },
): Promise<Record<string, number>> {
  const usage = (await client.indices.diskUsage({ index, run_expensive_tasks: true })) as unknown as Record<
    string,
    { fields: Record<string, { total_in_bytes: number }> }
  >
  const sizes = Object.entries(usage[index]?.fields ?? {})
    .map(([name, { total_in_bytes: bytes }]) => [name, bytes / documents] as const)
    .sort(([, a], [, b]) => b - a)
  return Object.fromEntries(sizes)
}

function report(regular: Size, ours: Size, real: boolean): BenchResult {
  const row = (index: string, size: Size) => ({
    index,
    documents: size.documents,
    'bytes/sample': size.bytesPerDocument,
    'largest fields': Object.entries(size.byField)
      .slice(0, 5)
      .map(([name, bytes]) => `${name} ${bytes.toFixed(1)}`)
      .join(', '),
  })
  const ratio = ours.bytesPerDocument / regular.bytesPerDocument
  return {
    title: `${ours.documents} samples of ${real ? 'recorded' : 'made-up'} rides, one segment each`,
    rows: [row('regular, same fields', regular), row('monthly partition', ours)],
    goals: [
      {
        what: 'bytes of a partition against a regular index',
        goal: `≤ ${goal}`,
        measured: ratio.toFixed(3),
        reached: ratio <= goal,
      },
    ],
    figures: { ratio, regular, ours },
  }
}
