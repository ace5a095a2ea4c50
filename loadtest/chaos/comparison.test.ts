import { expect, test } from 'vitest'
import type { Sample } from '../../core/engines/elasticsearch/port.ts'
import { type DecodedTrack, readTrack, writeTrack } from '../../proto/index.ts'
import { compareDelivered, compareLatest, compareStored, type FoundSample } from './comparison.ts'

const recorderId = '5b0c6a1e-0000-4000-8000-0000000000aa'
const track: DecodedTrack = readTrack(
  writeTrack({
    bikeId: '5b0c6a1e-0000-4000-8000-000000000001',
    recorderId,
    kind: 'ride',
    clock: { bootId: 1, clockEpoch: 1 },
    timesMs: [1_000, 2_000, 3_000],
    columns: [
      { key: 'speed_kmh', values: [20_000, 21_000, Number.NaN] },
      { key: 'altitude_m', values: [10, 11, 12] },
    ],
  }),
)
const expected = [{ track, offsetMs: 500 }]
const sample = (timeMs: number, values: Sample['values']): Sample => ({
  timeMs,
  kind: 'ride',
  recorderId,
  values,
  provenance: { recordedAtMs: timeMs - 500, receivedAtMs: 9_000, rule: 'monotonic', offsetMs: 500 },
})
const [first, second, third] = [
  sample(1_500, { speed_kmh: 20, altitude_m: 1 }),
  sample(2_500, { speed_kmh: 21, altitude_m: 1.1 }),
  sample(3_500, { altitude_m: 1.2 }),
]

test.each([
  ['all of it', [first, second, third], {}],
  ['one missing', [first, third], { found: 2, lost: 1 }],
  ['one twice', [first, second, second, third], { found: 4, doubled: 1 }],
  ['another value', [first, sample(2_500, { speed_kmh: 22, altitude_m: 1.1 }), third], { changed: 1 }],
  ['a value too many', [first, second, sample(3_500, { speed_kmh: 1, altitude_m: 1.2 })], { changed: 1 }],
  ['another time', [first, second, sample(3_600, { altitude_m: 1.2 })], { lost: 1, changed: 1 }],
])('the search store with %s', (_, stored, difference) => {
  const whole = { recorded: 3, found: 3, lost: 0, doubled: 0, changed: 0 }
  expect(compareStored(expected, stored)).toEqual({ ...whole, ...difference })
})

const ride = { group: 'ride' as const, eventAtMs: 2_500, receivedAtMs: 9_000, values: { speed_kmh: 21 } }

test.each([
  ['its newest sample', [ride], {}],
  ['nothing', [], { found: 0, lost: 1 }],
  ['an older sample', [{ ...ride, eventAtMs: 1_500, values: { speed_kmh: 20 } }], { changed: 1 }],
  ['a mixture', [{ ...ride, values: { speed_kmh: 21, cadence_rpm: 60 } }], { changed: 1 }],
])('a group of the latest state that shows %s', (_, states, difference) => {
  const whole = { recorded: 1, found: 1, lost: 0, doubled: 0, changed: 0 }
  expect(compareLatest(expected, states)).toEqual({ ...whole, ...difference })
})

const delivered = [first, second, third].map(({ kind, timeMs, values }) => ({ kind, timeMs, values }))
const [one, two, three] = delivered as [FoundSample, FoundSample, FoundSample]

test.each<[string, FoundSample[], object]>([
  ['all of it', [one, two, three], {}],
  ['one missing', [one, three], { found: 2, lost: 1 }],
  ['one twice', [one, two, two, three], { found: 4, doubled: 1 }],
  ['another value', [one, { ...two, values: { ...two.values, speed_kmh: 22 } }, three], { changed: 1 }],
  ['no values', [one, { ...two, values: {} }, three], { changed: 1 }],
  ['another kind', [one, two, { ...three, kind: 'motor' }], { lost: 1, changed: 1 }],
  ['one never recorded', [one, two, three, { ...three, timeMs: 9 }], { found: 4, changed: 1 }],
])('the research topic with %s', (_, found, difference) => {
  const whole = { recorded: 3, found: 3, lost: 0, doubled: 0, changed: 0 }
  expect(compareDelivered(expected, found)).toEqual({ ...whole, ...difference })
})
