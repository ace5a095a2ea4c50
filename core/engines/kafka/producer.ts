// Writes records and resolves when Kafka has them for good.
import { ProduceAcks, Producer } from '@platformatic/kafka'
import type { Logger } from 'pino'
import { within } from '../../runtime/back-off.ts'
import { clientOptions, clusterOf, explain, type KafkaAddress, type KafkaScope } from './client.ts'
import type { OutgoingRecord, RecordProducer, Tombstone } from './port.ts'

interface Pinged {
  /** Rejects with why Kafka does not answer. */
  ping(): Promise<void>
}

export interface ProducerOptions extends KafkaAddress {
  readonly log: Logger
}

// The client makes one record batch a partition and request; this keeps it below the broker's default limit of 1 MiB.
const requestBytes = 900_000
const recordOverheadBytes = 64
const sendTimeoutMs = 60_000

export function createProducer({ log, ...address }: ProducerOptions): RecordProducer & Pinged {
  const producer = new Producer({
    ...clientOptions(address),
    acks: ProduceAcks.ALL,
    partitioner: (_message, key) => (key === undefined ? 0 : partitionSeed(key)),
  })
  producer.on('error', (error) => log.warn({ reason: explain(error) }, 'Kafka producer'))
  return {
    async send(records) {
      for (const chunk of chunks(records)) {
        const sent = producer.send({ messages: chunk.map(toMessage), acks: ProduceAcks.ALL })
        await within(sent, sendTimeoutMs, 'writing to Kafka')
      }
    },
    async ping() {
      const asked = producer.metadata({ topics: [], forceUpdate: true })
      await asked.catch((error: unknown) => Promise.reject(new Error(explain(error), { cause: error })))
    },
    close: async () => {
      await producer.close(true)
    },
  }
}

/** Named after the service, closed with it. */
export function openProducer(scope: KafkaScope): RecordProducer & Pinged {
  const producer = createProducer({ ...clusterOf(scope.config), name: scope.group, log: scope.log })
  scope.onClose(producer.close)
  return producer
}

/** Cuts records, in order, into requests that the broker accepts. A record beyond the limit goes alone. */
export function* chunks<R extends OutgoingRecord | Tombstone>(records: readonly R[]): Generator<R[]> {
  let chunk: R[] = []
  let bytes = 0
  for (const record of records) {
    const size = (record.value?.length ?? 0) + record.key.length + recordOverheadBytes
    if (chunk.length > 0 && bytes + size > requestBytes) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(record)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}

export function toMessage({ topic, key, value }: OutgoingRecord | Tombstone) {
  // The client writes null for a value that is undefined; its types leave that out.
  return {
    topic,
    key: asBuffer(key),
    value: value === null ? (undefined as unknown as Buffer) : asBuffer(value),
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

// Which partition a key belongs to: murmur2 as in Kafka's Java client, so that other tools find the same one.
const seed = 0x9747b28c
const m = 0x5bd1e995

/** 32-bit murmur2 of the bytes, as a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  let h = seed ^ length
  const blocks = length - (length % 4)
  for (let i = 0; i < blocks; i += 4) {
    let k = at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    h = Math.imul(h, m) ^ Math.imul(k, m)
  }
  const rest = length - blocks
  if (rest > 2) h ^= at(bytes, blocks + 2) << 16
  if (rest > 1) h ^= at(bytes, blocks + 1) << 8
  if (rest > 0) h = Math.imul(h ^ at(bytes, blocks), m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  return h ^ (h >>> 15)
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number
}

/** A number that the client takes modulo the topic's partitions. */
export function partitionSeed(key: Uint8Array): number {
  return murmur2(key) & 0x7fffffff
}
