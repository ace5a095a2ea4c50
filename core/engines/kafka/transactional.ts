// A consumer whose results are written together with its offsets: each batch's records are in Kafka exactly once for
// readers of committed records, whatever crashes.
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { type Consumption, clusterOf, explain, type KafkaScope } from './client.ts'
import { type ConsumerOptions, createConsumption, type Served } from './consumer.ts'
import type { Batch, Membership } from './membership.ts'
import type { TransactionalConsumer, TransactionPlan } from './port.ts'
import { createTransactions, TransactionFailed, type Transactions } from './transactions.ts'

export interface TransactionalConsumerOptions extends ConsumerOptions {
  /** Names the writer over its restarts: a new one with the same id ends what the former left open. */
  readonly transactionalId: string
  readonly log: Logger
}

export function createTransactionalConsumer(
  options: TransactionalConsumerOptions,
): Served<TransactionalConsumer> {
  const { brokers, security, transactionalId, log } = options
  const consumption = createConsumption(options)
  let transactions: Transactions | undefined

  // Whatever failed before, possibly with an unknown end, is decided before offsets are read again.
  async function begin(): Promise<void> {
    await transactions?.close()
    transactions = createTransactions({ brokers, security, transactionalId, log })
    await transactions.init()
  }

  /** Tries twice before it throws: what was decided may well change once in the middle of a batch. */
  async function decideAndWrite(
    decide: () => Promise<TransactionPlan>,
    membership: Membership,
    batch: Batch,
  ) {
    for (let attempt = 0; attempt < 2; attempt++) {
      const plan = await decide()
      if (!membership.isCurrent(batch)) return 'lost'
      if (plan.records.length === 0) return 'nothing to write'
      if (transactions === undefined) throw new Error('no transactions without a membership')
      const end = await transactions.write({ ...plan, next: batch.next, member: membership.member() })
      if (end === 'committed') return end
      log.info({ records: plan.records.length }, 'a transaction was outdated before its commit')
    }
    throw new Error('decisions are outdated before Kafka can commit them')
  }

  return {
    run: (handle, signal) =>
      consumption.run(
        async (membership, batch) => {
          const decide = () => handle(batch.records, signal)
          const done = await consumption.retry(() => decideAndWrite(decide, membership, batch), {
            membership,
            batch,
            signal,
            isFinal: (error) => error instanceof TransactionFailed,
          })
          if (done?.value === 'committed') membership.committed(batch)
          else if (done?.value === 'nothing to write') await membership.commit(batch)
          else membership.rewind()
        },
        signal,
        begin,
      ),
    lag: consumption.lag,
    inFlight: consumption.inFlight,
    away: consumption.away,
    trouble: consumption.trouble,
    async close() {
      await consumption.close()
      await transactions
        ?.close()
        .catch((error) => log.info({ reason: explain(error) }, 'closing transactions'))
    },
  }
}

/** Its transactional id is not shared by two processes at a time, and the same again after a crash, which ends what that left open. */
export function openTransactionalConsumer(
  scope: KafkaScope,
  { topics, limits }: Consumption,
): TransactionalConsumer {
  const { PORT: port } = scope.config
  const consumer = createTransactionalConsumer({
    ...{ ...clusterOf(scope.config), group: scope.group, limits, log: scope.log },
    topics: topics.map(scope.topic),
    transactionalId: `${scope.group}-${hostname()}-${port || randomUUID()}`,
  })
  scope.onReadiness('Kafka', consumer.away)
  scope.onClose(consumer.close)
  return consumer
}
