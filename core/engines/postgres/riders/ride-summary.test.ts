import { fromBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { RideSummarySchema } from '../../../../proto/gen/mobility/riders/v1/ride_pb.js'
import { ridesOf } from '../../../riders/rides/plan.ts'
import type { Ride } from '../../../riders/rides/port.ts'
import { bike, minutes, recorded, standing } from '../../../riders/rides/testing/samples.ts'
import { decodeSummary, encodeSummary, withoutRecorders } from './ride-summary.ts'

const told = (second: number) => ({
  ...{ speed_kmh: 18 + (second % 7) / 3, odometer_m: 1_000 + 5.003 * second, altitude_m: 100 + second / 9 },
  ...{
    rider_power_w: 110 + (second % 11),
    ambient_temperature_c: -3.3 + second / 700,
    assist_level: second % 3,
  },
})
const battery = (second: number) => ({
  ...{ voltage_v: 36.123, current_a: second < 60 ? -1.5 : 4.321, state_of_charge_pct: 81.7 - second / 100 },
  battery_temperature_c: 21.4,
})
const ride = ridesOf(
  [
    ...recorded({ atMs: 0, seconds: 700, values: told, recordingId: 2 ** 40 }),
    ...recorded({ atMs: 0, seconds: 870, kind: 'battery', values: battery }),
    ...recorded({ atMs: minutes(12), seconds: 30, values: standing }),
    ...recorded({ atMs: minutes(13), seconds: 90, values: told }),
  ],
  bike,
)[0] as Ride
const bare = ridesOf(recorded({ atMs: 0, seconds: 60, values: () => ({ speed_kmh: 10 }) }), bike)[0] as Ride

test.each([
  ['that tells of all', ride],
  ['that tells of little', bare],
])('a summary %s is kept to the last digit', (_, { fromMs, summary }) => {
  expect(decodeSummary(encodeSummary({ fromMs, summary }), fromMs)).toEqual(summary)
})

test('a summary takes a few hundred bytes at most', () => {
  expect(Object.keys(ride.summary)).toHaveLength(25)
  expect(encodeSummary(ride).length).toBeLessThan(200)
})

test('others do not see who recorded', () => {
  const { recorders, ...others } = fromBinary(RideSummarySchema, encodeSummary(ride))
  expect(recorders).toHaveLength(1)
  expect(withoutRecorders(encodeSummary(ride))).toEqual({ ...others, recorders: [] })
})
