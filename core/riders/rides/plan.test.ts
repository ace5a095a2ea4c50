import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ridesOf } from './plan.ts'
import type { RideSample } from './port.ts'
import { bike, minutes, moduleId, phoneId, recorded, riding, standing, startMs } from './testing/samples.ts'

/** Minutes from 8:00 to the first and the last movement, to the closing, and why. */
const shown = (samples: readonly RideSample[], of = bike) =>
  ridesOf(samples, of).map(({ fromMs, untilMs, closesAtMs, end }) => [
    ...[fromMs, untilMs, closesAtMs].map((ms) => Math.round((ms - startMs) / 6_000) / 10),
    end,
  ])
const ride = (atMinute: number, forMinutes: number, more: Partial<Parameters<typeof recorded>[0]> = {}) =>
  recorded({ atMs: minutes(atMinute), seconds: forMinutes * 60 + 1, ...more })
const charging = () => ({ current_a: -2, voltage_v: 36 })

describe('a ride', () => {
  test.each<[string, RideSample[], unknown]>([
    ['nothing', [], []],
    ['is from the first to the last movement', ride(0, 5), [[0, 5, 15, 'rest']]],
    [
      'has no rest before and behind it',
      [...ride(-5, 4, { values: standing }), ...ride(0, 5), ...ride(6, 3, { values: standing })],
      [[0, 5, 15, 'rest']],
    ],
    ['goes on after nine minutes of silence', [...ride(0, 5), ...ride(14, 5)], [[0, 19, 29, 'rest']]],
    [
      'goes on after nine minutes of rest',
      [...ride(0, 5), ...ride(6, 7, { values: standing }), ...ride(14, 5)],
      [[0, 19, 29, 'rest']],
    ],
    [
      'ends with ten minutes of silence',
      [...ride(0, 5), ...ride(15, 5)],
      [
        [0, 5, 15, 'rest'],
        [15, 20, 30, 'rest'],
      ],
    ],
    [
      'ends with ten minutes of rest',
      [...ride(0, 5), ...ride(6, 8, { values: standing }), ...ride(15, 5)],
      [
        [0, 5, 15, 'rest'],
        [15, 20, 30, 'rest'],
      ],
    ],
    [
      'ends when the battery is charged',
      [...ride(0, 5), ...ride(7, 2, { values: charging, kind: 'battery' }), ...ride(10, 5)],
      [
        [0, 5, 7, 'charging'],
        [10, 15, 25, 'rest'],
      ],
    ],
    [
      'closes when the battery is charged, whether another one follows or not',
      [...ride(0, 5), ...ride(7, 2, { values: charging, kind: 'battery' })],
      [[0, 5, 7, 'charging']],
    ],
    [
      'goes on while the battery takes what brakes give',
      [...ride(0, 5), ...ride(2, 1, { values: charging, kind: 'battery' })],
      [[0, 5, 15, 'rest']],
    ],
    [
      'ends with its recording',
      [...ride(0, 5, { recordingId: 1 }), ...ride(7, 5, { recordingId: 2 })],
      [
        [0, 5, 7, 'recording'],
        [7, 12, 22, 'rest'],
      ],
    ],
    [
      'closes with its recording, whether the other one is ridden or not',
      [...ride(0, 5, { recordingId: 1 }), ...ride(7, 2, { recordingId: 2, values: standing })],
      [[0, 5, 7, 'recording']],
    ],
    [
      'goes on where a recorder tells of no recordings',
      [...ride(0, 5, { recordingId: 1 }), ...ride(7, 5)],
      [[0, 12, 22, 'rest']],
    ],
    [
      'ends once where two recorders are switched on one after the other',
      [
        ...ride(0, 5, { recordingId: 1 }),
        ...ride(0, 4.5, { recorderId: phoneId, recordingId: 8 }),
        ...ride(7, 5, { recordingId: 2 }),
        ...ride(7.2, 5, { recorderId: phoneId, recordingId: 9 }),
      ],
      [
        [0, 5, 7, 'recording'],
        [7, 12.2, 22.2, 'rest'],
      ],
    ],
    [
      'goes on where a phone comes back with another recording after ten minutes in which the bike rode on',
      [
        ...ride(0, 30, { recordingId: 1 }),
        ...ride(0, 5, { recorderId: phoneId, recordingId: 8 }),
        ...ride(16, 5, { recorderId: phoneId, recordingId: 9 }),
      ],
      [[0, 30, 40, 'rest']],
    ],
    [
      'is told of by odometers where no speed is known',
      ride(0, 5, { values: (second) => ({ odometer_m: 2 * second }) }),
      [[0, 5, 15, 'rest']],
    ],
    [
      'is none where an odometer stands, creeps or was reset',
      [
        ...ride(0, 5, { values: () => ({ odometer_m: 9 }) }),
        ...ride(20, 5, { values: (second) => ({ odometer_m: second / 2 }) }),
        ...ride(40, 5, { values: (second) => ({ odometer_m: 9_000 - 2 * second }) }),
      ],
      [],
    ],
    ['is none when it lasts for less than half a minute', recorded({ atMs: 0, seconds: 30 }), []],
    ['is one when it lasts for half a minute', recorded({ atMs: 0, seconds: 31 }), [[0, 0.5, 10.5, 'rest']]],
  ])('%s', (_, samples, expected) => {
    expect(shown(samples)).toEqual(expected)
  })

  test('at walking pace is one above 2 km/h', () => {
    const at = (speed_kmh: number) => shown(ride(0, 5, { values: () => ({ speed_kmh }) }))
    expect([at(2), at(2.1)]).toEqual([[], [[0, 5, 15, 'rest']]])
  })

  test('of a former owner stays his, to the moment', () => {
    const soldAtMs = startMs + minutes(3)
    const owners = [
      { riderId: 'anna', fromMs: 0, untilMs: soldAtMs },
      { riderId: 'ben', fromMs: soldAtMs, untilMs: startMs + minutes(20) },
    ]
    const rides = ridesOf([...ride(0, 5), ...ride(30, 5)], { ...bike, owners })
    expect(rides.map(({ riderId, summary }) => [riderId, summary.samples])).toEqual([
      ['anna', 180],
      ['ben', 121],
    ])
    expect(shown(ride(0, 5), { ...bike, owners })).toEqual([
      [0, 3, 3, 'rider'],
      [3, 5, 15, 'rest'],
    ])
    expect(ridesOf(ride(0, 5), { ...bike, owners: [] })).toEqual([])
  })

  test('longer than a day is cut at its longest rest between the 12th and the 24th hour', () => {
    const hours = (count: number) => count * 60
    const every = { everyS: 60 }
    const samples = [
      ...ride(0, hours(13), every),
      ...ride(hours(13) + 8, hours(7), every),
      ...ride(hours(20) + 17, hours(7), every),
    ]
    expect(shown(samples)).toEqual([
      [0, hours(20) + 8, hours(20) + 17, 'day'],
      [hours(20) + 17, hours(27) + 17, hours(27) + 27, 'rest'],
    ])
    // All rests alike: the first of them.
    expect(shown(ride(0, hours(25), every)).map(([from, until]) => [from, until])).toEqual([
      [0, hours(12)],
      [hours(12) + 1, hours(25)],
    ])
    expect(shown(ride(0, hours(48), every))).toHaveLength(3)
    expect(shown(ride(0, hours(48) + 1, every))).toEqual([])
  })
})

/** A morning of rides, rests and charging, by up to three recorders. */
const morning: fc.Arbitrary<RideSample[]> = fc
  .array(
    fc.record({
      recorderId: fc.constantFrom(moduleId, phoneId, '20000000-0000-4000-8000-000000000004'),
      what: fc.constantFrom('riding', 'standing', 'charging', 'silent'),
      seconds: fc.integer({ min: 1, max: 1_500 }),
      recordingId: fc.constantFrom(undefined, 1, 2),
      everyS: fc.constantFrom(1, 7, 20, 45),
    }),
    { maxLength: 14 },
  )
  .map((parts) => {
    const ends = new Map<string, number>()
    return parts.flatMap(({ what, ...part }) => {
      const atMs = ends.get(part.recorderId) ?? 0
      ends.set(part.recorderId, atMs + part.seconds * 1_000)
      if (what === 'silent') return []
      if (what === 'charging') return recorded({ ...part, atMs, kind: 'battery', values: charging })
      return recorded({ ...part, atMs, values: what === 'riding' ? riding : standing })
    })
  })

const soldAt = fc.option(fc.integer({ min: 0, max: 240 }), { nil: undefined })
const ownedBy = (soldAtMinute: number | undefined) => {
  if (soldAtMinute === undefined) return bike
  const atMs = startMs + minutes(soldAtMinute)
  return {
    ...bike,
    owners: [
      { riderId: 'anna', fromMs: 0, untilMs: atMs },
      { riderId: 'ben', fromMs: atMs, untilMs: Number.POSITIVE_INFINITY },
    ],
  }
}

test('any order and repetition of the same samples gives the same rides, ids and summaries included', () => {
  const delivery = morning.chain((samples) =>
    fc.tuple(
      fc.constant(samples),
      fc.shuffledSubarray([...samples, ...samples.slice(0, 50)], {
        minLength: samples.length + Math.min(50, samples.length),
      }),
    ),
  )
  fc.assert(
    fc.property(delivery, soldAt, ([samples, shuffled], sold) => {
      expect(ridesOf(shuffled, ownedBy(sold))).toEqual(ridesOf(samples, ownedBy(sold)))
    }),
    { numRuns: 60 },
  )
})

test('samples beyond a rest change nothing: a window that ends in rests on both sides has the rides of all', () => {
  const [before, after] = [ride(-60, 20), ride(600, 20)]
  fc.assert(
    fc.property(morning, soldAt, (samples, sold) => {
      const of = ownedBy(sold)
      const all = ridesOf([...before, ...samples, ...after], of)
      const ids = new Set(ridesOf([...before, ...after], of).map(({ rideId }) => rideId))
      expect(all.filter(({ rideId }) => !ids.has(rideId))).toEqual(ridesOf(samples, of))
    }),
    { numRuns: 60 },
  )
})

test('rides of a bike do not overlap, end before they close, and their times add up', () => {
  fc.assert(
    fc.property(morning, soldAt, (samples, sold) => {
      const rides = ridesOf(samples, ownedBy(sold))
      for (const [i, { fromMs, untilMs, closesAtMs, summary }] of rides.entries()) {
        expect(fromMs).toBeGreaterThan(rides[i - 1]?.untilMs ?? 0)
        expect(closesAtMs).toBeGreaterThan(untilMs)
        expect(closesAtMs - untilMs).toBeLessThanOrEqual(minutes(10))
        const { movingS, standingS, unrecordedS } = summary
        expect(movingS + standingS + unrecordedS).toBeCloseTo((untilMs - fromMs) / 1_000, 3)
      }
    }),
    { numRuns: 60 },
  )
})
