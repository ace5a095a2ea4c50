// Kafka transactions of records and consumer offsets. After any failure the object is of no use; make a new one.
import { ProduceAcks, Producer } from '@platformatic/kafka'
import type { Logger } from 'pino'
import { within } from '../worker/waiting.ts'
import { clientOptions, explain } from './client.ts'
import { partitionSeed } from './partitioner.ts'
import type { OutgoingRecord } from './port.ts'
import { chunks, toMessage } from './producer.ts'
import type { NextOffset } from './record-buffer.ts'

export interface TransactionsOptions {
  readonly brokers: readonly string[]
  readonly transactionalId: string
  readonly log: Logger
}

export interface TransactionWork {
  readonly records: readonly OutgoingRecord[]
  readonly next: readonly NextOffset[]
  readonly member: { groupId: string; memberId: string; generationId: number; coordinatorId: number }
  readonly commitBeforeMs?: number
}

export interface Transactions {
  /** Fences former owners of the transactional id and ends what they left open. */
  init(): Promise<void>
  /** 'late': aborted, because it could not be committed before `commitBeforeMs`. */
  write(work: TransactionWork): Promise<'committed' | 'late'>
  close(): Promise<void>
}

// Kafka aborts what is open longer: the bound on how late after its decision a transaction can still be committed.
const transactionTimeoutMs = 10_000

export function createTransactions({ brokers, transactionalId, log }: TransactionsOptions): Transactions {
  const producer = new Producer({
    ...clientOptions({ brokers, name: transactionalId }),
    timeout: transactionTimeoutMs,
    // The broker answers CONCURRENT_TRANSACTIONS for a moment after each transaction.
    retries: 200,
    retryDelay: (_client, _operation, attempt) => Math.min(2 ** Math.min(attempt, 10), 200),
    transactionalId,
    idempotent: true,
    // The client's default, 0, would claim to be producer number 0; -1 asks for an id.
    producerId: -1n,
    producerEpoch: -1,
    acks: ProduceAcks.ALL,
    partitioner: (_message, key) => (key === undefined ? 0 : partitionSeed(key)),
  })
  producer.on('error', (error) => log.warn({ reason: explain(error) }, 'Kafka transactions'))

  async function writeNow({
    records,
    next,
    member,
    commitBeforeMs,
  }: TransactionWork): Promise<'committed' | 'late'> {
    const transaction = await producer.beginTransaction()
    for (const chunk of chunks(records)) await transaction.send({ messages: chunk.map(toMessage) })
    const consumer = { groupId: member.groupId }
    await transaction.addConsumer(consumer as Parameters<typeof transaction.addConsumer>[0])
    // One after the other: the client merges concurrent calls into one.
    for (const { topic, partition, offset } of next) {
      const message = { topic, partition, offset: offset - 1n, metadata: { consumer: member } }
      await transaction.addOffset(message as unknown as Parameters<typeof transaction.addOffset>[0])
    }
    if (commitBeforeMs !== undefined && Date.now() >= commitBeforeMs) {
      await transaction.abort()
      return 'late'
    }
    await transaction.commit()
    return 'committed'
  }

  return {
    async init() {
      const transaction = await within(producer.beginTransaction(), 30_000, 'starting transactions')
      await transaction.cancel()
    },
    write: (work) => within(writeNow(work), 3 * transactionTimeoutMs, 'a transaction'),
    close: async () => {
      await producer.close(true)
    },
  }
}
