// The telemetry store on Elasticsearch, for its writer.
import { createClient, type ElasticsearchScope, optionsOf, ping } from './client.ts'
import { createDocuments, findDocuments, getDocuments } from './documents.ts'
import { createGenerations } from './generations.ts'
import type { Connection, TelemetryWriter, WriterOptions } from './port.ts'

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

/** For a service, closed with it. */
export function openTelemetryWriter(scope: ElasticsearchScope): ReturnType<typeof createTelemetryWriter> {
  const writer = createTelemetryWriter(optionsOf(scope))
  scope.onClose(writer.close)
  return writer
}
