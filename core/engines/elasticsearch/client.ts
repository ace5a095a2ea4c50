// The connection to Elasticsearch: bounded in time, in sockets, and without retries of its own.
import { readFileSync } from 'node:fs'
import { Client, errors } from '@elastic/elasticsearch'
import type { Config, Setting } from '../../runtime/config.ts'
import type { Scope } from '../../runtime/service.ts'
import type { Connection, ElasticsearchOptions } from './port.ts'

export const elasticsearchSettings = [
  'ELASTICSEARCH_URL',
  'ELASTICSEARCH_USERNAME',
  'ELASTICSEARCH_PASSWORD',
  'ELASTICSEARCH_CA_FILE',
] as const satisfies readonly Setting[]

type ElasticsearchSetting = (typeof elasticsearchSettings)[number]

export type ElasticsearchScope = Scope<ElasticsearchSetting>

interface ElasticsearchAddress {
  readonly config: Config<ElasticsearchSetting | 'NAMESPACE'>
  readonly log: ElasticsearchOptions['log']
}

/** How a service or a command reaches the engine. Throws when the file of the authority cannot be read. */
export function optionsOf({ config, log }: ElasticsearchAddress): ElasticsearchOptions {
  return {
    url: config.ELASTICSEARCH_URL,
    username: config.ELASTICSEARCH_USERNAME,
    password: config.ELASTICSEARCH_PASSWORD,
    ...(config.ELASTICSEARCH_CA_FILE !== undefined && {
      ca: readFileSync(config.ELASTICSEARCH_CA_FILE, 'utf8'),
    }),
    namespace: config.NAMESPACE,
    log,
  }
}

/** What `create` makes for a service, closed with it. */
export function openFor<Store extends Connection>(
  scope: ElasticsearchScope,
  create: (options: ElasticsearchOptions) => Store,
): Store {
  const store = create(optionsOf(scope))
  scope.onClose(store.close)
  return store
}

export const requestTimeoutMs = 30_000

/** Retries are the worker's business, who knows what a repeat means; the client makes none. */
export function createClient({ url, username, password, ca }: Omit<ElasticsearchOptions, 'log'>): Client {
  return new Client({
    node: url,
    auth: { username, password },
    ...(ca !== undefined && { tls: { ca } }),
    maxRetries: 0,
    requestTimeout: requestTimeoutMs,
    // A node that failed once is tried again at once: there may be no other.
    resurrectStrategy: 'none',
    agent: { connections: 8 },
  })
}

/** Rejects with what is wrong when the engine does not answer. */
export async function ping(client: Client): Promise<void> {
  await client.cluster.health({ timeout: '2s' }, { requestTimeout: 5_000 })
}

/** The type of the engine's error, such as `resource_already_exists_exception`; undefined for other failures. */
export function engineErrorType(error: unknown): string | undefined {
  if (!(error instanceof errors.ResponseError)) return undefined
  const body = error.body as { error?: { type?: string } | string } | undefined
  return typeof body?.error === 'object' ? body.error.type : undefined
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof errors.ResponseError ? error.statusCode : undefined
}
