// How far telemetry.stored has been delivered, as records of analytics.progress. They are written in the transaction that
// delivers, so they are true whatever crashes, and stay true when somebody moves the consumer group's offsets.
import type { KafkaRecord, OutgoingRecord } from '../../engines/kafka/port.ts'
import type { Progress, SourcePosition } from './port.ts'

const text = new TextEncoder()

/** One record a partition of the batch: the offset after its last record. */
export function progressRecords(topic: string, batch: readonly SourcePosition[]): OutgoingRecord[] {
  const next = new Map<number, bigint>()
  for (const { partition, offset } of batch) next.set(partition, offset + 1n)
  return [...next].map(([partition, offset]) => ({
    topic,
    key: text.encode(String(partition)),
    value: text.encode(String(offset)),
  }))
}

/** The sum of all records of analytics.progress. */
export async function readProgress(records: AsyncIterable<KafkaRecord>): Promise<Progress> {
  const progress = new Map<number, bigint>()
  for await (const { key, value } of records) {
    const partition = Number(key?.toString())
    const next = BigInt(value?.toString() ?? 0)
    if (next > (progress.get(partition) ?? 0n)) progress.set(partition, next)
  }
  return progress
}

/**
 * Tells which records of a batch were delivered before. Progress is read again when a partition comes up for the first time or
 * goes back: after a rebalance, a failed transaction or a replay. While a partition only goes forward, what was read holds.
 */
export function createDeliveredFilter(read: () => Promise<Progress>) {
  const highest = new Map<number, bigint>()
  let progress: Progress = new Map()
  return async function undelivered<R extends SourcePosition>(batch: readonly R[]): Promise<R[]> {
    const goesOn = batch.every(({ partition, offset }) => offset > (highest.get(partition) ?? offset))
    if (!goesOn) progress = await read()
    for (const { partition, offset } of batch) highest.set(partition, offset)
    return batch.filter(({ partition, offset }) => offset >= (progress.get(partition) ?? 0n))
  }
}
