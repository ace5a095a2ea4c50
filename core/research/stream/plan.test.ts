import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { type DecodedTrack, type RawTrack, TrackOutcomeSchema } from '../../../proto/index.ts'
import type { Range } from '../../telemetry/contracts/clean-samples.ts'
import { planBatch, type StoredTrackRecord } from './plan.ts'
import { periodOf, recorderOf, subjectOf } from './pseudonym.ts'

const bikeId = 'aaaaaaaa-0000-4000-8000-000000000001'
const recorderId = 'bbbbbbbb-0000-4000-8000-000000000001'
const key = '07'.repeat(32)
const period = periodOf(key)
const open = [{ fromMs: 2_000, untilMs: Number.POSITIVE_INFINITY, now: true }]

const charge: DecodedTrack['columns'] = [
  { key: 'state_of_charge_pct', values: Float64Array.from([900, 890, Number.NaN, 870]) },
]

function record(
  offset: bigint,
  ranges: Range[],
  columns: DecodedTrack['columns'] = charge,
): StoredTrackRecord {
  const track: DecodedTrack = {
    bikeId,
    recorderId,
    kind: 'battery',
    clock: { bootId: 0, clockEpoch: 0 },
    timesMs: Float64Array.from([1_000, 2_000, 3_000, 4_000]),
    columns,
  }
  const bytes = new Uint8Array(16)
  const raw = {
    trackId: bytes,
    uploadId: bytes,
    trackIndex: 0,
    sender: 'anna',
    receivedAtMs: 5_000n,
  } as RawTrack
  const stored = { raw, trackId: 't', riderId: 'anna', receivedAtMs: 5_000, track, clockOffsetMs: 0, ranges }
  return { partition: 0, offset, stored }
}

const plan = (batch: StoredTrackRecord[]) =>
  planBatch(batch, {
    claims: [],
    consents: new Map([['anna', { ranges: open, period }]]),
    researchTopic: 'research',
    outcomesTopic: 'outcomes',
  })

const json = (value: Uint8Array) => JSON.parse(Buffer.from(value).toString())

const researchOf = (batch: StoredTrackRecord[]) =>
  plan(batch)
    .records.filter(({ topic }) => topic === 'research')
    .map((sent) => ({ key: String(Buffer.from(sent.key)), ...json(sent.value) }))

test('research sees a track as columns in human units, and nothing that names rider, recorder, bike or track', () => {
  const subject = subjectOf(key, bikeId)
  expect(researchOf([record(1n, [{ first: 0, count: 4 }])])).toEqual([
    {
      key: subject,
      subject,
      person: period.person,
      recorder: recorderOf(key, { bikeId, recorderId }),
      kind: 'battery',
      time_ms: [2_000, 3_000, 4_000],
      metrics: { state_of_charge_pct: [89, null, 87] },
    },
  ])
})

test('of a position research sees 0.01°, and of a metric without any value nothing', () => {
  const [sent] = researchOf([
    record(
      1n,
      [{ first: 1, count: 3 }],
      [
        { key: 'latitude_deg', values: Float64Array.from([0, 473_768_870, -473_768_870, Number.NaN]) },
        { key: 'longitude_deg', values: Float64Array.from([0, 1_799_999_999, 85_416_940, Number.NaN]) },
        { key: 'cadence_rpm', values: Float64Array.from([60, Number.NaN, Number.NaN, Number.NaN]) },
      ],
    ),
  ])
  expect(sent?.metrics).toEqual({ latitude_deg: [47.38, -47.38, null], longitude_deg: [180, 8.54, null] })
})

test('a track of which nothing is consented has an outcome and no record', () => {
  expect(plan([record(1n, [{ first: 0, count: 1 }])]).records.map(({ topic }) => topic)).toEqual(['outcomes'])
})

test('two records of a track in one batch share its samples, and the last outcome is the sum', () => {
  const { records, claims } = plan([
    record(1n, [{ first: 0, count: 2 }]),
    record(2n, [{ first: 0, count: 4 }]),
    record(3n, [{ first: 0, count: 4 }]),
  ])
  expect(claims.map(({ offset, samples, delivered }) => ({ offset, samples, delivered }))).toEqual([
    { offset: 1n, samples: [{ first: 0, count: 2 }], delivered: 1 },
    { offset: 2n, samples: [{ first: 2, count: 2 }], delivered: 2 },
  ])
  const outcomes = records.filter(({ topic }) => topic === 'outcomes')
  const { counts } = fromBinary(TrackOutcomeSchema, outcomes.at(-1)?.value ?? new Uint8Array())
  expect(counts.map(({ outcome, reason, samples }) => [outcome, reason, samples])).toEqual([
    ['delivered', '', 3],
    ['withheld', 'consent_not_at_event_time', 1],
  ])
})

test('the names of bike and rider depend on the key, and the subject on the bike', () => {
  const another = '08'.repeat(32)
  const otherBike = 'aaaaaaaa-0000-4000-8000-000000000002'
  const names = [
    subjectOf(key, bikeId),
    subjectOf(another, bikeId),
    subjectOf(key, otherBike),
    period.person,
    periodOf(another).person,
  ]
  expect(new Set(names).size).toBe(5)
  expect(subjectOf(key, bikeId)).toBe(names[0])
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{32}$/)
})
