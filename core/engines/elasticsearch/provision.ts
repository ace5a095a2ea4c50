// Brings a cluster to what this version needs: a guard against indices made by accident, and new fields.
import type { Client } from '@elastic/elasticsearch'
import { createClient } from './client.ts'
import { aliasName, partitionPatterns, properties } from './mapping.ts'
import type { ElasticsearchOptions } from './port.ts'
import { researchName, researchPatterns, researchProperties } from './research-mapping.ts'

/** May run at any time, any number of times. */
export async function provisionElasticsearch(options: ElasticsearchOptions): Promise<void> {
  const { namespace } = options
  const client = createClient(options)
  const alias = aliasName(namespace)
  try {
    await guardAgainstAutoCreation(client, alias, partitionPatterns(alias))
    await guardAgainstAutoCreation(client, researchName(namespace), researchPatterns(namespace))
    await addNewFields(client, alias)
    await client.indices.putMapping({
      ...{ index: researchPatterns(namespace), allow_no_indices: true },
      properties: researchProperties() as never,
    })
  } finally {
    await client.close()
  }
}

/** Removes what `provisionElasticsearch` and the workers made in a namespace; for tests and demonstrations. */
export async function dropTelemetry(options: ElasticsearchOptions): Promise<void> {
  const client = createClient(options)
  const { namespace } = options
  const alias = aliasName(namespace)
  try {
    const indices = await client.indices.getAlias({ name: alias }, { ignore: [404] })
    const names = 'error' in indices ? [] : Object.keys(indices)
    if (names.length > 0) await client.indices.delete({ index: names })
    await client.indices.deleteIndexTemplate({ name: alias }, { ignore: [404] })
    const copied = await client.indices.get({ index: researchPatterns(namespace), features: ['settings'] })
    if (Object.keys(copied).length > 0) await client.indices.delete({ index: Object.keys(copied) })
    await client.indices.deleteIndexTemplate({ name: researchName(namespace) }, { ignore: [404] })
  } finally {
    await client.close()
  }
}

/** A write to a partition that was deleted meanwhile must fail, not make a plain index with guessed fields. */
async function guardAgainstAutoCreation(client: Client, name: string, patterns: string[]): Promise<void> {
  await client.indices.putIndexTemplate({
    name,
    index_patterns: patterns,
    priority: 500,
    allow_auto_create: false,
  })
}

/** Partitions made by an earlier version get the fields that came since. */
async function addNewFields(client: Client, alias: string): Promise<void> {
  const exists = await client.indices.existsAlias({ name: alias })
  if (exists) await client.indices.putMapping({ index: alias, properties: properties() as never })
}
