// A consumer whose results are written together with its offsets: each batch's records are in Kafka exactly once for
// readers of committed records, whatever crashes.
import type { Logger } from 'pino'
import { explain } from './client.ts'
import { type ConsumerOptions, createConsumption } from './consumer.ts'
import type { TransactionalConsumer } from './port.ts'
import { createTransactions, type Transactions } from './transactions.ts'

export interface TransactionalConsumerOptions extends ConsumerOptions {
  /** Names the writer over its restarts: a new one with the same id ends what the former left open. */
  readonly transactionalId: string
  readonly log: Logger
}

export function createTransactionalConsumer(options: TransactionalConsumerOptions): TransactionalConsumer {
  const { brokers, transactionalId, log } = options
  const consumption = createConsumption(options)
  let transactions: Transactions | undefined

  // Whatever failed before, possibly with an unknown end, is decided before offsets are read again.
  async function begin(): Promise<void> {
    await transactions?.close()
    transactions = createTransactions({ brokers, transactionalId, log })
    await transactions.init()
  }

  return {
    run: (handle, signal) =>
      consumption.run(
        async (membership, batch) => {
          for (;;) {
            const plan = await consumption.retry(() => handle(batch.records, signal), {
              membership,
              batch,
              signal,
            })
            if (plan === undefined || !membership.isCurrent(batch)) return membership.rewind()
            const { records, commitBeforeMs } = plan.value
            if (records.length === 0) return membership.commit(batch)
            if (transactions === undefined) throw new Error('no transactions without a membership')
            const end = await transactions.write({
              records,
              next: batch.next,
              member: membership.member(),
              ...(commitBeforeMs !== undefined && { commitBeforeMs }),
            })
            if (end === 'committed') return membership.committed(batch)
            log.info({ records: records.length }, 'a transaction came too late and is repeated')
            if (signal.aborted) return
          }
        },
        signal,
        begin,
      ),
    lag: consumption.lag,
    trouble: consumption.trouble,
    async close() {
      await consumption.close()
      await transactions
        ?.close()
        .catch((error) => log.info({ reason: explain(error) }, 'closing transactions'))
    },
  }
}
