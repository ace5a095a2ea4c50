// Kafka transactions of records and consumer offsets. After any failure the object is of no use; make a new one.
import { ProduceAcks, Producer } from '@platformatic/kafka'
import type { Logger } from 'pino'
import { within } from '../../runtime/back-off.ts'
import { clientOptions, explain, type KafkaCluster } from './client.ts'
import type { TransactionPlan } from './port.ts'
import { chunks, partitionSeed, toMessage } from './producer.ts'
import type { NextOffset } from './record-buffer.ts'

export interface TransactionsOptions extends KafkaCluster {
  readonly transactionalId: string
  readonly log: Logger
}

interface TransactionWork extends TransactionPlan {
  /** Of the consumer `member`; absent where the records answer for none. */
  readonly next?: readonly NextOffset[]
  readonly member?: { groupId: string; memberId: string; generationId: number; coordinatorId: number }
}

export interface Transactions {
  /** Fences former owners of the transactional id and ends what they left open. */
  init(): Promise<void>
  /** 'outdated': aborted, because it does not hold any more. Rejects with TransactionFailed. */
  write(work: TransactionWork): Promise<'committed' | 'outdated'>
  close(): Promise<void>
}

/** Whether the transaction was committed is unknown; the next `init` decides it. */
export class TransactionFailed extends Error {}

// Kafka aborts what is open longer.
const transactionTimeoutMs = 10_000
const closeTimeoutMs = 1_000

export function createTransactions(options: TransactionsOptions): Transactions {
  const { brokers, security, transactionalId, log } = options
  const producer = new Producer({
    ...clientOptions({ brokers, security, name: transactionalId }),
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

  async function prepare({ records, next = [], member }: TransactionWork) {
    const transaction = await producer.beginTransaction()
    for (const chunk of chunks(records)) await transaction.send({ messages: chunk.map(toMessage) })
    if (member === undefined) return transaction
    const consumer = { groupId: member.groupId }
    await transaction.addConsumer(consumer as Parameters<typeof transaction.addConsumer>[0])
    // One after the other: the client merges concurrent calls into one.
    for (const { topic, partition, offset } of next) {
      const message = { topic, partition, offset: offset - 1n, metadata: { consumer: member } }
      await transaction.addOffset(message as unknown as Parameters<typeof transaction.addOffset>[0])
    }
    return transaction
  }

  async function mayCommit({ stillHolds = async () => true }: TransactionWork, ms: number): Promise<boolean> {
    try {
      return await within(stillHolds(), ms, 'asking whether a decision still holds')
    } catch (error) {
      log.warn({ reason: explain(error) }, 'a decision is not believed any more')
      return false
    }
  }

  async function writeNow(work: TransactionWork): Promise<'committed' | 'outdated'> {
    const { commitWithinMs = transactionTimeoutMs, onCommit } = work
    const transaction = await within(prepare(work), 3 * transactionTimeoutMs, 'writing a transaction')
    const askedAtMs = performance.now()
    const passedMs = () => performance.now() - askedAtMs
    const holds = await mayCommit(work, commitWithinMs)
    const leftMs = commitWithinMs - passedMs()
    if (!holds || leftMs <= 0) {
      await within(transaction.abort(), transactionTimeoutMs, 'aborting a transaction')
      return 'outdated'
    }
    await within(transaction.commit(), leftMs, 'committing a transaction')
    onCommit?.(passedMs() / 1000)
    return 'committed'
  }

  async function close(): Promise<void> {
    await producer.close(true)
  }

  return {
    async init() {
      const transaction = await within(producer.beginTransaction(), 30_000, 'starting transactions')
      await transaction.cancel()
    },
    async write(work) {
      try {
        return await writeNow(work)
      } catch (error) {
        // The client would go on trying to commit.
        await within(close(), closeTimeoutMs, 'closing').catch(() => undefined)
        throw new TransactionFailed('a transaction failed', { cause: error })
      }
    },
    close,
  }
}
