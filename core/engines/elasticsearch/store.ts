// The telemetry store on Elasticsearch.
import { createClient } from './client.ts'
import { createDocuments } from './create-documents.ts'
import { findDocuments, getDocuments } from './existing-documents.ts'
import { createGenerations } from './generations.ts'
import { aliasName } from './partitions.ts'
import type { TelemetryStore, TelemetryStoreOptions } from './port.ts'
import { readSamples } from './read-samples.ts'

export function createTelemetryStore(options: TelemetryStoreOptions): TelemetryStore {
  const { namespace, log, holdMs } = options
  const client = createClient(options)
  const generations = createGenerations({ client, namespace, log, ...(holdMs !== undefined && { holdMs }) })
  const alias = aliasName(namespace)
  return {
    generations: generations.of,
    supersede: generations.supersede,
    forget: generations.forget,
    create: (index, bulk) => createDocuments(client, index, bulk),
    get: (index, ids) => getDocuments(client, index, ids),
    find: (indices, identities) => findDocuments(client, indices, identities),
    readSamples: (query) => readSamples(client, alias, query),
    ping: async () => void (await client.cluster.health({ timeout: '2s' }, { requestTimeout: 5_000 })),
    close: () => client.close(),
  }
}
