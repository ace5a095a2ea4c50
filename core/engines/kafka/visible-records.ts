// The records of a fetched partition that a reader may see: from an offset on, without control records and, for
// committed records only, without those of aborted transactions.
import type { KafkaRecord } from './port.ts'

/** A fetched partition as the client decodes it. */
export interface FetchedPartition {
  readonly partitionIndex: number
  readonly abortedTransactions: readonly { producerId: bigint; firstOffset: bigint }[] | null
  readonly records?: readonly FetchedBatch[] | null
}

export interface FetchedBatch {
  readonly firstOffset: bigint
  readonly lastOffsetDelta: number
  readonly attributes: number
  readonly firstTimestamp: bigint
  readonly maxTimestamp: bigint
  readonly producerId: bigint
  readonly records: readonly {
    readonly offsetDelta: number
    readonly timestampDelta: bigint
    readonly key: Buffer | null
    readonly value: Buffer | null
  }[]
}

export interface VisibleRecords {
  readonly records: KafkaRecord[]
  /** Where to fetch next. */
  readonly nextOffset: bigint
}

/** The broker's clock gives the time, for all records of a batch the same. */
const appendTimeBit = 0x08
const transactionalBit = 0x10
const controlBit = 0x20
const abortMarker = 0

export function visibleRecords(topic: string, fetched: FetchedPartition, fromOffset: bigint): VisibleRecords {
  const aborted = [...(fetched.abortedTransactions ?? [])].sort((a, b) =>
    Number(a.firstOffset - b.firstOffset),
  )
  const abortedProducers = new Set<bigint>()
  const records: KafkaRecord[] = []
  let nextOffset = fromOffset
  for (const batch of fetched.records ?? []) {
    const lastOffset = batch.firstOffset + BigInt(batch.lastOffsetDelta)
    for (let next = aborted[0]; next !== undefined && next.firstOffset <= lastOffset; next = aborted[0]) {
      abortedProducers.add(next.producerId)
      aborted.shift()
    }
    if (lastOffset >= nextOffset) nextOffset = lastOffset + 1n
    if ((batch.attributes & controlBit) !== 0) {
      if (batch.records[0]?.key?.readInt16BE(2) === abortMarker) abortedProducers.delete(batch.producerId)
      continue
    }
    if ((batch.attributes & transactionalBit) !== 0 && abortedProducers.has(batch.producerId)) continue
    for (const { offsetDelta, timestampDelta, key, value } of batch.records) {
      const offset = batch.firstOffset + BigInt(offsetDelta)
      if (offset < fromOffset) continue
      records.push({
        topic,
        partition: fetched.partitionIndex,
        offset,
        key,
        value,
        timestampMs: Number(
          (batch.attributes & appendTimeBit) === 0
            ? batch.firstTimestamp + timestampDelta
            : batch.maxTimestamp,
        ),
      })
    }
  }
  return { records, nextOffset }
}
