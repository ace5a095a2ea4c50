// Each bound of the contract: what lies on it passes, one more does not. And what is not understood changes nothing.
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { describe, expect, test, vi } from 'vitest'
import { plain } from '../../testkit/arbitrary-tracks.ts'
import { TrackSchema, UploadSchema } from '../gen/mobility/telemetry/v1/upload_pb.js'
import {
  limits,
  readParts,
  readTrack,
  readUpload,
  type Track,
  uuidBytes,
  uuidV7Bytes,
  writeTrack,
  writeUpload,
} from '../index.ts'
import { uuidText } from './ids.ts'

type TrackInit = MessageInitShape<typeof TrackSchema>
type Rides = Extract<NonNullable<TrackInit['columns']>, { case?: 'ride' }>['value']

const id = new Uint8Array(16).fill(7)
const start = 1_700_000_000_000n
const ride = (value: Rides, init: TrackInit = {}): Uint8Array =>
  toBinary(
    TrackSchema,
    create(TrackSchema, {
      ...{
        bikeId: id,
        recorderId: id,
        timeMs: [start, 1000n],
        columns: { case: 'ride', value: value ?? {} },
      },
      ...init,
    }),
  )
const upload = (init: object): Uint8Array => {
  const all = { uploadId: uuidV7Bytes(), attempt: { sentAtMs: start }, tracks: [{ bikeId: id }], ...init }
  return toBinary(UploadSchema, create(UploadSchema, all as MessageInitShape<typeof UploadSchema>))
}
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const unknownFields = (count: number) => new Uint8Array(2 * count).map((_, i) => (i % 2 === 0 ? 0x78 : 1))
const parts = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ slot: `s${i}`, serialNumber: 'A' }))
const onePart = (serialNumber: string) => [{ slot: 'battery', serialNumber }]
const list = (count: number) => Array.from({ length: count }, (_, i) => 1000 + i)
const message = (number: number, bytes: Uint8Array) =>
  new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish()

test.each<[string, string, (n: number) => unknown, number]>([
  ['parts', 'too_many_parts', (n) => readTrack(ride({}, { parts: parts(n) })), 16],
  [
    'bytes of a part’s text',
    'part_invalid',
    (n) => readTrack(ride({}, { parts: onePart('x'.repeat(n)) })),
    64,
  ],
  // Two ids and the columns are fields, too.
  ['fields of a track', 'track_undecodable', (n) => readTrack(join(ride({}), unknownFields(n - 3))), 1_000],
  [
    'fields of an upload',
    'upload_undecodable',
    (n) => readUpload(join(upload({}), unknownFields(n - 3))),
    1_000,
  ],
  [
    'samples',
    'too_many_samples',
    (n) => readTrack(ride({}, { timeMs: [start, 1000n, ...Array<bigint>(n - 2).fill(0n)] })),
    limits.samplesPerTrack,
  ],
  [
    'pieces of a column',
    'too_many_samples',
    (n) => readTrack(join(ride({}), ...Array.from({ length: n - 1 }, () => message(100, Uint8Array.of())))),
    limits.samplesPerTrack,
  ],
  ['gaps', 'field_repeated', (n) => readTrack(ride({ gaps: Array.from({ length: n }, () => ({})) })), 256],
  ['columns with gaps', 'field_repeated', (n) => readTrack(ride({ gaps: [{ columns: list(n) }] })), 256],
  [
    'runs',
    'column_ragged',
    (n) =>
      readTrack(
        ride({ speed: [1n, 1n], gaps: [{ columns: [3], runs: [2, ...Array<number>(n - 1).fill(0)] }] }),
      ),
    limits.samplesPerTrack + 1,
  ],
  [
    'tracks',
    'too_many_tracks',
    (n) => readUpload(upload({ tracks: Array.from({ length: n }, () => ({})) })),
    256,
  ],
  [
    'the last millisecond recorded',
    'time_out_of_range',
    (n) => readTrack(ride({}, { timeMs: [BigInt(n)] })),
    limits.timeMs - 1,
  ],
  [
    'the last millisecond of an attempt',
    'attempt_clock_invalid',
    (n) => readUpload(upload({ attempt: { sentAtMs: BigInt(n) } })),
    limits.timeMs - 1,
  ],
  [
    'monotonic milliseconds of an attempt',
    'attempt_clock_invalid',
    (n) => readUpload(upload({ attempt: { sentAtMs: start, monotonicMs: BigInt(n) } })),
    Number.MAX_SAFE_INTEGER,
  ],
  [
    'sequence',
    'value_overflow',
    (n) => readTrack(ride({}, { sequence: BigInt(n) })),
    Number.MAX_SAFE_INTEGER,
  ],
  [
    'recording id',
    'value_overflow',
    (n) => readTrack(ride({}, { recordingId: BigInt(n) })),
    Number.MAX_SAFE_INTEGER,
  ],
])('%s: the bound passes, one more is refused as %s', (_, reason, read, bound) => {
  read(bound)
  expect(() => read(bound + 1)).toThrow(reason)
})

test.each([0n, -1n])('an attempt at %i is no time', (sentAtMs) => {
  expect(() => readUpload(upload({ attempt: { sentAtMs } }))).toThrow('attempt_clock_invalid')
})

test('an attempt at the first millisecond, and a sample at zero, are times', () => {
  expect(readUpload(upload({ attempt: { sentAtMs: 1n } })).attempt.sentAtMs).toBe(1)
  expect(Array.from(readTrack(ride({}, { timeMs: [0n] })).timesMs)).toEqual([0])
})

describe('a known number with another wire type is an unknown field', () => {
  const varint = (number: number) => new BinaryWriter().tag(number, WireType.Varint).uint32(9).finish()
  const bytes = (number: number) => message(number, Uint8Array.of(9, 9))
  const fixed = (number: number) => new BinaryWriter().tag(number, WireType.Bit32).fixed32(9).finish()
  const full = ride(
    { speed: [1n], gaps: [{ columns: [3], runs: [1, 1] }] },
    { bootId: 1, clockEpoch: 2, monotonicStartMs: 3n, sequence: 4n, recordingId: 5n, parts: parts(2) },
  )
  const expected = plain(readTrack(full))

  test.each([
    ...[1, 2, 7, 16, 17, 18, 19].map((number) => ['varint', number, varint] as const),
    ...[3, 4, 5, 6, 8].map((number) => ['bytes', number, bytes] as const),
    ...[1, 2, 3, 4, 5, 6, 7, 8, 16, 100].map((number) => ['fixed', number, fixed] as const),
  ])('in a track: %s %i', (_, number, field) => {
    expect(plain(readTrack(join(full, field(number))))).toEqual(expected)
    expect(readParts(join(full, field(number)))).toEqual(parts(2))
  })

  test.each([3, 100])('in columns: %i', (number) => {
    const columns = join(message(3, Uint8Array.of(20, 20)), fixed(number))
    const track = join(
      message(1, id),
      message(2, id),
      message(16, columns),
      message(100, Uint8Array.of(2, 2)),
    )
    expect(plain(readTrack(track))).toMatchObject({ columns: [{ key: 'speed_kmh', values: [10, 20] }] })
  })

  test.each([1, 2, 3])('in gaps: %i', (number) => {
    const gaps = join(message(1, Uint8Array.of(3)), message(2, Uint8Array.of(1, 1)), fixed(number))
    const columns = join(message(3, Uint8Array.of(20)), message(100, gaps))
    const track = join(
      message(1, id),
      message(2, id),
      message(16, columns),
      message(100, Uint8Array.of(2, 2)),
    )
    expect(plain(readTrack(track)).columns).toEqual([{ key: 'speed_kmh', values: [10, Number.NaN] }])
  })

  test.each([1, 2])('in a part: %i', (number) => {
    const part = join(message(1, Buffer.from('s')), message(2, Buffer.from('A')), varint(number))
    expect(readTrack(join(ride({}), message(7, part))).parts).toEqual([{ slot: 's', serialNumber: 'A' }])
  })

  test.each([1, 2, 3])('in an upload: %i', (number) => {
    const good = upload({})
    expect(readUpload(join(good, varint(number)))).toEqual(readUpload(good))
  })

  test.each([1, 2, 3, 4])('in an attempt: %i', (number) => {
    const good = upload({ attempt: { sentAtMs: start, bootId: 1, monotonicMs: 2n, clockEpoch: 3 } })
    expect(readUpload(join(good, message(2, bytes(number))))).toEqual(readUpload(good))
  })
})

describe('written as the generated code writes it', () => {
  const track: Track = {
    bikeId: crypto.randomUUID(),
    recorderId: crypto.randomUUID(),
    kind: 'ride',
    clock: { bootId: 0, clockEpoch: 0 },
    timesMs: [1e12, 1e12 + 1, 1e12 + 2],
    columns: [
      { key: 'speed_kmh', values: [1, Number.NaN, 3] },
      { key: 'altitude_m', values: [1, Number.NaN, 3] },
      { key: 'cadence_rpm', values: [1, 2, Number.NaN] },
    ],
  }

  test('a track without numbers of its own leaves them out, and comes back without them', () => {
    const bytes = writeTrack(track)
    expect(toBinary(TrackSchema, fromBinary(TrackSchema, bytes))).toEqual(bytes)
    expect(Object.keys(readTrack(bytes)).sort()).toEqual(Object.keys(track).sort())
  })

  test('columns that lack the same cells share their gaps', () => {
    const { columns } = fromBinary(TrackSchema, writeTrack(track))
    expect(columns.case === 'ride' && columns.value.gaps).toMatchObject([
      { columns: [3, 5], runs: [1, 1, 1] },
      { columns: [6], runs: [2, 1] },
    ])
  })

  test('clocks are rounded to milliseconds', () => {
    const clock = { bootId: 0, clockEpoch: 0, monotonicStartMs: 1.6 }
    expect(readTrack(writeTrack({ ...track, clock })).clock.monotonicStartMs).toBe(2)
    const attempt = { sentAtMs: 5.4, bootId: 0, monotonicMs: 6.5, clockEpoch: 0 }
    const bytes = writeUpload({ uploadId: uuidText(uuidV7Bytes()), attempt, tracks: [writeTrack(track)] })
    expect(readUpload(bytes).attempt).toEqual({ ...attempt, sentAtMs: 5, monotonicMs: 7 })
    expect(toBinary(UploadSchema, fromBinary(UploadSchema, bytes))).toEqual(bytes)
  })

  test.each<[string, string, Partial<Track>]>([
    ['a cell beyond', 'value_overflow', { columns: [{ key: 'speed_kmh', values: [2 ** 50 + 1, 1, 1] }] }],
    ['a recorder that is no UUID', 'recorder_id_invalid', { recorderId: 'me' }],
  ])('never: %s', (_, reason, change) => {
    expect(() => writeTrack({ ...track, ...change })).toThrow(reason)
  })
})

test('a track within a larger buffer is read where it lies', () => {
  const bytes = ride({ speed: [1n, 2n] })
  const inside = join(Uint8Array.of(1, 2, 3), bytes, Uint8Array.of(4)).subarray(3, 3 + bytes.length)
  expect(plain(readTrack(inside))).toEqual(plain(readTrack(bytes)))
})

describe('ids', () => {
  const text = '01920000-0000-7000-8000-000000000001'

  test.each([`x${text}`, `${text}x`, `${text}\n`])('%j is none', (wrong) => {
    expect(() => uuidBytes(wrong)).toThrow(RangeError)
  })

  test('a wrong one is told in part', () => {
    expect(() => uuidBytes('z'.repeat(100))).toThrow(new RangeError(`not a UUID: ${'z'.repeat(64)}`))
  })

  test('random bytes are fetched for many at once', () => {
    const fetched = vi.spyOn(crypto, 'getRandomValues')
    for (let i = 0; i < 512; i++) uuidV7Bytes()
    expect(fetched.mock.calls.length).toBe(2)
    fetched.mockRestore()
  })
})
