import { describe, expect, test } from 'vitest'
import type { BikeAtWork, Ride } from './port.ts'
import { bike, minutes, startMs } from './testing/samples.ts'
import { extended, firstCluster, isLong, leftOf, nextStep, samplesToSee, windowAround } from './windows.ts'

type Mark = BikeAtWork['marks'][number]

/** Times are minutes from 8:00. */
const at = (minute: number) => startMs + minutes(minute)
const mark = (fromMinute: number, untilMinute: number, more: Partial<Mark> = {}): Mark => ({
  ...{ bikeId: bike.bikeId, markId: `track ${fromMinute}`, samples: 60 },
  ...{ fromMs: at(fromMinute), untilMs: at(untilMinute), movedAtMs: at(untilMinute) },
  ...{ chargedAtMs: undefined, recording: undefined, markedAtMs: at(untilMinute), ...more },
})
const ride = (fromMinute: number, untilMinute: number, more: Partial<Ride> = {}): Ride => ({
  ...{ rideId: '', bikeId: bike.bikeId, riderId: 'anna', end: 'rest' },
  ...{ fromMs: at(fromMinute), untilMs: at(untilMinute), closesAtMs: at(untilMinute + 10) },
  summary: { recordings: [{ recorderId: 'phone', recordingId: 7 }] } as unknown as Ride['summary'],
  ...more,
})
const clusterOf = (...marks: Mark[]) => firstCluster(marks) as NonNullable<ReturnType<typeof firstCluster>>
const shown = ({ fromMs, untilMs }: { fromMs: number; untilMs: number }) =>
  [fromMs, untilMs].map((ms) => (ms - startMs) / 60_000)

describe('marks that belong together', () => {
  test('is none without marks', () => {
    expect(firstCluster([])).toBeUndefined()
  })

  test('has the earliest mark and those that can touch the same rides', () => {
    const cluster = clusterOf(mark(60, 70), mark(22, 25), mark(0, 5), mark(27, 28))
    expect([shown(cluster), cluster.marks.length]).toEqual([[0, 28], 3])
  })

  test('ends a day after its beginning, and leaves what is behind', () => {
    const [long, short] = [mark(0, 3_000, { markId: 'long' }), mark(100, 200)]
    const cluster = clusterOf(long, short)
    expect(shown(cluster)).toEqual([0, 1_440])
    expect(leftOf(cluster)).toEqual([long])
    expect([isLong(long), isLong(short)]).toEqual([true, false])
  })
})

describe('before a cluster is settled', () => {
  test('the samples of its tracks must be searchable', () => {
    const cluster = clusterOf(
      mark(0, 5, { markedAtMs: at(9.5) }),
      mark(6, 8, { samples: 0 }),
      mark(9, 10, { samples: 7 }),
    )
    expect(samplesToSee(cluster, at(10))).toEqual({ trackIds: ['track 0', 'track 9'], samples: 67 })
  })

  test('but those that were not found for a minute were erased', () => {
    const cluster = clusterOf(mark(0, 5, { markedAtMs: at(9) }), mark(6, 8, { markedAtMs: at(9.5) }))
    expect(samplesToSee(cluster, at(10))).toEqual({ trackIds: ['track 6'], samples: 60 })
  })

  test('of a track of more than a day only time tells', () => {
    const cluster = clusterOf(mark(0, 3_000, { markedAtMs: at(3_000) }))
    expect(samplesToSee(cluster, at(3_000) + 4_999)).toBeUndefined()
    expect(samplesToSee(cluster, at(3_000) + 5_000)).toEqual({ trackIds: [], samples: 0 })
  })
})

describe('a cluster', () => {
  const step = (marks: Mark[], rides: Ride[], nowMinute: number, readAtMinute = nowMinute) =>
    nextStep(clusterOf(...marks), { rides, readAtMs: at(readAtMinute), nowMs: at(nowMinute) })
  const waits = (minute: number) => ({ type: 'wait', untilMs: at(minute) })

  test.each<[string, ReturnType<typeof step>, unknown]>([
    [
      'in which the bike rested is settled',
      step([mark(0, 5, { movedAtMs: undefined })], [], 5),
      { type: 'settle' },
    ],
    [
      'in which it rested, more than ten minutes behind a ride, is settled',
      step([mark(20.1, 21, { movedAtMs: undefined })], [ride(0, 10)], 21),
      { type: 'settle' },
    ],
    [
      'in which it rested near a closed ride is read',
      step([mark(19, 21, { movedAtMs: undefined })], [ride(0, 10)], 21),
      { type: 'read' },
    ],
    [
      'that is no track is read, though the bike rested',
      step([mark(0, 5, { movedAtMs: undefined, samples: 0 })], [], 5),
      { type: 'read' },
    ],
    ['of a new ride is read', step([mark(0, 5)], [], 5), { type: 'read' }],
    ['of a closed ride is read', step([mark(3, 4)], [ride(0, 10)], 20), { type: 'read' }],
    ['that joins two rides is read', step([mark(10, 15)], [ride(0, 9), ride(16, 30)], 30), { type: 'read' }],
    [
      'of an open ride waits until it has grown as long again',
      step([mark(4, 5)], [ride(0, 4)], 5, 4),
      waits(8),
    ],
    ['of an open ride waits for a minute at least', step([mark(0, 0.8)], [ride(0, 0.5)], 1, 0.6), waits(1.6)],
    [
      'of an open ride waits until that closes at most',
      step([mark(30, 31)], [ride(0, 30)], 32, 31),
      waits(41),
    ],
    ['of an open ride is read then', step([mark(4, 5)], [ride(0, 4)], 8, 4), { type: 'read' }],
    [
      'of an open ride that another recording may end is read',
      step([mark(4, 5, { recording: { recorderId: 'phone', recordingId: 8 } })], [ride(0, 4)], 5, 4),
      { type: 'read' },
    ],
    [
      'of an open ride and its recording waits',
      step([mark(4, 5, { recording: { recorderId: 'phone', recordingId: 7 } })], [ride(0, 4)], 5, 4),
      waits(8),
    ],
    [
      'of an open ride that charging may end is read',
      step([mark(4, 6, { movedAtMs: undefined, chargedAtMs: at(6) })], [ride(0, 4)], 6, 4),
      { type: 'read' },
    ],
    [
      'of an open ride waits where brakes charge the battery',
      step([mark(4, 5, { chargedAtMs: at(5) })], [ride(0, 4)], 5, 4),
      waits(8),
    ],
    [
      'of a ride that something else has ended is read',
      step([mark(4, 5)], [ride(0, 4, { end: 'charging' })], 5, 4),
      { type: 'read' },
    ],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected)
  })
})

describe('a window', () => {
  const cluster = clusterOf(mark(0, 5))
  const grown = (fromMinute: number, untilMinute: number, moments: number[], rides: Ride[] = []) =>
    shown(
      extended(
        { fromMs: at(fromMinute), untilMs: at(untilMinute) },
        { cluster, moments: moments.map(at), rides },
      ),
    )

  test('is read around cluster and rides, with a rest on both sides', () => {
    expect(shown(windowAround(cluster, []))).toEqual([-11, 16])
    expect(shown(windowAround(cluster, [ride(-30, -5), ride(-2, 40)]))).toEqual([-41, 51])
  })

  test('stays as it is where it begins and ends with a rest', () => {
    expect(grown(-11, 16, [0, 5])).toEqual([-11, 16])
    expect(grown(-11, 16, [])).toEqual([-11, 16])
  })

  test('grows where the bike moves near its ends, by as much as it has, and by half an hour at least', () => {
    expect(grown(-11, 16, [-0.1, 5])).toEqual([-41, 16])
    expect(grown(-11, 16, [0, 5.1])).toEqual([-11, 46])
    expect(grown(-41, 46, [-31, 40])).toEqual([-128, 133])
  })

  test('grows over known rides that stick out', () => {
    expect(grown(-11, 16, [0, 5], [ride(-20, -10), ride(16, 30)])).toEqual([-31, 41])
  })

  test('follows no movement that goes on for more than two days', () => {
    const twoDays = 2 * 1_440
    expect(grown(-11 - twoDays, 16 + twoDays, [-twoDays - 5, twoDays + 6])).toEqual([
      -11 - twoDays,
      16 + twoDays,
    ])
  })
})
