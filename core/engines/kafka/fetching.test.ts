import type { ConnectionPool, Consumer } from '@platformatic/kafka'
import { expect, onTestFinished, test } from 'vitest'
import type { FetchedTopic, fetchRecords } from './fetch.ts'
import { startFetching } from './fetching.ts'
import { createRecordBuffer } from './record-buffer.ts'

const topicId = 'the id of t'
const kib = 1024
const limits = { maxRecords: 1, maxBytes: 100 * kib }

/** Broker 1 leads partition 0, broker 2 leads partition 1. */
const consumer = {
  topics: { current: ['t'] },
  metadata: async () => ({
    topics: new Map([['t', { id: topicId, partitions: [{ leader: 1 }, { leader: 2 }] }]]),
  }),
} as unknown as Pick<Consumer, 'metadata' | 'topics'>

/** One record of 1 KiB at the offset that was asked for. */
function recordAt(partitionIndex: number, offset: bigint): FetchedTopic {
  const records = [{ offsetDelta: 0, timestampDelta: 0n, key: null, value: Buffer.alloc(kib) }]
  const batch = {
    firstOffset: offset,
    lastOffsetDelta: 0,
    attributes: 0,
    firstTimestamp: 0n,
    maxTimestamp: 0n,
    producerId: -1n,
    records,
  }
  const partitions = [{ partitionIndex, abortedTransactions: null, records: [batch] }]
  return { topicId, partitions } as unknown as FetchedTopic
}

async function fetching(of: { partitions: readonly number[]; maxBytes: number; fetch: typeof fetchRecords }) {
  const buffer = createRecordBuffer()
  const failures: unknown[] = []
  const starts = of.partitions.map((partition) => ({ topic: 't', partition, offset: 5n }))
  const stop = await startFetching({
    ...of,
    consumer,
    pool: {} as ConnectionPool,
    buffer,
    starts,
    fail: (error) => failures.push(error),
  })
  onTestFinished(stop)
  return { buffer, failures, stop }
}

/** When all that can happen without time has happened. */
const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 20))

test('nothing is fetched beyond the bound of memory until records are taken', async () => {
  let fetches = 0
  const { buffer } = await fetching({
    partitions: [0],
    maxBytes: 3 * kib,
    fetch: async ({ topics }) => {
      if (++fetches > 20) throw new Error('far beyond the bound')
      return [recordAt(0, topics[0]?.partitions[0]?.offset ?? -1n)]
    },
  })
  await expect.poll(() => fetches).toBe(3)
  await settled()
  expect([fetches, buffer.bytes()]).toEqual([3, 3 * kib])
  expect(buffer.take(limits)?.records[0]?.offset).toBe(5n)
  buffer.notify()
  await expect.poll(() => fetches).toBe(4)
  await settled()
  expect([fetches, buffer.bytes()]).toEqual([4, 3 * kib])
})

test('each broker is asked for the partitions it leads, from where the last fetch ended', async () => {
  const asked: string[] = []
  const { buffer } = await fetching({
    partitions: [0, 1],
    maxBytes: 4 * kib,
    fetch: async ({ node, topics }) => {
      const [{ partition, offset } = { partition: -1, offset: -1n }] = topics[0]?.partitions ?? []
      asked.push(`broker ${node}: partition ${partition} from ${offset}`)
      if (asked.length > 20) throw new Error('far beyond the bound')
      return [recordAt(partition, offset)]
    },
  })
  await expect.poll(() => buffer.bytes()).toBeGreaterThanOrEqual(4 * kib)
  expect(asked.filter((line) => line.startsWith('broker 1')).slice(0, 2)).toEqual([
    'broker 1: partition 0 from 5',
    'broker 1: partition 0 from 6',
  ])
  expect(asked.find((line) => line.startsWith('broker 2'))).toBe('broker 2: partition 1 from 5')
})

test('a failed fetch ends its broker’s loop alone and is told once; after the stop nothing is told', async () => {
  const { promise: hanging, reject } = Promise.withResolvers<FetchedTopic[]>()
  const { failures, stop } = await fetching({
    partitions: [0, 1],
    maxBytes: kib,
    fetch: ({ node }) => (node === 1 ? Promise.reject(new Error('broken off')) : hanging),
  })
  await expect.poll(() => failures).toEqual([new Error('broken off')])
  const stopped = stop()
  reject(new Error('closed'))
  await stopped
  expect(failures).toHaveLength(1)
})

test('a partition without a leader is told before anything is fetched', async () => {
  const fetch = () => Promise.reject(new Error('not to be asked'))
  await expect(fetching({ partitions: [2], maxBytes: kib, fetch })).rejects.toThrow(
    'partition 2 of t has no leader',
  )
})
