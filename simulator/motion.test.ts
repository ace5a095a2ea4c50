import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assistPowerW, nextSpeedMs } from './motion.ts'

const body = { massKg: 100, rollingResistance: 0.008, dragAreaM2: 0.6 }
const rolling = (seconds: number, from: number, effort: Parameters<typeof nextSpeedMs>[1]['effort']) => {
  let speedMs = from
  for (let i = 0; i < seconds * 5; i++)
    speedMs = nextSpeedMs(speedMs, { body, effort, slope: 0, seconds: 0.2 })
  return speedMs
}

test('the motor helps up to 25 km/h and not beyond', () => {
  expect(assistPowerW({ level: 5, riderPowerW: 100, speedMs: 20 / 3.6 })).toBeCloseTo(320)
  expect(assistPowerW({ level: 5, riderPowerW: 100, speedMs: 25 / 3.6 })).toBe(0)
  expect(assistPowerW({ level: 5, riderPowerW: 100, speedMs: 40 / 3.6 })).toBe(0)
  expect(assistPowerW({ level: 0, riderPowerW: 100, speedMs: 10 / 3.6 })).toBe(0)
})

test('100 W on the flat come to rest between 20 and 25 km/h', () => {
  const speedKmh = 3.6 * rolling(300, 0, { riderPowerW: 100, motorPowerW: 0, brakePowerW: 0 })
  expect(speedKmh).toBeGreaterThan(18)
  expect(speedKmh).toBeLessThan(25)
})

test('who neither pedals nor brakes rolls out and stands', () => {
  expect(rolling(300, 7, { riderPowerW: 0, motorPowerW: 0, brakePowerW: 0 })).toBe(0)
})

test('speed is never negative, whatever the slope and the brakes', () => {
  const speeds = fc.double({ min: 0, max: 30, noNaN: true })
  const powers = fc.double({ min: 0, max: 2_000, noNaN: true })
  const slopes = fc.double({ min: -0.3, max: 0.3, noNaN: true })
  fc.assert(
    fc.property(speeds, powers, powers, slopes, (speedMs, riderPowerW, brakePowerW, slope) => {
      const effort = { riderPowerW, motorPowerW: 0, brakePowerW }
      expect(nextSpeedMs(speedMs, { body, effort, slope, seconds: 0.2 })).toBeGreaterThanOrEqual(0)
    }),
  )
})
