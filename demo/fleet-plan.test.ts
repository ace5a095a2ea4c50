import { expect, test } from 'vitest'
import { planFleet } from './fleet-plan.ts'

test('the plan has some dozens of bikes, one mistyped serial number, contradictions and a battery to spare', () => {
  const { bikes, mistyped, contradictions, silentSwap, held, released } = planFleet(Date.UTC(2026, 10, 24))
  expect(bikes.length).toBeGreaterThan(24)
  expect(contradictions.length).toBeGreaterThan(0)
  expect(held).toBe(released + contradictions.length)
  // The bike, its delivery, its sale.
  expect(released).toBeGreaterThanOrEqual(3)
  expect(silentSwap.bike.bikeId).not.toBe(mistyped.bike.bikeId)
})

test('the battery plant’s file breaks off in the middle of a row before it comes whole', () => {
  const [half, whole] = planFleet(Date.UTC(2026, 10, 24)).files.map((file) =>
    new TextDecoder('latin1').decode(file),
  )
  expect(half?.split('\r\n').length).toBeGreaterThan(5)
  expect(half?.endsWith('\n')).toBe(false)
  expect(whole?.startsWith(half ?? '-')).toBe(true)
})

test('everything in the plan has happened by then', () => {
  const nowMs = Date.UTC(2026, 10, 24)
  const times = planFleet(nowMs).statements.map(({ occurredAt }) => Date.parse(occurredAt))
  expect(Math.max(...times)).toBeLessThan(nowMs)
})
