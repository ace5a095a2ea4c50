import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { describe, expect, test } from 'vitest'
import { TrackSchema, UploadSchema } from '../gen/mobility/telemetry/v1/upload_pb.js'
import {
  checkTrack,
  limits,
  MalformedError,
  readTrack,
  readUpload,
  type Track,
  type TrackMalformation,
  trackMalformations,
  type UploadMalformation,
  uploadMalformations,
  uuidV7Bytes,
  writeTrack,
} from '../index.ts'

type TrackInit = MessageInitShape<typeof TrackSchema>
type Rides = Extract<NonNullable<TrackInit['columns']>, { case?: 'ride' }>['value']

const id = new Uint8Array(16).fill(7)
const start = 1_700_000_000_000n
const track = (init: TrackInit): Uint8Array =>
  toBinary(TrackSchema, create(TrackSchema, { bikeId: id, recorderId: id, ...init }))
/** Two samples, a second apart, with the given columns. */
const ride = (value: Rides, init: TrackInit = {}): Uint8Array =>
  track({ timeMs: [start, 1000n], columns: { case: 'ride', value: value ?? {} }, ...init })
const writable: Track = {
  bikeId: crypto.randomUUID(),
  recorderId: crypto.randomUUID(),
  kind: 'ride',
  clock: { bootId: 1, clockEpoch: 0 },
  timesMs: [1e12, 1e12 + 1000],
  columns: [{ key: 'speed_kmh', values: [1, 2] }],
}
const part = (slot: string, serialNumber: string) => ({ slot, serialNumber })
/** With a part in slot S whose serial number are these bytes. */
const partBytes = (serialNumber: Uint8Array): Uint8Array => {
  const writer = new BinaryWriter().tag(7, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.LengthDelimited).string('S').tag(2, WireType.LengthDelimited).bytes(serialNumber)
  return join(ride({}), writer.join().finish())
}
const join = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts)

/** Of number 15, with one byte each. */
const manyFields = new Uint8Array(2_002).map((_, i) => (i % 2 === 0 ? 0x78 : 1))

const malformedTracks: Record<
  Exclude<TrackMalformation, 'value_not_a_number'>,
  Readonly<Record<string, Uint8Array>>
> = {
  track_undecodable: {
    'bytes that end within a field': ride({ speed: [1n, 2n] }).subarray(0, -1),
    'a column that ends within a cell': join(
      ride({}),
      new BinaryWriter().tag(100, WireType.LengthDelimited).bytes(Uint8Array.of(0x80)).finish(),
    ),
    'a wire type that does not exist': Uint8Array.of(0x0f),
    'thousands of unknown fields': join(ride({}), manyFields),
    'one field thousands of times': join(
      ride({}),
      new Uint8Array(2_002).map((_, i) => (i % 2 === 0 ? 0x18 : 1)),
    ),
    'thousands of unknown columns': join(
      ride({}, { columns: { case: undefined } }),
      new BinaryWriter().tag(16, WireType.LengthDelimited).bytes(manyFields).finish(),
    ),
    'thousands of unknown fields in a part': join(
      ride({}),
      new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(manyFields).finish(),
    ),
    'thousands of unknown fields in gaps': join(
      ride({}, { columns: { case: undefined } }),
      new BinaryWriter()
        .tag(16, WireType.LengthDelimited)
        .fork()
        .tag(100, WireType.LengthDelimited)
        .bytes(manyFields)
        .join()
        .finish(),
    ),
  },
  field_repeated: {
    'columns of two kinds': join(ride({}), track({ columns: { case: 'motor', value: {} } })),
    'gaps of one column twice': ride({
      speed: [1n],
      gaps: [
        { columns: [3], runs: [1, 1] },
        { columns: [3], runs: [1, 1] },
      ],
    }),
    'more gaps than kinds have columns': ride({ gaps: Array.from({ length: 300 }, () => ({})) }),
    'two parts in one slot': ride({}, { parts: [part('battery', 'A'), part('battery', 'B')] }),
    'gaps of more columns than there are': ride({
      gaps: [{ columns: Array.from({ length: 300 }, (_, i) => 1000 + i), runs: [] }],
    }),
  },
  bike_id_invalid: {
    'no bike': ride({}, { bikeId: new Uint8Array() }),
    'a bike id of 15 bytes': ride({}, { bikeId: new Uint8Array(15) }),
  },
  recorder_id_invalid: {
    'no recorder': ride({}, { recorderId: new Uint8Array() }),
    'a recorder id of 17 bytes': ride({}, { recorderId: new Uint8Array(17) }),
  },
  too_many_parts: {
    'a part too many': ride({}, { parts: Array.from({ length: 17 }, (_, i) => part(`slot_${i}`, 'A')) }),
  },
  part_invalid: {
    'a part without a slot': ride({}, { parts: [{ serialNumber: 'A' }] }),
    'a part without a serial number': ride({}, { parts: [{ slot: 'battery' }] }),
    'an empty serial number': partBytes(Uint8Array.of()),
    'a slot of 65 bytes': ride({}, { parts: [part('s'.repeat(65), 'A')] }),
    'a serial number of 33 characters and 66 bytes': ride({}, { parts: [part('battery', 'é'.repeat(33))] }),
    'a serial number with NUL': ride({}, { parts: [part('battery', 'A\0B')] }),
    'a serial number that is no UTF-8': partBytes(Uint8Array.of(0xc3, 0x28)),
  },
  kind_unknown: {
    'no columns': track({ timeMs: [start] }),
    'columns of a later version': join(
      track({ timeMs: [start] }),
      new BinaryWriter().tag(20, WireType.LengthDelimited).bytes(Uint8Array.of()).finish(),
    ),
  },
  track_empty: { 'no times': ride({}, { timeMs: [] }) },
  too_many_samples: {
    'a sample too many': ride(
      {},
      { timeMs: [start, 1000n, ...Array<bigint>(limits.samplesPerTrack - 1).fill(0n)] },
    ),
    'a column in too many pieces': join(
      ride({}),
      ...Array.from({ length: limits.samplesPerTrack + 1 }, () => Uint8Array.of(0xa2, 0x06, 0x00)),
    ),
  },
  times_unsorted: { 'a time before its predecessor': ride({}, { timeMs: [start, -1n] }) },
  time_duplicate: { 'the same time twice': ride({}, { timeMs: [start, 0n] }) },
  time_out_of_range: {
    'a time before 1970': ride({}, { timeMs: [-1n] }),
    'the year 10000': ride({}, { timeMs: [BigInt(limits.timeMs)] }),
  },
  column_ragged: {
    'a cell too few': ride({ speed: [1n] }),
    'a cell too many': ride({ speed: [1n, 2n, 3n] }),
    'gaps that name more samples than there are': ride({
      speed: [1n],
      gaps: [{ columns: [3], runs: [1, 2] }],
    }),
    'gaps that name fewer samples than there are': ride({ speed: [1n], gaps: [{ columns: [3], runs: [1] }] }),
    'gaps that leave more cells than there are': ride({ speed: [1n], gaps: [{ columns: [3], runs: [2] }] }),
    'more runs than samples': ride({
      speed: [1n, 2n],
      gaps: [{ columns: [3], runs: Array<number>(limits.samplesPerTrack + 2).fill(0) }],
    }),
  },
  value_overflow: {
    'a difference beyond 2^52': ride({ odometer: [2n ** 52n + 1n, 0n] }),
    'the largest difference there is': ride({ odometer: [2n ** 63n - 1n, 0n] }),
    'the smallest difference there is': ride({ odometer: [-(2n ** 63n), 0n] }),
    'differences that add up to more than 2^50': ride({ odometer: [2n ** 50n, 2n ** 50n] }),
    'a time beyond 2^52': ride({}, { timeMs: [2n ** 62n] }),
    'a monotonic start beyond 2^53': ride({}, { monotonicStartMs: 2n ** 53n }),
    'a sequence beyond 2^53': ride({}, { sequence: 2n ** 64n - 1n }),
    'a recording id beyond 2^53': ride({}, { recordingId: 2n ** 53n }),
  },
}

describe.each(Object.entries(malformedTracks))('a track is refused as %s with', (reason, cases) => {
  test.each(Object.entries(cases))('%s', (_, bytes) => {
    expect(reasonOf(() => readTrack(bytes))).toBe(reason)
    expect(reasonOf(() => checkTrack(bytes))).toBe(reason)
  })
})

test('hundreds of unknown fields pass', () => {
  const bytes = join(ride({ speed: [1n, 2n] }), manyFields.subarray(0, 1_900))
  expect(readTrack(bytes).timesMs).toHaveLength(2)
  expect(checkTrack(bytes).samples).toBe(2)
})

test('every malformation of tracks is in the table; what is no number exists before writing only', () => {
  expect([...Object.keys(malformedTracks), 'value_not_a_number'].sort()).toEqual(
    [...trackMalformations].sort(),
  )
})

const unwritable: [name: string, reason: TrackMalformation, change: Partial<Track>][] = [
  ['a fraction', 'value_not_a_number', { columns: [{ key: 'speed_kmh', values: [1.5, 2] }] }],
  ['infinity', 'value_not_a_number', { columns: [{ key: 'speed_kmh', values: [Infinity, 2] }] }],
  ['a time that is NaN', 'value_not_a_number', { timesMs: [1e12, Number.NaN] }],
  ['a value beyond every range', 'value_overflow', { columns: [{ key: 'speed_kmh', values: [2 ** 60, 2] }] }],
  ['a negative boot id', 'value_overflow', { clock: { bootId: -1, clockEpoch: 0 } }],
  ['a clock epoch beyond 2^32', 'value_overflow', { clock: { bootId: 1, clockEpoch: 2 ** 32 } }],
  [
    'a negative monotonic clock',
    'value_overflow',
    { clock: { bootId: 1, clockEpoch: 0, monotonicStartMs: -1 } },
  ],
  ['a negative sequence', 'value_overflow', { sequence: -1 }],
  ['a negative recording id', 'value_overflow', { recordingId: -1 }],
  ['a part without a serial number', 'part_invalid', { parts: [part('battery', '')] }],
  ['a part twice', 'field_repeated', { parts: [part('battery', 'A'), part('battery', 'A')] }],
  ['columns of unequal length', 'column_ragged', { columns: [{ key: 'speed_kmh', values: [1] }] }],
  ['an id that is no UUID', 'bike_id_invalid', { bikeId: 'bike 7' }],
  ['times that stand still', 'time_duplicate', { timesMs: [1e12, 1e12] }],
  ['no samples', 'track_empty', { timesMs: [], columns: [] }],
]

test.each(unwritable)('%s is never written: %s', (_, reason, change) => {
  expect(reasonOf(() => writeTrack({ ...writable, ...change }))).toBe(reason)
})

const attempt = { sentAtMs: start }
const upload = (change: object): Uint8Array => {
  const init = { uploadId: uuidV7Bytes(), attempt, tracks: [{ bikeId: id }], ...change }
  return toBinary(UploadSchema, create(UploadSchema, init as MessageInitShape<typeof UploadSchema>))
}

const malformedUploads: Record<UploadMalformation, Readonly<Record<string, Uint8Array>>> = {
  upload_undecodable: {
    'bytes that end within a track': upload({}).subarray(0, -1),
    'thousands of unknown fields': join(upload({}), manyFields),
    'thousands of unknown fields in its clock': join(
      upload({}),
      new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(manyFields).finish(),
    ),
    'text instead of Protobuf': new TextEncoder().encode('{"tracks":[]}'),
  },
  upload_id_invalid: {
    'no upload id': upload({ uploadId: new Uint8Array() }),
    'an upload id that is no UUIDv7': upload({ uploadId: id }),
    'no bytes at all': new Uint8Array(),
  },
  attempt_clock_invalid: {
    'no attempt clock': upload({ attempt: undefined }),
    'no sent_at': upload({ attempt: {} }),
    'a sent_at before 1970': upload({ attempt: { sentAtMs: -1n } }),
    'a sent_at in the year 10000': upload({ attempt: { sentAtMs: BigInt(limits.timeMs) } }),
    'a monotonic clock beyond 2^53': upload({ attempt: { ...attempt, monotonicMs: 2n ** 63n } }),
  },
  upload_empty: { 'no tracks': upload({ tracks: [] }) },
  too_many_tracks: {
    'a track too many': upload({ tracks: Array.from({ length: limits.tracksPerUpload + 1 }, () => ({})) }),
  },
}

describe.each(Object.entries(malformedUploads))('an upload is refused as %s with', (reason, cases) => {
  test.each(Object.entries(cases))('%s', (_, bytes) => {
    expect(reasonOf(() => readUpload(bytes))).toBe(reason)
  })
})

test('every malformation of uploads is in the table', () => {
  expect(Object.keys(malformedUploads).sort()).toEqual([...uploadMalformations].sort())
})

function reasonOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof MalformedError) return error.reason
    throw error
  }
  return 'nothing was wrong'
}
