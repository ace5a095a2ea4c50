// Writes records and resolves when Kafka has them for good.
import { ProduceAcks, Producer } from '@platformatic/kafka'
import type { Logger } from 'pino'
import { within } from '../../runtime/back-off.ts'
import { clientOptions, explain, type KafkaAddress } from './client.ts'
import { partitionSeed } from './partitioner.ts'
import type { OutgoingRecord, RecordProducer } from './port.ts'

export interface ProducerOptions extends KafkaAddress {
  readonly log: Logger
}

// The client makes one record batch a partition and request; this keeps it below the broker's default limit of 1 MiB.
const requestBytes = 900_000
const recordOverheadBytes = 64
const sendTimeoutMs = 60_000

export function createProducer({ log, ...address }: ProducerOptions): RecordProducer {
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
    close: async () => {
      await producer.close(true)
    },
  }
}

/** Cuts records, in order, into requests that the broker accepts. A record beyond the limit goes alone. */
export function* chunks(records: readonly OutgoingRecord[]): Generator<OutgoingRecord[]> {
  let chunk: OutgoingRecord[] = []
  let bytes = 0
  for (const record of records) {
    const size = record.value.length + record.key.length + recordOverheadBytes
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

export function toMessage({ topic, key, value }: OutgoingRecord) {
  return { topic, key: asBuffer(key), value: asBuffer(value) }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
