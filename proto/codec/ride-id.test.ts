import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRideId, rideIdOf } from './ride-id.ts'

const bikeId = '5b0c6a1e-0000-4000-8000-00000000000b'

test('an id encodes bike and first moment', () => {
  const rideId = rideIdOf({ bikeId, fromMs: Date.UTC(2025, 10, 30, 8) })
  expect(rideId).toBe(`${bikeId}-019ad3c69c00`)
  expect(readRideId(rideId)).toEqual({ bikeId, fromMs: Date.UTC(2025, 10, 30, 8) })
})

test('ids of a bike are in the order of their moments', () => {
  const moment = fc.integer({ min: 0, max: 253_402_300_800_000 })
  fc.assert(
    fc.property(moment, moment, (a, b) => {
      const ids = [a, b].map((fromMs) => rideIdOf({ bikeId, fromMs }))
      expect((ids[0] as string) < (ids[1] as string)).toBe(a < b)
      expect(ids.map((id) => readRideId(id)?.fromMs)).toEqual([a, b])
    }),
  )
})

test.each([
  '',
  bikeId,
  `${bikeId}-019ad3c69c0`,
  `${bikeId}-019ad3c69c000`,
  `${bikeId}-019AD3C69C00`,
  `${bikeId.toUpperCase()}-019ad3c69c00`,
  `${'x'.repeat(36)}-019ad3c69c00`,
])('%j is none', (text) => {
  expect(readRideId(text)).toBeUndefined()
})
