import { create, fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { QuarantineReason, RawTrackSchema, TrackOutcomeSchema, uuidV7Bytes } from '../../../proto/index.ts'
import {
  bikeReasonNames,
  encodeOutcome,
  isBikeReason,
  outcomesOf,
  quarantineReasonName,
  stages,
} from './outcomes.ts'

test('reasons are told by the names of the contract, and those of a later version as unknown', () => {
  expect(quarantineReasonName(QuarantineReason.EVENT_IN_FUTURE)).toBe('event_in_future')
  expect(quarantineReasonName(99 as QuarantineReason)).toBe('unknown')
})

test('news of a bike may mend five reasons', () => {
  const all = Object.values(QuarantineReason).filter((reason) => typeof reason === 'number')
  expect(all.filter(isBikeReason).map(quarantineReasonName)).toEqual(bikeReasonNames.toSorted(byNumber))
  expect(bikeReasonNames).toEqual([
    'bike_unregistered',
    'bike_foreign',
    'event_before_bike',
    'device_mismatch',
    'before_enrolment',
  ])
})

const numberOf = (name: string) => QuarantineReason[name.toUpperCase() as keyof typeof QuarantineReason]
const byNumber = (a: string, b: string) => Number(numberOf(a)) - Number(numberOf(b))

test('the stages and their outcomes', () => {
  expect(stages).toEqual(['normalize', 'search', 'latest', 'analytics'])
  expect(outcomesOf).toEqual({
    normalize: ['clean', 'quarantined', 'refused_by_erasure'],
    search: ['stored', 'duplicate', 'quarantined', 'refused_by_erasure'],
    latest: ['merged'],
    analytics: ['delivered', 'withheld'],
  })
})

test('an outcome names track, delivery and sender, has the track id as key, and no counts of nothing', () => {
  const [trackId, uploadId, bikeId] = [uuidV7Bytes(), uuidV7Bytes(), uuidV7Bytes()]
  const frame = {
    trackId,
    uploadId,
    trackIndex: 2,
    sender: 'anna',
    receivedAtMs: 5n,
    samples: 7,
    deliveryTracks: 3,
  }
  const { key, value } = encodeOutcome({
    raw: create(RawTrackSchema, frame),
    bikeId,
    stage: 'search',
    counts: [
      { outcome: 'stored', reason: '', samples: 7 },
      { outcome: 'duplicate', reason: '', samples: 0 },
    ],
  })
  expect(key).toBe(trackId)
  expect(fromBinary(TrackOutcomeSchema, value)).toMatchObject({
    ...{
      trackIndex: 2,
      sender: 'anna',
      stage: 'search',
      receivedAtMs: 5n,
      acceptedSamples: 7,
      deliveryTracks: 3,
    },
    counts: [{ outcome: 'stored', reason: '', samples: 7 }],
  })
  expect(Buffer.from(fromBinary(TrackOutcomeSchema, value).bikeId)).toEqual(Buffer.from(bikeId))
})
