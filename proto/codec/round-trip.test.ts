import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryTrack, plain } from '../../testkit/arbitrary-tracks.ts'
import { TrackSchema, UploadSchema } from '../gen/mobility/telemetry/v1/upload_pb.js'
import {
  checkTrack,
  countSamples,
  readParts,
  readTrack,
  readUpload,
  type Track,
  uuidText,
  uuidV7Bytes,
  writeTrack,
  writeUpload,
} from '../index.ts'

const uint32 = fc.integer({ min: 0, max: 0xffffffff })
const arbitraryUpload = fc.record({
  uploadId: fc.integer({ min: 0, max: 2 ** 48 - 1 }).map((nowMs) => uuidText(uuidV7Bytes(nowMs))),
  attempt: fc.record({
    sentAtMs: fc.integer({ min: 1, max: 253_402_300_799_999 }),
    bootId: uint32,
    monotonicMs: fc.maxSafeNat(),
    clockEpoch: uint32,
  }),
  tracks: fc.array(arbitraryTrack, { minLength: 1, maxLength: 3 }).map((all) => all.map(writeTrack)),
})

describe('a track', () => {
  test('comes back as it was written, in every kind, with gaps and at the ends of every range', () => {
    fc.assert(
      fc.property(arbitraryTrack, (track) => {
        expect(plain(readTrack(writeTrack(track)))).toEqual(plain(track))
      }),
    )
  })

  test('is checked to the same facts as it is read to', () => {
    fc.assert(
      fc.property(arbitraryTrack, (track) => {
        const { bikeId, recorderId, kind } = track
        expect(checkTrack(writeTrack(track))).toEqual({
          bikeId,
          recorderId,
          kind,
          samples: track.timesMs.length,
          masked: [],
        })
      }),
    )
  })

  test('has as many samples as it announces, and of a cut one no more are counted', () => {
    fc.assert(
      fc.property(arbitraryTrack, fc.nat(), (track, cut) => {
        const bytes = writeTrack(track)
        const samples = track.timesMs.length
        expect(countSamples(bytes)).toBe(samples)
        expect(countSamples(bytes.subarray(0, cut % bytes.length))).toBeLessThanOrEqual(samples)
      }),
    )
  })

  test('has the same parts whether all of it is read or nothing else', () => {
    fc.assert(
      fc.property(arbitraryTrack, (track) => {
        expect(readParts(writeTrack(track))).toEqual(track.parts ?? [])
      }),
    )
  })

  test('is written byte for byte as the generated code writes it', () => {
    fc.assert(
      fc.property(arbitraryTrack.map(withoutEmpty), (track) => {
        const bytes = writeTrack(track)
        expect(toBinary(TrackSchema, fromBinary(TrackSchema, bytes))).toEqual(bytes)
      }),
    )
  })

  test('has the times that the differences of the generated code add up to', () => {
    fc.assert(
      fc.property(arbitraryTrack, (track) => {
        const { timeMs } = fromBinary(TrackSchema, writeTrack(track))
        let [value, step] = [0n, 0n]
        const times = timeMs.map((difference, i) => {
          step = i === 0 ? 0n : step + difference
          value += i === 0 ? difference : step
          return Number(value)
        })
        expect(times).toEqual(track.timesMs)
      }),
    )
  })

  test('reads the same packed, in pieces, and one number at a time', () => {
    fc.assert(
      fc.property(arbitraryTrack, fc.integer({ min: 1, max: 50 }), (track, cut) => {
        const bytes = writeTrack(track)
        const message = fromBinary(TrackSchema, bytes)
        const head = toBinary(
          TrackSchema,
          create(TrackSchema, { ...message, timeMs: message.timeMs.slice(0, cut) }),
        )
        const rest = message.timeMs.slice(cut)
        const packed = toBinary(TrackSchema, create(TrackSchema, { timeMs: rest }))
        const single = rest.map((value) =>
          new BinaryWriter().tag(100, WireType.Varint).sint64(value).finish(),
        )
        for (const tail of [[packed], single]) {
          expect(plain(readTrack(Buffer.concat([head, ...tail])))).toEqual(withoutEmpty(plain(track)))
        }
      }),
    )
  })
})

describe('an upload', () => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(arbitraryUpload, (upload) => {
        expect(readUpload(writeUpload(upload))).toEqual(upload)
      }),
    )
  })

  test('is understood by the generated code, and what that writes by ours', () => {
    fc.assert(
      fc.property(arbitraryUpload, (upload) => {
        const message = fromBinary(UploadSchema, writeUpload(upload))
        expect(uuidText(message.uploadId)).toBe(upload.uploadId)
        expect(Number(message.attempt?.sentAtMs)).toBe(upload.attempt.sentAtMs)
        expect(message.attempt?.bootId).toBe(upload.attempt.bootId)
        const again = readUpload(toBinary(UploadSchema, message))
        expect({ ...again, tracks: [] }).toEqual({ ...upload, tracks: [] })
        const samples = (tracks: readonly Uint8Array[]) =>
          tracks.map((track) => withoutEmpty(plain(readTrack(track))))
        expect(samples(again.tracks)).toEqual(samples(upload.tracks))
      }),
    )
  })
})

/** Generated code has no empty lists on the wire: a column without any cell becomes an absent one. */
function withoutEmpty(track: Track): Track {
  const hasCells = (values: ArrayLike<number>) => Array.from(values).some((value) => !Number.isNaN(value))
  return { ...track, columns: track.columns.filter(({ values }) => hasCells(values)) }
}
