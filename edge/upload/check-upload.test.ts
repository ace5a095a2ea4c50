import { fromBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RawTrackSchema, uuidBytes, uuidText, uuidV7Bytes, writeTrack } from '../../proto/index.ts'
import { bikeId, foreignBikeId, nowMs, rideTrack, uploadBytes } from '../testing/memory-edge.ts'
import { type Circumstances, checkUpload } from './check-upload.ts'
import { createEnvelopes } from './envelope.ts'

const uploadId = uuidText(uuidV7Bytes())
const identity = { subject: 'rider', bikes: new Map([[bikeId, uuidBytes(bikeId)]]) }
const trackIds = () => {
  let last = 0
  return () => new Uint8Array(16).fill(++last)
}
const checked = (tracks: Uint8Array[], change: Partial<Circumstances> = {}) =>
  checkUpload(uploadBytes(tracks, uploadId), {
    identity,
    receivedAtMs: nowMs,
    newTrackId: trackIds(),
    maxTrackBytes: 900_000,
    refuseSamples: () => undefined,
    ...change,
  })
const foreign = rideTrack({ bikeId: foreignBikeId })
const unreadable = Uint8Array.of(9)

describe('of several tracks', () => {
  test('the good ones are accepted, in order, and the others told with index and reason', () => {
    const upload = checked([foreign, rideTrack({ samples: 4 }), unreadable, rideTrack({ samples: 5 })])
    if ('refused' in upload) throw new Error(upload.refused)
    const { accepted, samples, rejected } = upload
    expect({ uploadId: upload.uploadId, samples }).toEqual({ uploadId, samples: 9 })
    expect(accepted.map(({ key }) => uuidText(key))).toEqual([bikeId, bikeId])
    const raws = accepted.map(({ value }) => fromBinary(RawTrackSchema, value))
    expect(raws).toMatchObject([
      { trackIndex: 1, samples: 4, deliveryTracks: 2, sender: 'rider', receivedAtMs: BigInt(nowMs) },
      { trackIndex: 3, samples: 5, deliveryTracks: 2, sender: 'rider', receivedAtMs: BigInt(nowMs) },
    ])
    expect(raws.map(({ trackId }) => trackId[0])).toEqual([1, 2])
    expect(rejected).toMatchObject([
      {
        index: 0,
        reason: 'bike_forbidden',
        detail: `the token does not cover ${foreignBikeId}`,
        temporary: false,
      },
      { index: 2, reason: 'track_undecodable', temporary: false },
    ])
    expect(rejected[1]?.detail).not.toMatch(/^track_undecodable/)
  })

  test('cells that are masked are told by track, and the bytes go on as they came', () => {
    const bad = writeTrack({
      bikeId,
      recorderId: bikeId,
      kind: 'ride',
      clock: { bootId: 1, clockEpoch: 0 },
      timesMs: [nowMs, nowMs + 1000],
      columns: [{ key: 'speed_kmh', values: [20_000, -1] }],
    })
    const upload = checked([rideTrack(), bad])
    if ('refused' in upload) throw new Error(upload.refused)
    const { accepted, masked } = upload
    expect(masked).toEqual([{ index: 1, key: 'speed_kmh', reason: 'value_out_of_range', cells: 1, first: 1 }])
    expect(fromBinary(RawTrackSchema, accepted[1]?.value as Uint8Array).track).toEqual(bad)
  })

  test('new track ids are asked for with the time of arrival', () => {
    const asked: number[] = []
    const newTrackId = (ms: number) => {
      asked.push(ms)
      return uuidV7Bytes(ms)
    }
    checked([rideTrack()], { newTrackId })
    expect(asked).toEqual([nowMs])
  })

  test('one as large as allowed passes, a byte more does not', () => {
    const track = rideTrack()
    expect(checked([track], { maxTrackBytes: track.length })).toMatchObject({ rejected: [] })
    expect(checked([track, rideTrack({ samples: 2 })], { maxTrackBytes: track.length - 1 })).toMatchObject({
      rejected: [
        {
          index: 0,
          reason: 'track_too_large',
          detail: `${track.length} bytes, at most ${track.length - 1}`,
        },
      ],
    })
  })
})

describe('an upload of which nothing is accepted is refused', () => {
  test.each([
    ['foreign bikes only', [foreign, foreign], 'bikes_forbidden'],
    ['nothing readable', [unreadable], 'nothing_readable'],
    ['some of each', [foreign, unreadable], 'nothing_readable'],
  ])('%s', (_, tracks, refused) => {
    const refusal = checked(tracks)
    expect(refusal).toMatchObject({ refused, detail: `none of ${tracks.length} tracks was accepted` })
    const { members } = refusal as unknown as { members: { uploadId: string; rejected: { index: number }[] } }
    expect(members.uploadId).toBe(uploadId)
    expect(members.rejected.map(({ index }) => index)).toEqual(tracks.map((_, i) => i))
  })

  test('because it is malformed, with the place and without the reason twice', () => {
    expect(checked([])).toEqual({ refused: 'upload_empty', detail: 'an upload has at least one track' })
  })
})

test('a fault of ours is no fault of the track', () => {
  const bikes = {
    get: () => {
      throw new TypeError('a bug')
    },
  } as unknown as typeof identity.bikes
  expect(() => checked([rideTrack()], { identity: { subject: 'rider', bikes } })).toThrow('a bug')
})

test('an envelope is read by the generated code as it was meant, and defaults take no bytes', () => {
  const uint32 = fc.integer({ min: 0, max: 0xffffffff })
  const attempt = fc.record({ sentAtMs: fc.nat(), bootId: uint32, monotonicMs: fc.nat(), clockEpoch: uint32 })
  const track = fc.record({ index: uint32, samples: fc.nat(10_000), bytes: fc.uint8Array({ maxLength: 50 }) })
  fc.assert(
    fc.property(
      attempt,
      track,
      fc.integer({ min: 1, max: 256 }),
      (clock, { index, samples, bytes }, tracks) => {
        const trackId = uuidV7Bytes()
        const delivery = { uploadId, attempt: clock, sender: 'rider', receivedAtMs: nowMs, tracks }
        const raw = fromBinary(RawTrackSchema, createEnvelopes(delivery)({ trackId, index, samples, bytes }))
        expect(raw).toMatchObject({ trackIndex: index, samples, deliveryTracks: tracks, sender: 'rider' })
        expect(raw.attempt).toMatchObject({
          sentAtMs: BigInt(clock.sentAtMs),
          bootId: clock.bootId,
          monotonicMs: BigInt(clock.monotonicMs),
          clockEpoch: clock.clockEpoch,
        })
        expect([uuidText(raw.trackId), uuidText(raw.uploadId)]).toEqual([uuidText(trackId), uploadId])
        expect(Array.from(raw.track)).toEqual(Array.from(bytes))
      },
    ),
    { numRuns: 50 },
  )
  const size = (index: number, clock: object) =>
    createEnvelopes({
      uploadId,
      attempt: { sentAtMs: 1, bootId: 0, monotonicMs: 1, clockEpoch: 0, ...clock },
      sender: 'rider',
      receivedAtMs: nowMs,
      tracks: 1,
    })({ trackId: uuidV7Bytes(), index, samples: 1, bytes: new Uint8Array(1) }).length
  const least = size(0, {})
  expect([size(1, {}), size(0, { bootId: 1 }), size(0, { clockEpoch: 1 })]).toEqual(Array(3).fill(least + 2))
})
