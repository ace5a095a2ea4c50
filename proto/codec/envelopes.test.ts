import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryTrack } from '../../testkit/arbitrary-tracks.ts'
import { CleanTrackSchema, type RawTrack, RawTrackSchema, StoredTrackSchema, writeTrack } from '../index.ts'

const rawTrack: fc.Arbitrary<RawTrack> = fc
  .record({ track: arbitraryTrack.map(writeTrack), receivedAtMs: fc.bigInt({ min: 0n, max: 2n ** 53n }) })
  .map((init) => create(RawTrackSchema, { ...init, trackId: new Uint8Array(16).fill(1), sender: 'rider' }))

test('a track keeps its bytes through every envelope', () => {
  fc.assert(
    fc.property(rawTrack, fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), (raw, clockOffsetMs) => {
      const clean = create(CleanTrackSchema, { raw, clockOffsetMs, samples: [{ first: 0, count: 1 }] })
      const stored = create(StoredTrackSchema, { clean, samples: clean.samples })
      const again = fromBinary(StoredTrackSchema, toBinary(StoredTrackSchema, stored))
      expect(again.clean?.raw).toEqual(raw)
      expect(again.clean?.clockOffsetMs).toBe(clockOffsetMs)
    }),
  )
})

test('an envelope passes on what a later version added to it', () => {
  fc.assert(
    fc.property(rawTrack, (raw) => {
      const added = new BinaryWriter().tag(200, WireType.LengthDelimited).string('later').finish()
      const bytes = Uint8Array.from([...toBinary(RawTrackSchema, raw), ...added])
      const clean = create(CleanTrackSchema, { raw: fromBinary(RawTrackSchema, bytes) })
      const again = fromBinary(CleanTrackSchema, toBinary(CleanTrackSchema, clean))
      expect(again.raw && toBinary(RawTrackSchema, again.raw)).toEqual(bytes)
    }),
  )
})
