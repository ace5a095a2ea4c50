import { fromBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  QuarantinedTrackSchema,
  type SampleRange,
  StoredTrackSchema,
  TrackOutcomeSchema,
} from '../../../proto/index.ts'
import { openTrack, type SampleOutcome, settle } from './planned-track.ts'
import { countsOf, recordsOf } from './records.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'

const settled: readonly SampleOutcome[] = ['stored', 'duplicate', 'conflict', 'refused']

test('whatever becomes of its samples, the records of a track account for each of them once', () => {
  const outcomes = fc.array(fc.option(fc.constantFrom(...settled), { nil: undefined }), {
    minLength: 1,
    maxLength: 40,
  })
  fc.assert(
    fc.property(outcomes, (all) => {
      const timesMs = all.map((_, i) => 1_700_000_000_000 + i)
      const ranges = all.flatMap((outcome, first) => (outcome === undefined ? [] : [{ first, count: 1 }]))
      const { plan } = openTrack(cleanTrack({ bikeId: newId(), recorderId: newId(), timesMs, ranges }))
      for (const [i, outcome] of all.entries()) if (outcome !== undefined) settle(plan, i, outcome)
      const records = recordsOf(plan, { namespace: 'n', nowMs: 1 })
      const of = (topic: string) => records.filter((record) => record.topic === `n.${topic}`)

      const stored = of('telemetry.stored').flatMap(
        ({ value }) => fromBinary(StoredTrackSchema, value).samples,
      )
      expect(positions(stored)).toEqual(all.flatMap((outcome, i) => (outcome === 'stored' ? [i] : [])))
      const quarantined = of('telemetry.quarantine').flatMap(({ value }) => {
        const { samples, stage } = fromBinary(QuarantinedTrackSchema, value)
        expect(stage).toBe('search')
        return positions(samples)
      })
      expect(quarantined.toSorted((a, b) => a - b)).toEqual(
        all.flatMap((outcome, i) => (outcome === 'conflict' || outcome === 'refused' ? [i] : [])),
      )
      const [outcome, ...others] = of('telemetry.outcomes')
      expect(others).toEqual([])
      const { counts } = fromBinary(TrackOutcomeSchema, outcome?.value ?? new Uint8Array())
      const counted = counts.reduce((sum, { samples }) => sum + samples, 0)
      expect(counted).toBe(all.filter((outcome) => outcome !== undefined).length)
    }),
  )
})

test('counts and details follow the outcomes of the samples', () => {
  const timesMs = Array.from({ length: 10 }, (_, i) => i + 1)
  const { plan } = openTrack(cleanTrack({ bikeId: newId(), recorderId: newId(), timesMs }))
  const all = [
    'stored',
    'stored',
    'conflict',
    'refused',
    'duplicate',
    'refused',
    'refused',
    'stored',
  ] as const
  for (const [i, outcome] of all.entries()) settle(plan, i, outcome)
  plan.refusal = 'too long'
  expect(countsOf(plan)).toEqual([
    { outcome: 'stored', reason: '', samples: 3 },
    { outcome: 'duplicate', reason: '', samples: 1 },
    { outcome: 'refused_by_erasure', reason: '', samples: 0 },
    { outcome: 'quarantined', reason: 'conflict', samples: 1 },
    { outcome: 'quarantined', reason: 'store_refused', samples: 3 },
  ])
  const quarantined = recordsOf(plan, { namespace: '', nowMs: 7 })
    .filter(({ topic }) => topic === 'telemetry.quarantine')
    .map(({ value }) => fromBinary(QuarantinedTrackSchema, value))
  expect(quarantined).toMatchObject([
    { detail: 'other samples of these identities were there first', samples: [{ first: 2, count: 1 }] },
    {
      detail: 'too long',
      quarantinedAtMs: 7n,
      samples: [
        { first: 3, count: 1 },
        { first: 5, count: 2 },
      ],
    },
  ])
})

function positions(ranges: readonly SampleRange[]): number[] {
  return ranges.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i))
}
