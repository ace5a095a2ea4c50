// The telemetry store for its writer. Which indices a partition has: asked for, made on demand, and closed when a sibling takes over.
import type { Client } from '@elastic/elasticsearch'
import {
  createClient,
  type ElasticsearchScope,
  engineErrorType,
  openFor,
  ping,
  requestTimeoutMs,
  statusOf,
} from './client.ts'
import { createDocuments, findDocuments, getDocuments } from './documents.ts'
import { aliasName, generationName, groupGenerations, indexBody, partitionName } from './mapping.ts'
import type { Connection, Partition, TelemetryWriter, WriterOptions } from './port.ts'

/** The generations are read again after this time: another worker may have added a sibling. */
const knownForMs = 30_000
/** That there is none is believed for less: another worker may have made the partition meanwhile, and no track need wait for it. */
const absentForMs = 1_000
/** By then every worker knows a new sibling, and what it sent before is decided: `knownForMs` and a request. */
const siblingKnownAfterMs = knownForMs + requestTimeoutMs

type Generations = Pick<
  TelemetryWriter,
  'generations' | 'makePartition' | 'addSibling' | 'siblingFacts' | 'forget'
>

interface GenerationsOptions extends Pick<WriterOptions, 'namespace' | 'log' | 'knownToAllAfterMs'> {
  readonly client: Client
}

function createGenerations(options: GenerationsOptions): Generations {
  const { client, namespace, log, knownToAllAfterMs = siblingKnownAfterMs } = options
  const alias = aliasName(namespace)
  let known = new Map<string, readonly string[]>()
  let knownAtMs = Number.NEGATIVE_INFINITY

  async function refresh(): Promise<void> {
    const indices = await client.indices.getAlias({ name: alias }, { ignore: [404] })
    known = groupGenerations('error' in indices ? [] : Object.keys(indices))
    knownAtMs = performance.now()
  }

  /** Resolves with why the engine takes no more indices. */
  async function createIndex(partition: Partition, index: string): Promise<string | undefined> {
    try {
      await client.indices.create({ index, ...indexBody(partition) })
      log.info({ index }, 'made a partition')
    } catch (error) {
      if (isNoMoreIndices(error)) return error instanceof Error ? error.message.slice(0, 500) : String(error)
      if (engineErrorType(error) !== 'resource_already_exists_exception') throw error
    }
    // Readers meet it only when its shard is there; before, their searches would fail.
    await client.cluster.health({ index, wait_for_status: 'yellow', timeout: '20s' })
    await client.indices.putAlias({ index, name: alias })
    await refresh()
    return undefined
  }

  return {
    async generations(partition) {
      const name = partitionName(namespace, partition)
      const believedForMs = known.has(name) ? knownForMs : absentForMs
      if (performance.now() - knownAtMs > believedForMs) await refresh()
      return known.get(name) ?? []
    },

    makePartition: (partition) =>
      createIndex(partition, generationName(partitionName(namespace, partition), 0)),

    async addSibling(partition, generations) {
      const index = generations.at(-1) as string
      const sibling = generationName(partitionName(namespace, partition), generations.length)
      await closeForGood(client, index)
      log.warn({ index, sibling }, 'a partition refuses writes, its late samples go to a sibling')
      return createIndex(partition, sibling)
    },

    async siblingFacts(predecessor, sibling) {
      const isPredecessorClosed = (await setting(client, predecessor, 'index.blocks.write')) === 'true'
      const ageMs = Date.now() - Number(await setting(client, sibling, 'index.creation_date'))
      return { isPredecessorClosed, ageMs, knownToAllAfterMs }
    },

    forget(partition) {
      known.delete(partitionName(namespace, partition))
      knownAtMs = Number.NEGATIVE_INFINITY
    },
  }
}

/** The cluster has as many shards as it may have, the name is taken, or somebody forbids new indices. */
function isNoMoreIndices(error: unknown): boolean {
  const type = engineErrorType(error)
  if (type === 'resource_already_exists_exception') return false
  return statusOf(error) === 400 || type === 'cluster_block_exception'
}

/**
 * A generation that has a successor takes no more documents, even if the block that led to it is lifted by hand: a worker
 * that does not know the successor yet would otherwise write the same identity twice. Its documents are made searchable
 * for the check.
 */
async function closeForGood(client: Client, index: string): Promise<void> {
  try {
    await client.indices.addBlock({ index, block: 'write' })
  } catch (error) {
    // A block of the index's metadata keeps ours out. Should it be lifted, workers that do not know the successor yet go on
    // here; the successor is held back until all know it.
    if (statusOf(error) !== 403) throw error
  }
  await client.indices.refresh({ index })
}

async function setting(client: Client, index: string, name: string): Promise<unknown> {
  const answer = await client.indices.getSettings({ index, name, flat_settings: true })
  return (answer[index]?.settings as Record<string, unknown> | undefined)?.[name]
}

export function createTelemetryWriter(options: WriterOptions): TelemetryWriter & Connection {
  const client = createClient(options)
  return {
    ...createGenerations({ ...options, client }),
    create: (index, bulk) => createDocuments(client, index, bulk),
    get: (index, ids) => getDocuments(client, index, ids),
    find: (indices, identities) => findDocuments(client, indices, identities),
    refresh: async (index) => void (await client.indices.refresh({ index })),
    ping: () => ping(client),
    close: () => client.close(),
  }
}

export const openTelemetryWriter = (scope: ElasticsearchScope) => openFor(scope, createTelemetryWriter)
