import { create } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { limits, RawTrackSchema, uuidText, uuidV7Bytes } from '../../../proto/index.ts'
import { encodeOutcome } from '../contracts/outcomes.ts'
import { collapseOutcomes, lateOutcomes, newTracks, readOutcomeRecord } from './outcome-record.ts'

const bikeId = uuidV7Bytes()
const trackId = uuidV7Bytes()
const rawWith = (changes: object) =>
  create(RawTrackSchema, {
    trackId,
    uploadId: uuidV7Bytes(),
    sender: 'rider',
    receivedAtMs: 1_000n,
    ...changes,
  })
const counts = [{ outcome: 'clean' as const, reason: '', samples: 3 }]

test('an outcome is read as it was written', () => {
  const { value } = encodeOutcome({
    raw: rawWith({ trackIndex: 4, samples: 3, deliveryTracks: 2 }),
    bikeId,
    stage: 'normalize',
    counts,
  })
  expect(readOutcomeRecord(value)).toMatchObject({
    trackId: uuidText(trackId),
    bikeId: uuidText(bikeId),
    trackIndex: 4,
    sender: 'rider',
    stage: 'normalize',
    receivedAtMs: 1_000,
    acceptedSamples: 3,
    deliveryTracks: 2,
    counts,
  })
})

test.each<[string, object]>([
  ['a track id of other length', { trackId: new Uint8Array(4) }],
  ['a track index beyond the column', { trackIndex: 2 ** 31 }],
  ['a time before all times', { receivedAtMs: -1n }],
  ['a time after all times', { receivedAtMs: BigInt(limits.timeMs) }],
])('%s is refused before it reaches the database', (_, changes) => {
  const { value } = encodeOutcome({ raw: rawWith(changes), bikeId, stage: 'normalize', counts })
  expect(() => readOutcomeRecord(value)).toThrow()
})

test.each([
  [9, 9],
  [0, 5],
])(
  'of %i samples counted at acceptance and 5 seen by the stage, %i are accepted',
  (samples, acceptedSamples) => {
    const seen = [...counts, { outcome: 'quarantined' as const, reason: 'event_in_future', samples: 2 }]
    const { value } = encodeOutcome({ raw: rawWith({ samples }), bikeId, stage: 'normalize', counts: seen })
    expect(readOutcomeRecord(value)).toMatchObject({ acceptedSamples })
  },
)

test('an outcome and reason that a stage names twice means the sum', () => {
  const { value } = encodeOutcome({
    raw: rawWith({}),
    bikeId,
    stage: 'normalize',
    counts: [...counts, { outcome: 'clean', reason: 'other', samples: 1 }, ...counts],
  })
  expect(readOutcomeRecord(value).counts).toEqual([
    { outcome: 'clean', reason: '', samples: 6 },
    { outcome: 'clean', reason: 'other', samples: 1 },
  ])
})

test('only outcomes of normalize make a track known', () => {
  const normalized = readOutcomeRecord(
    encodeOutcome({ raw: rawWith({}), bikeId, stage: 'normalize', counts }).value,
  )
  expect(newTracks([{ ...normalized, stage: 'search' }, normalized])).toEqual([normalized])
})

test('an outcome of a stage that nobody knows is refused', () => {
  const { value } = encodeOutcome({ raw: rawWith({}), bikeId, stage: 'other' as 'normalize', counts })
  expect(() => readOutcomeRecord(value)).toThrow('no such stage')
})

test.each([
  [2 ** 31 - 1, true],
  [2 ** 31, false],
])('%i samples can be booked: %s', (samples, can) => {
  const { value } = encodeOutcome({
    raw: rawWith({ receivedAtMs: 0n, samples: 1 }),
    bikeId,
    stage: 'normalize',
    counts: [{ outcome: 'clean', reason: '', samples }],
  })
  if (can) expect(readOutcomeRecord(value)).toMatchObject({ receivedAtMs: 0, counts: [{ samples }] })
  else expect(() => readOutcomeRecord(value)).toThrow('out of range')
})

test('bytes that are no outcome are refused', () => {
  expect(() => readOutcomeRecord(Buffer.from('nothing of the kind'))).toThrow()
})

test('of several outcomes of a track and stage the last one counts', () => {
  const outcome = (samples: number, stage: 'search' | 'normalize') => ({
    ...readOutcomeRecord(encodeOutcome({ raw: rawWith({}), bikeId, stage: 'normalize', counts }).value),
    stage,
    counts: [{ outcome: 'any', reason: '', samples }],
  })
  const collapsed = collapseOutcomes([outcome(1, 'search'), outcome(2, 'normalize'), outcome(3, 'search')])
  expect(collapsed.map(({ stage, counts: [count] }) => [stage, count?.samples])).toEqual([
    ['normalize', 2],
    ['search', 3],
  ])
})

test('outcomes and reasons with a slash in them stay apart', () => {
  const said = [
    { outcome: 'a/b' as 'clean', reason: 'c', samples: 1 },
    { outcome: 'a' as 'clean', reason: 'b/c', samples: 2 },
  ]
  const { value } = encodeOutcome({ raw: rawWith({}), bikeId, stage: 'normalize', counts: said })
  expect(readOutcomeRecord(value).counts).toEqual(said)
})

test('late are outcomes of old tracks, and what normalize tells of a module, whose message may have come before', () => {
  const nowMs = Date.UTC(2026, 10, 30)
  const outcomeOf = (
    stage: 'normalize' | 'search',
    { ageMs, uploadId }: { ageMs: number; uploadId?: Uint8Array },
  ) =>
    readOutcomeRecord(
      encodeOutcome<'normalize' | 'search'>({
        raw: rawWith({ receivedAtMs: BigInt(nowMs - ageMs), ...(uploadId && { uploadId }) }),
        ...{ bikeId, stage, counts: [] },
      }).value,
    )
  const minute = 60_000
  const late = [
    outcomeOf('search', { ageMs: 31 * minute }),
    outcomeOf('normalize', { ageMs: minute, uploadId: trackId }),
  ]
  const soon = [
    outcomeOf('normalize', { ageMs: 29 * minute }),
    outcomeOf('search', { ageMs: minute, uploadId: trackId }),
  ]
  expect(lateOutcomes([...late, ...soon], nowMs)).toEqual(late)
})
