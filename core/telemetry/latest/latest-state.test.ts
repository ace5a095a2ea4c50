import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DecodedTrack, FieldKey, Kind, RawTrack } from '../../../proto/index.ts'
import type { CleanSamples } from '../contracts/clean-samples.ts'
import { collapse, type GroupState, replaces, statesOf } from './latest-state.ts'

const bikeId = 'aaaaaaaa-0000-4000-8000-000000000001'
const recorderId = 'bbbbbbbb-0000-4000-8000-000000000001'
const gap = Number.NaN

interface Given {
  kind: Kind
  timesMs: number[]
  columns: Partial<Record<FieldKey, number[]>>
  ranges?: { first: number; count: number }[]
  clockOffsetMs?: number
}

function samples({ kind, timesMs, columns, ranges, clockOffsetMs = 0 }: Given): CleanSamples {
  const track: DecodedTrack = {
    bikeId,
    recorderId,
    kind,
    clock: { bootId: 0, clockEpoch: 0 },
    timesMs: Float64Array.from(timesMs),
    columns: Object.entries(columns).map(([key, values]) => ({
      key: key as FieldKey,
      values: Float64Array.from(values),
    })),
  }
  return {
    raw: {} as RawTrack,
    trackId: 'cccccccc-0000-7000-8000-000000000001',
    riderId: 'anna',
    receivedAtMs: 9_000,
    track,
    clockOffsetMs,
    ranges: ranges ?? [{ first: 0, count: timesMs.length }],
  }
}

const shown = (states: GroupState[]) =>
  states.map(({ group, eventAtMs, values }) => [group, eventAtMs, values])

test('a ride track speaks for position and ride, each at its own newest sample, in human units', () => {
  const track = samples({
    kind: 'ride',
    timesMs: [1_000, 2_000, 3_000],
    columns: {
      latitude_deg: [480_000_000, 481_000_000, gap],
      longitude_deg: [110_000_000, 111_000_000, gap],
      altitude_m: [5_000, gap, 5_010],
      speed_kmh: [20_500, 21_000, gap],
      odometer_m: [100, 200, 350],
    },
    clockOffsetMs: 500,
  })
  expect(shown(statesOf(track))).toEqual([
    ['position', 2_500, { latitude_deg: 48.1, longitude_deg: 11.1 }],
    ['ride', 3_500, { odometer_m: 3.5 }],
  ])
})

test.each<[string, Given, unknown]>([
  [
    'samples that did not pass do not count',
    {
      kind: 'battery',
      timesMs: [1, 2, 3],
      columns: { state_of_charge_pct: [800, 790, 780] },
      ranges: [{ first: 0, count: 2 }],
    },
    [['battery', 2, { state_of_charge_pct: 79 }]],
  ],
  [
    'the newest of several ranges counts, past samples that say nothing',
    {
      kind: 'battery',
      timesMs: [1, 2, 3, 4, 5],
      columns: { voltage_v: [1_000, 2_000, gap, 4_000, gap] },
      ranges: [
        { first: 0, count: 1 },
        { first: 1, count: 2 },
        { first: 4, count: 1 },
      ],
    },
    [['battery', 2, { voltage_v: 2 }]],
  ],
  [
    'ranges may come in any order',
    {
      kind: 'motor',
      timesMs: [1, 2, 3],
      columns: { motor_power_w: [10, 20, 30] },
      ranges: [
        { first: 2, count: 1 },
        { first: 0, count: 1 },
      ],
    },
    [['motor', 3, { motor_power_w: 30 }]],
  ],
  ['a track without values says nothing', { kind: 'motor', timesMs: [1], columns: {} }, []],
  [
    'the newest fault event is the state of the faults',
    {
      kind: 'fault',
      timesMs: [1, 2],
      columns: { fault_code: [7, 8], fault_severity: [3, 2], fault_active: [1, 0] },
    },
    [['fault', 2, { fault_code: 8, fault_severity: 2, fault_active: 0 }]],
  ],
])('%s', (_, given, expected) => {
  expect(shown(statesOf(samples(given)))).toEqual(expected)
})

// Few distinct values, so that ties of every depth come up.
const few = fc.integer({ min: 0, max: 3 })
const state: fc.Arbitrary<GroupState> = fc
  .record({ bike: few, battery: fc.boolean(), event: few, recorder: few, received: few, track: few })
  .map(({ bike, battery, event, recorder, received, track }) => ({
    bikeId: `bike-${bike}`,
    group: battery ? 'battery' : 'ride',
    eventAtMs: event,
    recorderId: `recorder-${recorder}`,
    receivedAtMs: received,
    trackId: `track-${track}`,
    values: { marker: event * 64 + recorder * 16 + received * 4 + track },
  }))

test('any order, grouping and repetition of the same states gives the same latest states', () => {
  const delivery = fc
    .array(state, { maxLength: 40 })
    .chain((states) =>
      fc.tuple(
        fc.constant(states),
        fc.shuffledSubarray([...states, ...states], { minLength: states.length * 2 }),
        fc.nat(states.length * 2),
      ),
    )
  fc.assert(
    fc.property(delivery, ([states, shuffled, cut]) => {
      const merged = collapse([...collapse(shuffled.slice(0, cut)), ...collapse(shuffled.slice(cut))])
      expect(merged).toEqual(collapse(states))
    }),
  )
})

const reference: GroupState = {
  bikeId: 'bike',
  group: 'ride',
  eventAtMs: 5,
  recorderId: 'm',
  receivedAtMs: 5,
  trackId: 'm',
  values: {},
}

test.each<[string, Partial<GroupState>]>([
  ['a newer event, whatever else', { eventAtMs: 6, recorderId: 'z', receivedAtMs: 9, trackId: 'z' }],
  ['of one moment the smaller recorder', { recorderId: 'a', receivedAtMs: 9, trackId: 'z' }],
  ['of one recorder what was received first', { receivedAtMs: 4, trackId: 'z' }],
  ['of one receipt the smaller track', { trackId: 'a' }],
])('%s wins', (_, change) => {
  const other = { ...reference, ...change }
  expect([replaces(other, reference), replaces(reference, other)]).toEqual([true, false])
  expect(collapse([other, reference])).toEqual([other])
})

test('of two different states exactly one replaces the other, and none replaces itself', () => {
  fc.assert(
    fc.property(state, state, (a, b) => {
      const same =
        JSON.stringify({ ...a, bikeId: '', group: '' }) === JSON.stringify({ ...b, bikeId: '', group: '' })
      expect(replaces(a, b) !== replaces(b, a)).toBe(!same)
    }),
  )
})

test('states come out in the order of their keys', () => {
  fc.assert(
    fc.property(fc.array(state), (states) => {
      const keys = collapse(states).map(({ bikeId, group }) => `${bikeId} ${group}`)
      expect(keys).toEqual([...new Set(keys)].sort())
    }),
  )
})
