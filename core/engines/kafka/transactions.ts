// Kafka transactions of records and consumer offsets, and writes for one process at a time. After any failure the object is of no use; make a new one.
import { addPartitionsToTxnV3, kGetApi, ProduceAcks, Producer } from '@platformatic/kafka'
import type { Logger } from 'pino'
import { within } from '../../runtime/back-off.ts'
import { clientOptions, explain, type KafkaCluster } from './client.ts'
import type { FencedWriter, TransactionPlan } from './port.ts'
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

/** From version 4 on that request is of brokers among themselves, and needs a right over the whole cluster. */
class ClientProducer extends Producer {
  override [kGetApi]: Producer[typeof kGetApi] = (name, callback) => {
    if (name === 'AddPartitionsToTxn') callback(null, addPartitionsToTxnV3.api as never)
    else super[kGetApi](name, callback)
  }
}

export function createTransactions(options: TransactionsOptions): Transactions {
  const { brokers, security, transactionalId, log } = options
  const producer = new ClientProducer({
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

/**
 * Who opens a writer of a name ends what the former one left open, and shuts it out. Each write is a transaction: of all its records
 * or none, for readers of committed records.
 */
export async function openFencedWriter(options: TransactionsOptions): Promise<FencedWriter> {
  const transactions = createTransactions(options)
  const close = () =>
    transactions.close().catch((error) => options.log.info({ reason: explain(error) }, 'closing a writer'))
  try {
    await transactions.init()
  } catch (error) {
    await close()
    throw error
  }
  return {
    async write(records) {
      const end = await transactions.write({ records })
      if (end !== 'committed') throw new Error('Kafka took too long to write')
    },
    close,
  }
}
