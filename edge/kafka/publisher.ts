// Publishes tracks to Kafka and says whether Kafka is there. Only this file of the edge knows the client library.
import { isIP } from 'node:net'
import { compatibilityPartitioner, ProduceAcks, Producer, SASLMechanisms } from '@platformatic/kafka'
import type { Log, OutgoingTrack, Publish } from '../ports.ts'
import { createBatcher } from './batcher.ts'

export interface KafkaPublisher {
  readonly publish: Publish
  /** Why tracks cannot be published at the moment; undefined when they can. */
  trouble(): string | undefined
  /** Sends what waits, then closes. */
  close(): Promise<void>
}

const batching = {
  lingerMs: 4,
  maxTracks: 500,
  // One batch may end up in one partition, and a broker takes 1 MiB there by default.
  maxBytes: 1_000_000,
  maxSending: 4,
  maxWaiting: 64,
  timeoutMs: 8_000,
}

/**
 * Not idempotent on purpose: the client library would then retry for ever, one request at a time. A record written
 * twice keeps its track id, and everything behind telemetry.raw counts by it.
 */
const client = {
  retries: 4,
  retryDelay: 250,
  connectTimeout: 3_000,
  requestTimeout: 6_000,
  timeout: 5_000,
  metadataMaxAge: 60_000,
}

const probeEveryMs = 1_000
const probeTimeoutMs = 4_000

/** TLS that verifies each broker's name, and SCRAM-SHA-512. */
export interface KafkaSecurity {
  /** PEM of who signs the brokers' certificates; those that the runtime trusts when absent. */
  readonly ca?: string | undefined
  readonly username: string
  /** Asked at each connection. */
  readonly password: () => string
}

export function createKafkaPublisher(options: {
  brokers: readonly string[]
  /** Plain text when absent. */
  security?: KafkaSecurity
  topic: string
  clientId: string
  log: Log
}): KafkaPublisher {
  const { brokers, security, topic, clientId, log } = options
  const producer = new Producer({
    clientId,
    bootstrapBrokers: [...brokers],
    acks: ProduceAcks.ALL,
    partitioner: compatibilityPartitioner,
    ...client,
    ...(security && securityOptions(security, brokers)),
  })
  const health = createHealth({
    probe: () => producer.metadata({ topics: [topic], forceUpdate: true, retries: 0 }),
    log,
  })
  const send = async (tracks: readonly OutgoingTrack[]): Promise<void> => {
    const messages = tracks.map(({ key, value }) => ({ topic, key: asBuffer(key), value: asBuffer(value) }))
    await producer.send({ messages, acks: ProduceAcks.ALL })
  }
  const batcher = createBatcher({ send, ...batching })
  return {
    publish: batcher.publish,
    trouble: health.trouble,
    async close() {
      await batcher.flush()
      health.stop()
      await producer.close(true)
    },
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

/** A view, not a copy. The client library partitions by Buffers only. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Asks Kafka once a second; two unanswered questions in a row are trouble, one answer ends it. */
function createHealth({ probe, log }: { probe: () => Promise<unknown>; log: Log }) {
  let failures = 2
  let stopped = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let trouble: string | undefined = 'Kafka has not answered yet'

  async function ask(): Promise<void> {
    try {
      await withTimeout(probe(), probeTimeoutMs)
      if (trouble !== undefined && !stopped) log.info({}, 'Kafka answers')
      failures = 0
      trouble = undefined
    } catch (error) {
      failures++
      if (failures >= 2 && trouble === undefined) log.warn({ err: error }, 'Kafka does not answer')
      if (failures >= 2) trouble = 'Kafka does not answer'
    }
    if (!stopped) timer = setTimeout(ask, probeEveryMs)
  }

  void ask()
  return {
    trouble: () => trouble,
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  return Promise.race([work, promise]).finally(() => clearTimeout(timer))
}
