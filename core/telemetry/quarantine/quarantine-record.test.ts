import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  limits,
  QuarantinedTrackSchema,
  RawTrackSchema,
  uuidBytes,
  uuidText,
  uuidV7Bytes,
} from '../../../proto/index.ts'
import { readQuarantineRecord, replayRecord } from './quarantine-record.ts'

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

test('an entry has all that the record tells', () => {
  const [trackId, uploadId, bikeId] = [uuidV7Bytes(), uuidV7Bytes(), uuidV7Bytes()]
  const value = toBinary(
    QuarantinedTrackSchema,
    create(QuarantinedTrackSchema, {
      ...{ raw: { trackId, uploadId, receivedAtMs: 5n }, reason: 4, stage: 'search', detail: 'because' },
      ...{ samples: [{ first: 2, count: 3 }], quarantinedAtMs: 9n, bikeVersion: 6n },
    }),
  )
  const place = { topic: 'q', partition: 3, offset: 7n, timestampMs: 8, key: Buffer.from(bikeId) }
  expect(readQuarantineRecord({ ...place, value: Buffer.from(value) })).toEqual({
    ...{ trackId: uuidText(trackId), uploadId: uuidText(uploadId), bikeId: uuidText(bikeId) },
    ...{ stage: 'search', reason: 'event_in_future', detail: 'because', samples: 3, ranges: '2+3' },
    ...{ record: Buffer.from(value), source: 'q/3/7@8' },
    ...{ quarantinedAtMs: 9, receivedAtMs: 5, bikeVersion: 6 },
  })
})

test.each([
  ['without a key', null, null],
  ['with a key that is no id', Buffer.from('x'), null],
  ['under no bike', Buffer.alloc(16), null],
])('a record %s belongs to no bike', (_, key, bikeId) => {
  expect(readQuarantineRecord({ ...record([1]), key })).toMatchObject({
    bikeId,
    trackId: null,
    uploadId: null,
  })
})

test.each([
  [-1n, null],
  [0n, 0],
  [BigInt(limits.timeMs) - 1n, limits.timeMs - 1],
  [BigInt(limits.timeMs), null],
])('a receipt at %s is kept as %s', (receivedAtMs, kept) => {
  const value = toBinary(QuarantinedTrackSchema, create(QuarantinedTrackSchema, { raw: { receivedAtMs } }))
  expect(readQuarantineRecord({ ...record([1]), value: Buffer.from(value) }).receivedAtMs).toBe(kept)
})

test.each([
  [-1n, false],
  [0n, true],
  [BigInt(limits.timeMs), false],
])('quarantined at %s can be kept: %s', (quarantinedAtMs, can) => {
  const read = () => readQuarantineRecord(record([1], { quarantinedAtMs }))
  if (can) expect(read()).toBeDefined()
  else expect(read).toThrow('time of quarantine')
})

test('a record without bytes has no reason and no samples', () => {
  expect(readQuarantineRecord({ ...record([1]), value: null })).toMatchObject({ samples: 0, ranges: '' })
})

test('a replay sends the track under its bike, or the bytes that are none under nobody', () => {
  const raw = create(RawTrackSchema, { trackId: uuidV7Bytes(), samples: 4 })
  const bikeId = uuidText(uuidV7Bytes())
  const of = (track: object) => toBinary(QuarantinedTrackSchema, create(QuarantinedTrackSchema, track))
  const again = replayRecord({ record: of({ raw }), bikeId })
  expect(uuidText(again.key)).toBe(bikeId)
  expect(fromBinary(RawTrackSchema, again.value)).toMatchObject({ samples: 4 })
  expect(uuidBytes(bikeId)).toHaveLength(16)
  const bytes = Uint8Array.of(1, 2, 3)
  expect(replayRecord({ record: of({ record: bytes }), bikeId: null })).toEqual({
    key: new Uint8Array(16),
    value: bytes,
  })
})
