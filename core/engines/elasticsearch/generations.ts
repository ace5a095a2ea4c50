// Which indices a partition has: asked for, made on demand, and closed when a sibling takes over.
import type { Client } from '@elastic/elasticsearch'
import { engineErrorType, isUnsupported, requestTimeoutMs, statusOf } from './client.ts'
import { indexBody } from './mapping.ts'
import { aliasName, generationName, groupGenerations, partitionName } from './partitions.ts'
import type { Partition, StoreLog } from './port.ts'
import { createSiblingHold } from './sibling-hold.ts'

/** What is known is asked for again after this time: another worker may have added a sibling. */
const knownForMs = 30_000
/** By then every worker knows a new sibling, and what it sent before is decided: `knownForMs` and a request. */
const siblingHoldMs = knownForMs + requestTimeoutMs
/** More siblings than this mean that something else is wrong; the worker waits and says so. */
const maxGenerations = 10

export interface Generations {
  /** Rejects while the newest one is held back. */
  of(partition: Partition): Promise<readonly string[]>
  supersede(partition: Partition, index: string): Promise<void>
  forget(partition: Partition): void
}

export interface GenerationsOptions {
  readonly client: Client
  readonly namespace: string
  readonly log: StoreLog
  readonly holdMs?: number
}

export function createGenerations(options: GenerationsOptions): Generations {
  const { client, namespace, log, holdMs = siblingHoldMs } = options
  const untilWritable = createSiblingHold({ client, holdMs })
  const alias = aliasName(namespace)
  let known = new Map<string, readonly string[]>()
  let knownAtMs = Number.NEGATIVE_INFINITY
  let policy: Promise<string | undefined> | undefined

  async function refresh(): Promise<void> {
    const indices = await client.indices.getAlias({ name: alias }, { ignore: [404] })
    known = groupGenerations('error' in indices ? [] : Object.keys(indices))
    knownAtMs = performance.now()
  }

  async function createIndex(partition: Partition, index: string): Promise<void> {
    policy ??= lifecyclePolicy(client, alias)
    try {
      await client.indices.create({ index, ...indexBody({ ...partition, policy: await policy }) })
      log.info({ index }, 'made a partition')
    } catch (error) {
      policy = undefined
      if (engineErrorType(error) !== 'resource_already_exists_exception') throw error
    }
    // Readers meet it only when its shard is there; before, their searches would fail.
    await client.cluster.health({ index, wait_for_status: 'yellow', timeout: '20s' })
    await client.indices.putAlias({ index, name: alias })
  }

  return {
    async of(partition) {
      const name = partitionName(namespace, partition)
      if (performance.now() - knownAtMs > knownForMs) await refresh()
      if (!known.has(name)) {
        await createIndex(partition, generationName(name, 0))
        await refresh()
      }
      const found = known.get(name)
      if (found === undefined) throw new Error(`${name} is not behind the alias ${alias}`)
      await untilWritable(found)
      return found
    },

    async supersede(partition, index) {
      const name = partitionName(namespace, partition)
      await refresh()
      const generations = known.get(name) ?? []
      if (generations.at(-1) !== index) return
      if (generations.length >= maxGenerations) {
        throw new Error(`${name} has ${generations.length} generations and all are blocked`)
      }
      await closeForGood(client, index)
      const sibling = generationName(name, generations.length)
      log.warn({ index, sibling }, 'a partition refuses writes, its late samples go to a sibling')
      await createIndex(partition, sibling)
      await refresh()
    },

    forget(partition) {
      known.delete(partitionName(namespace, partition))
      knownAtMs = Number.NEGATIVE_INFINITY
    },
  }
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

/** The name of the lifecycle policy when this cluster has it. */
async function lifecyclePolicy(client: Client, name: string): Promise<string | undefined> {
  try {
    await client.ilm.getLifecycle({ name })
    return name
  } catch (error) {
    if (statusOf(error) === 404 || isUnsupported(error)) return undefined
    throw error
  }
}
