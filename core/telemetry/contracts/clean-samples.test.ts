import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import {
  CleanTrackSchema,
  ClockRule,
  limits,
  RawTrackSchema,
  StoredTrackSchema,
  uuidV7Bytes,
} from '../../../proto/index.ts'
import { cleanRecord } from '../../../testkit/clean-records.ts'
import { embed, readCleanRecord, readStoredRecord } from './clean-samples.ts'

const id = '5b0c6a1e-0000-4000-8000-000000000001'
const ride = { bikeId: id, recorderId: id, kind: 'ride', clock: { bootId: 1, clockEpoch: 1 } } as const
const track = { ...ride, timesMs: [1_000, 2_000], columns: [] }
const record = (receivedAtMs: number) =>
  cleanRecord({ track, riderId: 'anna', trackId: new Uint8Array(16).fill(7), receivedAtMs }).value
const stored = (clean: Uint8Array) =>
  toBinary(StoredTrackSchema, create(StoredTrackSchema, { clean: fromBinary(CleanTrackSchema, clean) }))

test('a record is read with its time of receipt', () => {
  expect(readCleanRecord(record(5_000)).receivedAtMs).toBe(5_000)
  expect(readStoredRecord(stored(record(5_000))).receivedAtMs).toBe(5_000)
})

test.each([0, -1, limits.timeMs])('a time of receipt of %i, which no store holds, is refused', (timeMs) => {
  expect(() => readCleanRecord(record(timeMs))).toThrow('time of receipt')
  expect(() => readStoredRecord(stored(record(timeMs)))).toThrow('time of receipt')
})

test.each([0, 1, 100, 128, 20_000, 2_100_000])(
  'a track of %i bytes is wrapped as if encoded whole',
  (length) => {
    const raw = create(RawTrackSchema, {
      trackId: uuidV7Bytes(),
      track: new Uint8Array(length).fill(7),
      samples: 3,
    })
    const others = { riderId: 'rider', clockRule: ClockRule.SENT_AT, samples: [{ first: 0, count: 3 }] }
    const bytes = embed(
      toBinary(RawTrackSchema, raw),
      toBinary(CleanTrackSchema, create(CleanTrackSchema, others)),
    )
    const whole = toBinary(CleanTrackSchema, create(CleanTrackSchema, { raw, ...others }))
    expect(Buffer.compare(bytes, whole)).toBe(0)
  },
)
