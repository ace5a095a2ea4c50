import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { type DecodedTrack, type RawTrack, TrackOutcomeSchema } from '../../../proto/index.ts'
import type { Range } from '../../telemetry/contracts/clean-samples.ts'
import { planBatch, type StoredTrackRecord } from './plan.ts'
import { createPseudonym } from './pseudonym.ts'

const bikeId = 'aaaaaaaa-0000-4000-8000-000000000001'
const pseudonym = createPseudonym('a secret of the tests')
const open = [{ fromMs: 2_000, untilMs: Number.POSITIVE_INFINITY, now: true }]

function record(offset: bigint, ranges: Range[]): StoredTrackRecord {
  const track: DecodedTrack = {
    bikeId,
    recorderId: 'bbbbbbbb-0000-4000-8000-000000000001',
    kind: 'battery',
    clock: { bootId: 0, clockEpoch: 0 },
    timesMs: Float64Array.from([1_000, 2_000, 3_000, 4_000]),
    columns: [{ key: 'state_of_charge_pct', values: Float64Array.from([900, 890, Number.NaN, 870]) }],
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
    consents: new Map([['anna', open]]),
    pseudonym,
    researchTopic: 'research',
    outcomesTopic: 'outcomes',
  })

const json = (value: Uint8Array) => JSON.parse(Buffer.from(value).toString())

test('research sees values in human units under a pseudonym, and nothing that names rider, recorder or bike', () => {
  const { records } = plan([record(1n, [{ first: 0, count: 4 }])])
  const research = records.filter(({ topic }) => topic === 'research')
  const bike = Buffer.from(pseudonym(bikeId)).toString('hex')
  expect(research.map(({ value }) => json(value))).toEqual([
    { bike, kind: 'battery', time: '1970-01-01T00:00:02.000Z', state_of_charge_pct: 89 },
    { bike, kind: 'battery', time: '1970-01-01T00:00:03.000Z' },
    { bike, kind: 'battery', time: '1970-01-01T00:00:04.000Z', state_of_charge_pct: 87 },
  ])
  expect(research.map(({ key }) => key)).toEqual(Array(3).fill(pseudonym(bikeId)))
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

test('a pseudonym depends on the bike and on the secret', () => {
  expect(pseudonym(bikeId)).toEqual(createPseudonym('a secret of the tests')(bikeId))
  expect(pseudonym(bikeId)).not.toEqual(createPseudonym('another secret')(bikeId))
  expect(pseudonym(bikeId)).not.toEqual(pseudonym('aaaaaaaa-0000-4000-8000-000000000002'))
  expect(pseudonym(bikeId)).toHaveLength(16)
})
