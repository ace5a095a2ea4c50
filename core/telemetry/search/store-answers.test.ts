import { expect, test } from 'vitest'
import type { FieldKey } from '../../../proto/index.ts'
import type { CreateAnswer, ExistingDocument } from '../../engines/elasticsearch/port.ts'
import { compare, openTrack, type Step, stepAfter } from './planned-track.ts'
import { cleanTrack, newId } from './testing/fixtures.ts'

test.each<[CreateAnswer, Step]>([
  [{ type: 'created' }, { type: 'settle', outcome: 'stored' }],
  [
    { type: 'exists', id: 'x' },
    { type: 'compare', id: 'x' },
  ],
  [{ type: 'blocked' }, { type: 'again', because: 'blocked' }],
  [{ type: 'missing' }, { type: 'again', because: 'missing' }],
  [
    { type: 'busy', detail: 'full' },
    { type: 'again', because: 'busy', detail: 'full' },
  ],
  [
    { type: 'refused', detail: 'no' },
    { type: 'settle', outcome: 'refused', detail: 'no' },
  ],
])('answer %j leads to %j', (answer, step) => {
  expect(stepAfter(answer)).toEqual(step)
})

test.each<[string, 'same' | 'other', Partial<Record<FieldKey, number>>, string]>([
  ['our own document', 'same', { speed_kmh: 7 }, 'stored'],
  ['equal values', 'other', { speed_kmh: 7, altitude_m: 3 }, 'duplicate'],
  ['another value', 'other', { speed_kmh: 8, altitude_m: 3 }, 'conflict'],
  ['a value less', 'other', { speed_kmh: 7 }, 'conflict'],
  ['a value more', 'other', { speed_kmh: 7, altitude_m: 3, cadence_rpm: 0 }, 'conflict'],
])('%s (%s track): %j is %s', (_name, whose, values, outcome) => {
  const trackId = newId()
  const columns = [
    { key: 'speed_kmh' as const, values: [7] },
    { key: 'altitude_m' as const, values: [3] },
    { key: 'cadence_rpm' as const, values: [Number.NaN] },
  ]
  const identity = { bikeId: newId(), recorderId: newId() }
  const { plan, track } = openTrack(cleanTrack({ ...identity, trackId, timesMs: [1_000], columns }))
  const existing: ExistingDocument = {
    ...identity,
    kind: 'ride',
    timeMs: 1_000,
    trackId: whose === 'same' ? trackId : newId(),
    cells: new Map(Object.entries(values) as [FieldKey, number][]),
  }
  expect(compare({ plan, track, sample: 0, existing })).toBe(outcome)
})
