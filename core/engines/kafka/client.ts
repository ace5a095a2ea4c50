// Options that every Kafka client of the platform shares, and small helpers around them.
import { findErrorBy } from '@platformatic/kafka'

export interface KafkaAddress {
  readonly brokers: readonly string[]
  /** Shown in the broker's logs and metrics; no white space. */
  readonly name: string
}

/** Short retries only: what lasts longer is waited out by the callers, who can say so. */
export function clientOptions({ brokers, name }: KafkaAddress) {
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
  }
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
