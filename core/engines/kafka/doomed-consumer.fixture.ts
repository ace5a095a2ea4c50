// A process for the tests to kill: consumes a topic, by transactions or not, and says on standard output what it does.
import pino from 'pino'
import { createBatchConsumer } from './consumer.ts'
import type { KafkaRecord } from './port.ts'
import { createTransactionalConsumer } from './transactional.ts'

interface Order {
  brokers: string[]
  group: string
  from: string
  /** Where transactions write; absent for a consumer without. */
  to?: string
}

const { brokers, group, from, to } = JSON.parse(process.argv[2] ?? '') as Order
const log = pino({ level: 'silent' })
const options = { brokers, group, topics: [from], limits: { maxRecords: 20, maxBytes: 100_000 }, log }
const signal = new AbortController().signal

async function handle(batch: readonly KafkaRecord[]): Promise<void> {
  process.stdout.write(`${batch.map(({ value }) => String(value)).join(' ')}\n`)
  await new Promise((resolve) => setTimeout(resolve, 20))
}

if (to === undefined) await createBatchConsumer(options).run(handle, signal)
else {
  const consumer = createTransactionalConsumer({ ...options, transactionalId: group })
  await consumer.run(async (batch) => {
    await handle(batch)
    return {
      records: batch.map(({ key, value }) => ({ topic: to, key: key as Buffer, value: value as Buffer })),
    }
  }, signal)
}
