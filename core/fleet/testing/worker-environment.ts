// Topics and a database for fleet processes, and what tests ask of both.
import { toBinary, toJsonString } from '@bufbuild/protobuf'
import { pino } from 'pino'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { sealedBy, sealedStatement, testAudience, testPartner } from '../../../testkit/partners.ts'
import { createBatchConsumer } from '../../engines/kafka/consumer.ts'
import type { BatchConsumer } from '../../engines/kafka/port.ts'
import { createProducer } from '../../engines/kafka/producer.ts'
import { readTopic } from '../../engines/kafka/read-topic.ts'
import { deleteTopics, ensureTopics } from '../../engines/kafka/topics.ts'
import { type Topic, topicName } from '../../topics.ts'

export interface WorkerEnvironment {
  /** Of a fleet process, but for its database. */
  readonly env: Readonly<Record<string, string>>
  readonly producer: ReturnType<typeof createProducer>
  topic(name: Topic): string
  /** Writes statements to `manufacturing.events`, every second one in JSON, each sealed by its source. */
  send(statements: readonly ManufacturingEvent[]): Promise<void>
  /** Sealed by the plant in Dresden. */
  sendBytes(payloads: readonly Uint8Array[]): Promise<void>
  /** The values of all records of a topic. */
  values(topic: Topic): Promise<Buffer[]>
  /** Reads the whole topic from its beginning. */
  consumer(group: string): BatchConsumer
  close(): Promise<void>
}

export async function createWorkerEnvironment(
  brokers: readonly string[],
  namespace: string,
): Promise<WorkerEnvironment> {
  const log = pino({ level: 'silent' })
  await ensureTopics({ brokers, namespace })
  const producer = createProducer({ brokers, name: 'test', log })
  const topic = (name: Topic) => topicName(namespace, name)
  const toEvents = (value: Uint8Array, index: number) => ({
    topic: topic('manufacturing.events'),
    key: Buffer.from(String(index)),
    value,
  })
  return {
    env: { NAMESPACE: namespace, KAFKA_BROKERS: brokers.join(','), STATEMENT_AUDIENCE: testAudience },
    producer,
    topic,
    send: (statements) =>
      producer.send(
        statements.map((said, index) => sealedStatement(said, encode(said, index))).map(toEvents),
      ),
    sendBytes: (payloads) =>
      producer.send(payloads.map((bytes) => sealedBy(testPartner('plant:dresden'), bytes)).map(toEvents)),
    async values(name) {
      const found: Buffer[] = []
      for await (const { value } of readTopic({ brokers, topic: topic(name) })) {
        if (value !== null) found.push(value)
      }
      return found
    },
    consumer: (group) =>
      createBatchConsumer({
        brokers,
        group: `${namespace}.${group}`,
        topics: [topic('manufacturing.events')],
        limits: { maxRecords: 100, maxBytes: 1024 * 1024 },
        log,
      }),
    async close() {
      await producer.close()
      await deleteTopics({ brokers, namespace })
    },
  }
}

function encode(statement: ManufacturingEvent, index: number): Uint8Array {
  if (index % 2 === 0) return toBinary(ManufacturingEventSchema, statement)
  return Buffer.from(toJsonString(ManufacturingEventSchema, statement))
}
