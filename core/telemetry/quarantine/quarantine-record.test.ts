import { create, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { QuarantinedTrackSchema } from '../../../proto/index.ts'
import { readQuarantineRecord } from './quarantine-record.ts'

const largest = 2 ** 31 - 1

function record(counts: readonly number[], { quarantinedAtMs = 1n, reason = 1 } = {}) {
  const samples = counts.map((count) => ({ first: 0, count }))
  const track = create(QuarantinedTrackSchema, { samples, quarantinedAtMs, reason })
  const value = toBinary(QuarantinedTrackSchema, track)
  const place = { topic: 'telemetry.quarantine', partition: 0, offset: 7n, timestampMs: 1, key: null }
  return { ...place, value: Buffer.from(value) }
}

test('a record is read as far as the store can hold it', () => {
  expect(readQuarantineRecord(record([3, 4]))).toMatchObject({ samples: 7, ranges: '0+3,0+4' })
  expect(readQuarantineRecord(record([largest]))).toMatchObject({ samples: largest })
})

test('a record with a reason of a later version is kept, not left aside', () => {
  expect(readQuarantineRecord(record([3], { reason: 99 }))).toMatchObject({ samples: 3, reason: 'unknown' })
})

test.each([
  ['counts beyond an integer', record([2 ** 31])],
  ['counts that are beyond it together', record([largest, 1])],
  ['a time after all times', record([1], { quarantinedAtMs: 2n ** 60n })],
  ['bytes that are none', { ...record([1]), value: Buffer.from([0xff]) }],
])('%s are refused, so that they do not hold up what is behind them', (_, broken) => {
  expect(() => readQuarantineRecord(broken)).toThrow()
})
