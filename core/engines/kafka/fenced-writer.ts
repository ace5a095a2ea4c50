// Writes for one process at a time: who opens a writer of a name ends what the former one left open, and shuts it out.
import { explain } from './client.ts'
import type { FencedWriter } from './port.ts'
import { createTransactions, type TransactionsOptions } from './transactions.ts'

/** Each write is a transaction: of all its records or none, for readers of committed records. */
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
