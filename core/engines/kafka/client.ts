// Options that every Kafka client of the platform shares, and small helpers around them.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { findErrorBy, SASLMechanisms } from '@platformatic/kafka'
import type { Config, Setting } from '../../runtime/config.ts'
import type { Scope } from '../../runtime/service.ts'
import type { Topic } from '../../topics.ts'
import type { BatchLimits } from './port.ts'

/** All that tell how Kafka is reached. */
export const kafkaSettings = [
  'KAFKA_BROKERS',
  'KAFKA_SECURITY_PROTOCOL',
  'KAFKA_CA_FILE',
  'KAFKA_USERNAME',
  'KAFKA_PASSWORD_FILE',
] as const satisfies readonly Setting[]
type KafkaSetting = (typeof kafkaSettings)[number]

export type KafkaScope = Scope<KafkaSetting>

/** Of a service, in its consumer group. */
export interface Consumption {
  readonly topics: readonly Topic[]
  readonly limits: BatchLimits
}

export interface KafkaCluster {
  readonly brokers: readonly string[]
  /** TLS that verifies each broker's name, and SCRAM-SHA-512; plain text without. */
  readonly security?: KafkaSecurity | undefined
}

export interface KafkaSecurity {
  /** PEM of who signs the brokers' certificates; those that Node trusts when absent. */
  readonly ca?: string | undefined
  readonly username: string
  /** Asked at each connection. */
  readonly password: () => string
}

export interface KafkaAddress extends KafkaCluster {
  /** Shown in the broker's logs and metrics; no white space. */
  readonly name: string
}

/** Short retries only: what lasts longer is waited out by the callers, who can say so. */
export function clientOptions({ brokers, security, name }: KafkaAddress) {
  return {
    clientId: name,
    bootstrapBrokers: [...brokers],
    connectTimeout: 3_000,
    requestTimeout: 20_000,
    timeout: 10_000,
    // Nested in the client: with n retries an operation without a broker fails after about (n + 1)³ delays.
    retries: 2,
    retryDelay: 100,
    metadataMaxAge: 30_000,
    ...(security && securityOptions(security, brokers)),
  }
}

function securityOptions({ ca, username, password }: KafkaSecurity, brokers: readonly string[]) {
  return {
    tls: { rejectUnauthorized: true, ...(ca && { ca }) },
    // Told to the broker as SNI, which knows no addresses. The certificate's name is checked either way.
    tlsServerName: !brokers.some((broker) => isIP(broker.split(':')[0] ?? '')),
    sasl: { mechanism: SASLMechanisms.SCRAM_SHA_512, username, password },
  }
}

/** Throws when the file of the authority cannot be read. A new password needs no restart: its file is read at each connection. */
export function clusterOf(config: Config<KafkaSetting>): KafkaCluster {
  const { KAFKA_BROKERS: brokers, KAFKA_CA_FILE: caFile, KAFKA_USERNAME: username = '' } = config
  if (config.KAFKA_SECURITY_PROTOCOL === 'PLAINTEXT') return { brokers }
  const password = () => readFileSync(config.KAFKA_PASSWORD_FILE ?? '', 'utf8').trim()
  const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8')
  return { brokers, security: { ca, username, password } }
}

/** True when the error says that the group has moved on without this member. */
export function isMembershipError(error: unknown): boolean {
  return findErrorBy(error as Error, 'needsRejoin', true) !== null
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** One line for people: the deepest message of the client's nested errors. */
export function explain(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return explain(thrown.errors.at(-1))
  const { message, cause } = asError(thrown)
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
