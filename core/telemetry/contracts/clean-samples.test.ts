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
import { countSamples, embed, readCleanRecord, readStoredRecord, valuesAt } from './clean-samples.ts'

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

test('a record is read with rider, track id, clock offset and the samples that count', () => {
  const trackId = new Uint8Array(16).fill(7)
  const samples = [{ first: 1, count: 1 }]
  const { value } = cleanRecord({
    track,
    riderId: 'anna',
    trackId,
    receivedAtMs: 5_000,
    clockOffsetMs: -30,
    samples,
  })
  expect(readCleanRecord(value)).toMatchObject({
    riderId: 'anna',
    trackId: '07070707-0707-0707-0707-070707070707',
    clockOffsetMs: -30,
    ranges: samples,
    clean: { riderId: 'anna', clockOffsetMs: -30n },
    raw: { sender: 'anna' },
  })
  const stored = create(StoredTrackSchema, {
    clean: fromBinary(CleanTrackSchema, value),
    samples: [{ first: 0, count: 1 }],
  })
  expect(readStoredRecord(toBinary(StoredTrackSchema, stored)).ranges).toMatchObject([{ first: 0, count: 1 }])
})

test.each([
  [0, 2, true],
  [1, 1, true],
  [0, 3, false],
  [2, 1, false],
])('samples %i+%i of a track of two can be: %s', (first, count, can) => {
  const { value } = cleanRecord({ track, riderId: 'anna', receivedAtMs: 5_000, samples: [{ first, count }] })
  if (can) expect(countSamples(readCleanRecord(value).ranges)).toBe(count)
  else expect(() => readCleanRecord(value)).toThrow(`samples up to ${first + count} of a track of 2`)
})

test.each([
  ['no track', {}],
  ['a track id of another length', { raw: { trackId: Uint8Array.of(1) } }],
])('a record with %s is refused', (_, clean) => {
  const value = toBinary(CleanTrackSchema, create(CleanTrackSchema, clean))
  expect(() => readCleanRecord(value)).toThrow('the record has no track')
  expect(() => readStoredRecord(toBinary(StoredTrackSchema, create(StoredTrackSchema, {})))).toThrow(
    'no track',
  )
})

test('the samples of ranges add up', () => {
  expect(countSamples([])).toBe(0)
  expect(
    countSamples([
      { first: 0, count: 2 },
      { first: 9, count: 3 },
    ]),
  ).toBe(5)
})

test('values are told in human units, and missing cells not at all', () => {
  const columns = [
    { key: 'speed_kmh' as const, values: Float64Array.of(20_500, Number.NaN) },
    { key: 'cadence_rpm' as const, values: Float64Array.of(Number.NaN, 60) },
  ]
  const decoded = { ...track, timesMs: Float64Array.of(1, 2), columns }
  expect(valuesAt(decoded, 0)).toEqual({ speed_kmh: 20.5 })
  expect(valuesAt(decoded, 1)).toEqual({ cadence_rpm: 60 })
})
