import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryTrack, plain } from '../testkit/arbitrary-tracks.ts'
import {
  limits,
  MalformedError,
  readTrack,
  readUpload,
  uuidText,
  uuidV7Bytes,
  writeTrack,
  writeUpload,
} from './index.ts'

const attempt = { sentAtMs: 1_700_000_000_000, bootId: 1, monotonicMs: 5, clockEpoch: 2 }
const arbitraryBody = fc
  .array(arbitraryTrack, { minLength: 1, maxLength: 2 })
  .map((tracks) =>
    writeUpload({ uploadId: uuidText(uuidV7Bytes()), attempt, tracks: tracks.map(writeTrack) }),
  )

/** Reads bytes as a track and as an upload with all its tracks. Anything but a MalformedError comes out. */
function readAnyhow(bytes: Uint8Array): void {
  tolerate(() => readTrack(bytes))
  tolerate(() => {
    for (const track of readUpload(bytes).tracks) tolerate(() => readTrack(track))
  })
}

function tolerate(action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
  }
}

describe('only MalformedError is thrown by', () => {
  test('bytes cut off at any place', () => {
    fc.assert(
      fc.property(arbitraryBody, (bytes) => {
        for (let end = 0; end <= bytes.length; end++) readAnyhow(bytes.subarray(0, end))
      }),
      { numRuns: 30 },
    )
  })

  test('bytes with a few of them changed', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(arbitraryBody, changes, (bytes, all) => {
        const changed = Uint8Array.from(bytes)
        for (const [at, byte] of all) changed[at % changed.length] = byte
        readAnyhow(changed)
      }),
      { numRuns: 500 },
    )
  })

  test('random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), readAnyhow), { numRuns: 2000 })
  })

  test('the largest body there is, of one byte again and again', () => {
    for (const byte of [0x00, 0x08, 0x0a, 0x7f, 0x80, 0x82, 0xff]) {
      readAnyhow(new Uint8Array(limits.decompressedBytes).fill(byte))
    }
  })

  test('a column of the largest body, in the smallest pieces', () => {
    const piece = Uint8Array.of(0xa0, 0x06, 0x00)
    const bytes = new Uint8Array(limits.decompressedBytes - (limits.decompressedBytes % 3))
    for (let at = 0; at < bytes.length; at += 3) bytes.set(piece, at)
    readAnyhow(bytes)
  })
})

describe('what a later version adds passes', () => {
  const unknown = [
    new BinaryWriter().tag(90, WireType.Varint).uint32(7).finish(),
    new BinaryWriter().tag(91, WireType.Bit64).fixed64(7).finish(),
    new BinaryWriter().tag(92, WireType.LengthDelimited).string('later').finish(),
    new BinaryWriter().tag(93, WireType.Bit32).fixed32(7).finish(),
    new BinaryWriter()
      .tag(94, WireType.StartGroup)
      .tag(1, WireType.Varint)
      .uint32(1)
      .tag(94, WireType.EndGroup)
      .finish(),
  ]

  test('in a track', () => {
    fc.assert(
      fc.property(arbitraryTrack, fc.constantFrom(...unknown), (track, field) => {
        const bytes = writeTrack(track)
        expect(plain(readTrack(Buffer.concat([field, bytes, field])))).toEqual(plain(track))
      }),
    )
  })

  test('in an upload, whose tracks keep it', () => {
    fc.assert(
      fc.property(arbitraryTrack, fc.constantFrom(...unknown), (track, field) => {
        const uploadId = uuidText(uuidV7Bytes())
        const tracks = [new Uint8Array([...writeTrack(track), ...field])]
        const bytes = writeUpload({ uploadId, attempt, tracks })
        expect(readUpload(new Uint8Array([...field, ...bytes]))).toEqual({ uploadId, attempt, tracks })
      }),
    )
  })

  test('in the columns of a kind', () => {
    const columns = Buffer.concat([
      new BinaryWriter().tag(3, WireType.LengthDelimited).bytes(Uint8Array.of(20, 20)).finish(),
      new BinaryWriter()
        .tag(50, WireType.LengthDelimited)
        .bytes(Uint8Array.of(1, 2, 3))
        .finish(),
    ])
    const id = new Uint8Array(16)
    const bytes = new BinaryWriter()
    for (const number of [1, 2]) bytes.tag(number, WireType.LengthDelimited).bytes(id)
    bytes.tag(16, WireType.LengthDelimited).bytes(columns)
    bytes.tag(100, WireType.LengthDelimited).bytes(Uint8Array.of(2, 2))
    expect(plain(readTrack(bytes.finish()))).toMatchObject({
      timesMs: [1, 2],
      columns: [{ key: 'speed_kmh', values: [10, 20] }],
    })
  })
})
