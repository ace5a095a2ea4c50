import fc from 'fast-check'
import FitParser from 'fit-file-parser'
import { describe, expect, test } from 'vitest'
import { fields } from '../../../../proto/index.ts'
import type { RideSample, RideStreams } from '../port.ts'
import { stretches, toStreams } from '../streams.ts'
import { anyStreams, rideNorth } from '../testing/streams.ts'
import { encodeFit } from './fit.ts'

const startMs = Date.UTC(2026, 5, 1, 6)

/** As the independent parser reads it; without `force`, so that lengths and checksums must be right. */
function read(streams: RideStreams) {
  const bytes = Buffer.concat([...encodeFit(streams)])
  const parser = new FitParser({ force: false, mode: 'list', speedUnit: 'km/h', lengthUnit: 'm' })
  return parser.parseAsync(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}
const readRecords = async (...samples: RideSample[]) => (await read(toStreams(samples))).records ?? []

const everything = {
  latitude_deg: 48.1234567,
  longitude_deg: -9.7654321,
  speed_kmh: 25.2,
  odometer_m: 1_234.56,
  altitude_m: 431.4,
  cadence_rpm: 75,
  rider_power_w: 142,
  ambient_temperature_c: -7,
  assist_level: 3,
  state_of_charge_pct: 80.4,
  motor_power_w: 230,
}

test('a record has all that FIT knows of a second, in FIT’s units', async () => {
  const [record] = await readRecords({ timeMs: startMs, values: { ...everything, motor_torque_nm: 12 } })
  expect(record).toMatchObject({
    timestamp: new Date(startMs),
    speed: expect.closeTo(25.2, 2),
    distance: 0,
    altitude: expect.closeTo(431.4, 3),
    cadence: 75,
    power: 142,
    temperature: -7,
    motor_power: 230,
    ebike_battery_level: 80,
    ebike_assist_mode: 3,
  })
  expect(record?.position_lat).toBeCloseTo(48.1234567, 6)
  expect(record?.position_long).toBeCloseTo(-9.7654321, 6)
})

test('an activity has its file id, timer events, lap, session and totals', async () => {
  const first = rideNorth(10, { startMs })
  const then = rideNorth(20, { startMs: startMs + 100_000 }).map(({ timeMs, values }) => ({
    timeMs,
    values: { ...values, odometer_m: values.odometer_m + 500, speed_kmh: 36 },
  }))
  const file = await read(toStreams([...first, ...then]))
  const totals = { total_elapsed_time: 120, total_timer_time: 30, total_distance: 620 }
  expect(file.file_ids?.[0]).toMatchObject({ type: 'activity', time_created: new Date(startMs) })
  const at = (second: number) => new Date(startMs + second * 1_000)
  expect(file.events).toMatchObject([
    { timestamp: at(0), event: 'timer', event_type: 'start' },
    { timestamp: at(10), event: 'timer', event_type: 'stop_all' },
    { timestamp: at(100), event: 'timer', event_type: 'start' },
    { timestamp: at(120), event: 'timer', event_type: 'stop_all' },
  ])
  expect(file.laps).toMatchObject([{ ...totals, start_time: at(0), timestamp: at(120), event: 'lap' }])
  expect(file.sessions).toMatchObject([
    { ...totals, start_time: at(0), timestamp: at(120), event: 'session', sport: 'e_biking', num_laps: 1 },
  ])
  expect(file.sessions?.[0]?.max_speed).toBeCloseTo(36, 2)
  expect(file.records?.map(({ distance }) => distance).slice(10, 12)).toEqual([60, 500])
  expect(file.activity).toMatchObject({ num_sessions: 1, type: 'manual', total_timer_time: 30 })
})

describe('missing values', () => {
  test('are none, not zero', async () => {
    const [first, second] = await readRecords(
      { timeMs: startMs, values: everything },
      { timeMs: startMs + 1_000, values: { cadence_rpm: 0 } },
    )
    expect(Object.keys(first ?? {})).toContain('power')
    expect(second).toMatchObject({ timestamp: new Date(startMs + 1_000), cadence: 0 })
    const known = Object.entries(second ?? {}).filter(([, value]) => value !== undefined && value !== null)
    expect(known.map(([key]) => key).filter((key) => !/time/.test(key))).toEqual(['cadence'])
  })

  test.each([
    ['cadence', { cadence_rpm: 255 }],
    ['cadence', { cadence_rpm: 300 }],
    ['motor_power', { motor_power_w: -1 }],
  ])('%s is left out where its field cannot hold it: %o', async (key, values) => {
    const [record] = await readRecords({ timeMs: startMs, values: { ...everything, ...values } })
    expect(record?.[key as 'cadence'] ?? null).toBeNull()
    expect(record?.power).toBe(142)
  })

  test('both ends of each range come back', async () => {
    const metrics = [...fields.ride, ...fields.battery, ...fields.motor]
    const end = (side: 'min' | 'max') =>
      Object.fromEntries(metrics.map(({ key, scale, [side]: bound }) => [key, bound / scale]))
    const [least, most] = await readRecords(
      { timeMs: startMs, values: end('min') },
      { timeMs: startMs + 1_000, values: end('max') },
    )
    expect(least).toMatchObject({ position_lat: -90, position_long: -180, altitude: -500, temperature: -60 })
    expect(most).toMatchObject({ position_lat: 90, position_long: -180, altitude: 9_000, temperature: 80 })
    expect([most?.speed, most?.power]).toEqual([expect.closeTo(200, 2), 3_000])
  })
})

test('an odometer that is reset, or set forward, changes nothing of the distance', async () => {
  const odometer = [100, 110, 0, 5, 7_000, 7_003].map((odometer_m, second) => ({
    timeMs: startMs + second * 1_000,
    values: { odometer_m },
  }))
  expect((await readRecords(...odometer)).map(({ distance }) => distance)).toEqual([0, 10, 10, 15, 15, 18])
})

test('of several samples in a second the last value counts', async () => {
  const records = await readRecords(
    { timeMs: startMs, values: { cadence_rpm: 60, rider_power_w: 100 } },
    { timeMs: startMs + 400, values: { cadence_rpm: 70 } },
    { timeMs: startMs + 1_000, values: { cadence_rpm: 80 } },
  )
  expect(records.map(({ cadence, power }) => [cadence, power ?? null])).toEqual([
    [70, 100],
    [80, null],
  ])
})

test('an independent parser reads back any ride', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyStreams.filter(({ times }) => times.length > 0),
      async (streams) => {
        const { records = [], events = [] } = await read(streams)
        const parts = stretches(streams)
        const seconds = parts.flatMap(({ from, until }) => [
          ...new Set(streams.times.slice(from, until).map((timeMs) => Math.floor(timeMs / 1_000))),
        ])
        expect(records.map(({ timestamp }) => Number(timestamp) / 1_000)).toEqual(seconds)
        expect(events).toHaveLength(2 * parts.length)
        const power = records.map((record) => record.power ?? null)
        const last = (column: readonly (number | null)[] = []) =>
          column.filter((value) => value !== null).at(-1)
        expect(last(power)).toBe(last(streams.columns.rider_power_w))
      },
    ),
  )
})

test('a day at one sample a second leaves in chunks, and one wrong byte is noticed', async () => {
  const chunks = [...encodeFit(toStreams(rideNorth(86_400, { metresPerSecond: 2 })))]
  expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(16 * 1024)
  const bytes = Buffer.concat(chunks)
  bytes[100_000] = (bytes[100_000] as number) ^ 1
  const parser = new FitParser({ force: false })
  await expect(parser.parseAsync(bytes.buffer.slice(0, bytes.length))).rejects.toThrow()
})

test.each([
  ['without samples', [], 'a ride without samples has no FIT file'],
  ['of 1997', [{ timeMs: Date.UTC(1997, 0), values: { speed_kmh: 1 } }], 'FIT has no number for the time'],
  ['of 2127', [{ timeMs: Date.UTC(2127, 0), values: { speed_kmh: 1 } }], 'FIT has no number for the time'],
])('a ride %s is refused before the first byte', (_, samples, message) => {
  expect(() => encodeFit(toStreams(samples))).toThrow(message)
})
