// Brings a cluster to what this version needs: a guard against indices made by accident, new fields, a lifecycle.
import type { Client } from '@elastic/elasticsearch'
import { createClient, isUnsupported } from './client.ts'
import { aliasName, properties } from './mapping.ts'
import type { ElasticsearchOptions } from './port.ts'

/** May run at any time, any number of times. It logs a warning for each thing that the cluster cannot do, and leaves it out. */
export async function provisionElasticsearch(options: ElasticsearchOptions): Promise<void> {
  const { namespace, log } = options
  const client = createClient(options)
  const alias = aliasName(namespace)
  try {
    await guardAgainstAutoCreation(client, alias)
    await addNewFields(client, alias)
    if (await putLifecycle(client, alias)) log.info({ policy: alias }, 'lifecycle policy is in place')
    else {
      log.warn(
        { policy: alias },
        'THIS CLUSTER HAS NO INDEX LIFECYCLE MANAGEMENT: partitions stay on the tier they were made on',
      )
    }
  } finally {
    await client.close()
  }
}

/** Removes what `provisionElasticsearch` and the workers made in a namespace; for tests and demonstrations. */
export async function dropTelemetry(options: ElasticsearchOptions): Promise<void> {
  const client = createClient(options)
  const alias = aliasName(options.namespace)
  try {
    const indices = await client.indices.getAlias({ name: alias }, { ignore: [404] })
    const names = 'error' in indices ? [] : Object.keys(indices)
    if (names.length > 0) await client.indices.delete({ index: names })
    await client.indices.deleteIndexTemplate({ name: alias }, { ignore: [404] })
  } finally {
    await client.close()
  }
}

/** A write to a partition that was deleted meanwhile must fail, not make a plain index with guessed fields. */
async function guardAgainstAutoCreation(client: Client, alias: string): Promise<void> {
  await client.indices.putIndexTemplate({
    name: alias,
    index_patterns: [`${alias}-ride-*`, `${alias}-system-*`],
    priority: 500,
    allow_auto_create: false,
  })
}

/** Partitions made by an earlier version get the fields that came since. */
async function addNewFields(client: Client, alias: string): Promise<void> {
  const exists = await client.indices.existsAlias({ name: alias })
  if (exists) await client.indices.putMapping({ index: alias, properties: properties() as never })
}

/** Tiers by the age of the event month; none of them closes the index to late samples. */
async function putLifecycle(client: Client, name: string): Promise<boolean> {
  try {
    await client.ilm.putLifecycle({
      name,
      policy: {
        phases: {
          hot: { min_age: '0ms', actions: { set_priority: { priority: 100 } } },
          warm: { min_age: '60d', actions: { set_priority: { priority: 50 } } },
          cold: { min_age: '400d', actions: { set_priority: { priority: 0 } } },
        },
      },
    })
    return true
  } catch (error) {
    if (isUnsupported(error)) return false
    throw error
  }
}
