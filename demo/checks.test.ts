import { expect, test } from 'vitest'
import { createBike } from '../simulator/index.ts'
import { booksOf, imbalances, type Ledger } from '../testkit/books.ts'
import { check } from '../testkit/check.ts'
import { percentiles } from '../testkit/freshness.ts'
import { formatTable } from '../testkit/table.ts'
import { countDelivered, faultsOf, type StoredSample } from './checks.ts'
import { createPlan } from './plan.ts'

const plan = createPlan({
  nowMs: Date.UTC(2026, 10, 23),
  rides: Array.from({ length: 5 }, (_, i) => ({
    file: `ride ${i}`,
    series: createBike(3, i).ride({ startMs: Date.UTC(2023, 6, 6), seconds: 60 }),
  })),
})
const ride = plan.rides[4] as (typeof plan.rides)[number]

/** What a faultless platform stores of the ride. */
function stored(): StoredSample[] {
  return ride.truth.flatMap(({ kind, timesMs, columns }) =>
    [...timesMs].map((timeMs, i) => ({
      timeMs,
      kind,
      values: Object.fromEntries(
        columns
          .filter(({ values }) => !Number.isNaN(values[i]))
          .map(({ key, values }) => [key, (values[i] as number) / scaleOf(key)]),
      ),
      provenance: { rule: 'monotonic' },
    })),
  )
}

const scales: Record<string, number> = {
  latitude_deg: 1e7,
  longitude_deg: 1e7,
  speed_kmh: 1000,
  odometer_m: 100,
  voltage_v: 1000,
  current_a: 1000,
}
const tenths = ['altitude_m', 'ambient_temperature_c', 'state_of_charge_pct', 'battery_temperature_c']
const scaleOf = (key: string) =>
  scales[key] ?? (tenths.includes(key) || /torque|motor_temperature/.test(key) ? 10 : 1)

test('what was stored as it was has no faults, and neither has a clock that is a little off as a whole', () => {
  expect(faultsOf(ride, stored())).toEqual([])
  expect(
    faultsOf(
      ride,
      stored().map((sample) => ({ ...sample, timeMs: sample.timeMs + 12 })),
    ),
  ).toEqual([])
})

test.each<[string, (samples: StoredSample[]) => StoredSample[], RegExp]>([
  ['a missing sample', (all) => all.slice(1), /ride samples of 60/],
  ['a sample twice', (all) => [...all, all[0] as StoredSample], /61 ride samples of 60/],
  [
    'another value',
    (all) => all.map((one, i) => (i === 3 ? { ...one, values: { ...one.values, speed_kmh: 99 } } : one)),
    /sample 3: speed_kmh is 99/,
  ],
  [
    'a single shifted time',
    (all) => all.map((one, i) => (i === 3 ? { ...one, timeMs: one.timeMs + 1 } : one)),
    /2 different/,
  ],
  [
    'a clock that was not corrected',
    (all) => all.map((one) => ({ ...one, timeMs: one.timeMs + 86_400_000 })),
    /wrong by 86400000 ms/,
  ],
  [
    'the wrong rule',
    (all) => all.map((one) => ({ ...one, provenance: { rule: 'none' } })),
    /clock rule none/,
  ],
])('%s is a fault', (_, damage, fault) => {
  expect(faultsOf(ride, damage(stored())).join()).toMatch(fault)
})

const ledger = (search: number): Ledger => ({
  accepted: 100,
  lines: [
    { stage: 'normalize', outcome: 'clean', reason: '', samples: 90 },
    { stage: 'normalize', outcome: 'quarantined', reason: 'bike_unregistered', samples: 10 },
    { stage: 'search', outcome: 'stored', reason: '', samples: search },
    { stage: 'search', outcome: 'quarantined', reason: 'conflict', samples: 10 },
    { stage: 'latest', outcome: 'merged', reason: '', samples: 90 },
    { stage: 'analytics', outcome: 'withheld', reason: 'consent_absent', samples: 80 },
  ],
})

test('the books balance when every stage has told what became of every sample', () => {
  expect(imbalances(ledger(80), 100)).toEqual([])
  expect(booksOf(ledger(80))).toEqual({
    stored: 80,
    duplicate: 0,
    quarantined: { bike_unregistered: 10, conflict: 10 },
  })
})

test('an equation that does not hold is named with its numbers', () => {
  expect(imbalances(ledger(79), 100)).toEqual([
    'clean = stored + duplicate + quarantined + refused_by_erasure (search): 90 is not 89',
    'stored = delivered + withheld (analytics): 79 is not 80',
  ])
})

test('checks compare counts by reason whatever their order', () => {
  expect(check('x', { a: 1, b: 2 }, { b: 2, a: 1 }).holds).toBe(true)
  expect(check('x', {}, { conflict: 1 })).toMatchObject({
    expected: 'none',
    actual: 'conflict 1',
    holds: false,
  })
})

test('a sample that research gets twice is counted as such', () => {
  const sample = { subject: 's', kind: 'ride', timeMs: 1 } as const
  const { bySubject, doubles } = countDelivered([sample, { ...sample, kind: 'motor' }, sample])
  expect([...bySubject]).toEqual([['s', 3]])
  expect(doubles).toBe(1)
})

test('percentiles are by nearest rank, and null of nothing', () => {
  expect(percentiles([3, 1, 2])).toEqual({ p50: 2, p99: 3 })
  expect(percentiles(Array.from({ length: 200 }, (_, i) => i + 1))).toEqual({ p50: 100, p99: 198 })
  expect(percentiles([])).toEqual({ p50: null, p99: null })
})

test('tables are aligned, numbers to the right', () => {
  expect(
    formatTable(
      ['name', 'n'],
      [
        ['a', 5],
        ['long one', 10],
      ],
    ),
  ).toBe(['name       n', '────────  ──', 'a          5', 'long one  10'].join('\n'))
})
