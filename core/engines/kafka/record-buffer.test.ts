import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KafkaRecord } from './port.ts'
import { createRecordBuffer } from './record-buffer.ts'

function records(partition: number, first: number, sizes: readonly number[]): KafkaRecord[] {
  return sizes.map((size, i) => ({
    topic: 't',
    partition,
    offset: BigInt(first + i),
    key: null,
    value: Buffer.alloc(size),
    timestampMs: 0,
  }))
}

const chunk = (partition: number, first: number, sizes: readonly number[]) => ({
  topic: 't',
  partition,
  records: records(partition, first, sizes),
  // As if a control record followed.
  nextOffset: BigInt(first + sizes.length + 1),
})

test('a batch ends at the number of records; what is committed is where the next begins', () => {
  const buffer = createRecordBuffer()
  buffer.push(chunk(0, 0, [1, 1, 1]))
  const limits = { maxRecords: 2, maxBytes: 100 }
  expect(buffer.take(limits)?.next).toEqual([{ topic: 't', partition: 0, offset: 2n }])
  expect(buffer.take(limits)?.next).toEqual([{ topic: 't', partition: 0, offset: 4n }])
  expect(buffer.take(limits)).toBeUndefined()
})

test('what may not be seen is passed, and committed with or without records before it', () => {
  const buffer = createRecordBuffer()
  const limits = { maxRecords: 1, maxBytes: 100 }
  buffer.push(chunk(0, 0, []))
  expect(buffer.take(limits)).toEqual({ records: [], next: [{ topic: 't', partition: 0, offset: 1n }] })
  buffer.push(chunk(0, 1, [5]))
  buffer.push(chunk(0, 3, []))
  expect(buffer.take(limits)?.next).toEqual([{ topic: 't', partition: 0, offset: 4n }])
  expect(buffer.take(limits)).toBeUndefined()
})

test('a record larger than a batch goes alone', () => {
  const buffer = createRecordBuffer()
  buffer.push(chunk(0, 0, [5, 500, 5]))
  const sizes = () =>
    buffer.take({ maxRecords: 10, maxBytes: 100 })?.records.map(({ value }) => value?.length)
  expect([sizes(), sizes(), sizes(), sizes()]).toEqual([[5], [500], [5], undefined])
  expect(buffer.bytes()).toBe(0)
})

test('it knows how many records wait, and since when in each partition', () => {
  const buffer = createRecordBuffer()
  const written = (partition: number, first: number, timesMs: readonly number[]) => ({
    ...chunk(partition, first, []),
    records: records(
      partition,
      first,
      timesMs.map(() => 1),
    ).map((record, i) => ({
      ...record,
      timestampMs: timesMs[i] as number,
    })),
  })
  buffer.push(written(0, 0, [10, 20]))
  buffer.push(written(1, 0, [5]))
  buffer.push(written(0, 2, [30]))
  expect([buffer.records(), buffer.oldestMs()]).toEqual([
    4,
    new Map([
      ['t:0', 10],
      ['t:1', 5],
    ]),
  ])
  buffer.take({ maxRecords: 3, maxBytes: 100 })
  expect([buffer.records(), buffer.oldestMs()]).toEqual([1, new Map([['t:0', 30]])])
  buffer.clear()
  expect([buffer.records(), buffer.oldestMs()]).toEqual([0, new Map()])
})

test('whatever the limits, all records come out once, in order, and every commit covers what was handed over', () => {
  const chunks = fc.array(
    fc.record({ partition: fc.integer({ min: 0, max: 2 }), sizes: fc.array(fc.nat(50), { maxLength: 6 }) }),
  )
  const limits = fc.record({
    maxRecords: fc.integer({ min: 1, max: 5 }),
    maxBytes: fc.integer({ min: 1, max: 120 }),
  })
  fc.assert(
    fc.property(chunks, limits, (pushed, given) => {
      const buffer = createRecordBuffer()
      const ends = [0, 0, 0]
      for (const { partition, sizes } of pushed) {
        buffer.push(chunk(partition, ends[partition] as number, sizes))
        ends[partition] = (ends[partition] as number) + sizes.length
      }
      const handed = [0, 0, 0]
      for (let batch = buffer.take(given); batch !== undefined; batch = buffer.take(given)) {
        for (const { partition, offset } of batch.records) {
          expect(Number(offset)).toBe(handed[partition])
          handed[partition] = Number(offset) + 1
        }
        for (const { partition, offset } of batch.next)
          expect(Number(offset)).toBeGreaterThanOrEqual(handed[partition] as number)
      }
      expect(handed).toEqual(ends)
    }),
  )
})
