import { expect, test } from 'vitest'
import type { FieldKey, Kind, Track } from '../../../proto/index.ts'
import { storedRecord } from '../../../testkit/clean-records.ts'
import { readStoredRecord } from '../../telemetry/contracts/clean-samples.ts'
import { markOf } from './marks.ts'
import { bike, phoneId } from './testing/samples.ts'

const gap = Number.NaN

function marked(
  kind: Kind,
  columns: Partial<Record<FieldKey, number[]>>,
  more: { samples?: { first: number; count: number }[]; clockOffsetMs?: number; recordingId?: number } = {},
) {
  const { recordingId, ...record } = more
  const track: Track = {
    ...{ bikeId: bike.bikeId, recorderId: phoneId, kind, clock: { bootId: 1, clockEpoch: 1 } },
    ...(recordingId !== undefined && { recordingId }),
    timesMs: [1_000, 2_000, 3_000, 4_000],
    columns: Object.entries(columns).map(([key, values]) => ({ key: key as FieldKey, values })),
  }
  return markOf(readStoredRecord(storedRecord({ track, riderId: 'anna', ...record }).value))
}

test('a mark has the times of the stored samples, how many they are, and the recording', () => {
  const mark = marked(
    'ride',
    { speed_kmh: [0, 9_000, 0, 9_000] },
    {
      samples: [
        { first: 2, count: 1 },
        { first: 0, count: 2 },
      ],
      clockOffsetMs: 500,
      recordingId: 7,
    },
  )
  expect(mark).toMatchObject({
    ...{ bikeId: bike.bikeId, fromMs: 1_500, untilMs: 3_500, samples: 3, movedAtMs: 2_500 },
    ...{ chargedAtMs: undefined, recording: { recorderId: phoneId, recordingId: 7 } },
  })
})

test.each<[string, number | undefined, Partial<Record<FieldKey, number[]>>]>([
  ['above 2 km/h', 2_000, { speed_kmh: [2_001, 2_001, 2_000, 0] }],
  ['not at 2 km/h', undefined, { speed_kmh: [2_000, 2_000, 2_000, 0] }],
  ['perhaps, where only an odometer tells', 3_000, { odometer_m: [5, 5, 5, gap], altitude_m: [1, 1, 1, 1] }],
  ['not where neither tells', undefined, { altitude_m: [1, 1, 1, 1] }],
])('a bike moved %s', (_, movedAtMs, columns) => {
  expect(marked('ride', columns)?.movedAtMs).toBe(movedAtMs)
})

test('a battery is charged where current flows into it', () => {
  expect(marked('battery', { current_a: [-101, -101, -100, 200] })?.chargedAtMs).toBe(2_000)
  expect(marked('battery', { voltage_v: [1, 1, 1, 1] })).toMatchObject({
    chargedAtMs: undefined,
    recording: undefined,
  })
})

test('motors and faults tell nothing of rides', () => {
  expect(marked('motor', { motor_power_w: [1, 1, 1, 1] })).toBeUndefined()
  expect(marked('fault', { fault_code: [1, 1, 1, 1] })).toBeUndefined()
})
