import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBike } from './bike.ts'
import { metric, type Series } from './series.ts'

const startMs = Date.UTC(2025, 5, 3, 7)
const rideOf = (seed: number, index: number, seconds = 600) =>
  createBike(seed, index).ride({ startMs, seconds })
const values = (series: readonly Series[], key: Parameters<typeof metric>[1]) => [
  ...(metric(series, key) ?? []),
]
const steps = (numbers: readonly number[]) =>
  numbers.slice(1).map((value, i) => value - (numbers[i] as number))

test('the same seed and index give the same ride', () => {
  expect(rideOf(4, 2)).toEqual(rideOf(4, 2))
  expect(rideOf(4, 2)).not.toEqual(rideOf(4, 3))
})

test('whoever rides, the physics is plausible', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(50), (seed, index) => {
      const ride = rideOf(seed, index)
      const speeds = values(ride, 'speed_kmh')
      expect(Math.min(...speeds)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...speeds)).toBeLessThan(60)
      const metres = steps(values(ride, 'odometer_m'))
      expect(Math.min(...metres)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...metres)).toBeLessThan(20)
      const charges = values(ride, 'state_of_charge_pct')
      expect(charges.every((charge) => charge >= 0 && charge <= 100)).toBe(true)
      expect(Math.max(...steps(charges))).toBeLessThanOrEqual(0)
      expect(values(ride, 'voltage_v').every((volts) => volts > 28 && volts < 43)).toBe(true)
      expect(values(ride, 'current_a').every((amperes) => amperes > 0 && amperes < 30)).toBe(true)
    }),
    { numRuns: 25 },
  )
})

test('the motor gives nothing above 25 km/h', () => {
  for (let index = 0; index < 10; index++) {
    const ride = rideOf(11, index)
    const speeds = values(ride, 'speed_kmh')
    const fastThroughout = values(ride, 'motor_power_w').filter(
      (_, i) => (speeds[2 * i] ?? 0) > 25.5 && (speeds[2 * i - 1] ?? 0) > 25.5,
    )
    expect(fastThroughout.every((power) => power === 0)).toBe(true)
  }
})

test('times increase by a second, and a fault that appears goes away', () => {
  for (let index = 0; index < 20; index++) {
    for (const { kind, timesMs, columns } of rideOf(5, index)) {
      expect(Math.min(...steps([...timesMs]), 1)).toBeGreaterThan(0)
      if (kind === 'fault') {
        expect(columns.find(({ key }) => key === 'fault_active')?.values).toEqual(Float64Array.of(1, 0))
      }
    }
  }
})

test('odometer, charge and cycles carry on from ride to ride', () => {
  const bike = createBike(9, 0)
  const first = bike.ride({ startMs, seconds: 300 })
  const second = bike.ride({ startMs: startMs + 3_600_000, seconds: 300 })
  const gap = (values(second, 'odometer_m')[0] ?? 0) - (values(first, 'odometer_m').at(-1) ?? 0)
  expect(gap).toBeGreaterThanOrEqual(0)
  expect(gap).toBeLessThan(20)
  expect(values(second, 'charge_cycles')[0]).toBeGreaterThanOrEqual(
    values(first, 'charge_cycles').at(-1) ?? 0,
  )
})
