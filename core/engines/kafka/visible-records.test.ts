import { expect, test } from 'vitest'
import { type FetchedBatch, visibleRecords } from './visible-records.ts'

const plain = 0
const transactional = 0x10
const control = 0x30

function batch(
  firstOffset: number,
  count: number,
  of: { attributes?: number; producer?: number; key?: Buffer } = {},
): FetchedBatch {
  return {
    firstOffset: BigInt(firstOffset),
    lastOffsetDelta: count - 1,
    attributes: of.attributes ?? plain,
    firstTimestamp: 1_000n,
    maxTimestamp: 5_000n,
    producerId: BigInt(of.producer ?? -1),
    records: Array.from({ length: count }, (_, offsetDelta) => ({
      offsetDelta,
      timestampDelta: BigInt(offsetDelta),
      key: of.key ?? null,
      value: Buffer.from('v'),
    })),
  }
}

const marker = (offset: number, producer: number, type: 'commit' | 'abort') =>
  batch(offset, 1, { attributes: control, producer, key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]) })
const write = (offset: number, count: number, producer: number) =>
  batch(offset, count, { attributes: transactional, producer })
const aborted = (producer: number, first: number) => ({
  producerId: BigInt(producer),
  firstOffset: BigInt(first),
})

test.each<[string, FetchedBatch[], ReturnType<typeof aborted>[], number, number[], number]>([
  ['records before the position are left out', [batch(10, 5)], [], 12, [12, 13, 14], 15],
  ['gaps of a compacted topic are passed', [batch(3, 1), batch(9, 2)], [], 0, [3, 9, 10], 11],
  ['markers are not seen, and passed', [write(0, 2, 7), marker(2, 7, 'commit')], [], 0, [0, 1], 3],
  [
    'an aborted transaction is not seen',
    [write(0, 2, 7), marker(2, 7, 'abort'), batch(3, 1)],
    [aborted(7, 0)],
    0,
    [3],
    4,
  ],
  ['nor when its marker is in the next response', [batch(0, 1), write(1, 2, 7)], [aborted(7, 1)], 0, [0], 3],
  [
    'two aborted transactions of one producer, a committed one between',
    [
      write(0, 1, 7),
      marker(1, 7, 'abort'),
      write(2, 1, 7),
      marker(3, 7, 'commit'),
      write(4, 1, 7),
      marker(5, 7, 'abort'),
    ],
    [aborted(7, 0), aborted(7, 4)],
    0,
    [2],
    6,
  ],
  [
    'another producer’s records within it are seen',
    [write(0, 1, 7), write(1, 1, 8), marker(2, 7, 'abort')],
    [aborted(7, 0)],
    0,
    [1],
    3,
  ],
  ['nothing fetched, nothing passed', [], [], 5, [], 5],
])('%s', (_, records, abortedTransactions, from, offsets, nextOffset) => {
  const visible = visibleRecords('t', { partitionIndex: 0, abortedTransactions, records }, BigInt(from))
  expect(visible.records.map(({ offset }) => Number(offset))).toEqual(offsets)
  expect(visible.nextOffset).toBe(BigInt(nextOffset))
})

test('the time of a record is its broker’s, where the broker gives it', () => {
  const times = (attributes: number) =>
    visibleRecords(
      't',
      { partitionIndex: 0, abortedTransactions: [], records: [batch(0, 2, { attributes })] },
      0n,
    ).records.map(({ timestampMs }) => timestampMs)
  expect(times(plain)).toEqual([1_000, 1_001])
  expect(times(0x08)).toEqual([5_000, 5_000])
})
