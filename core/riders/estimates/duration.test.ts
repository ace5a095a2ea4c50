import { expect, test } from 'vitest'
import { estimateDuration } from './duration.ts'
import type { DurationQuestion } from './port.ts'
import { shippedPrior as prior } from './shipped-prior.ts'
import { makeRides, northward, nowMs } from './testing/fixtures.ts'

const flat = northward(10_000, () => 20)
const question: DurationQuestion = { nowMs, rides: makeRides(12), conditions: {}, route: flat }

function estimate(of: Partial<DurationQuestion> = {}) {
  const answer = estimateDuration({ ...question, ...of }, prior)
  if (answer.status !== 'estimate') throw new Error(answer.reason)
  return answer
}

test('a rider without rides takes the time of the population', () => {
  const { movingS, basis } = estimate({ rides: [], conditions: { level: 3 } })
  expect(basis).toBe('population')
  expect(movingS.p50 / 60).toBeCloseTo((10 / 16.5) * 60, 0)
})

test('a slow rider is learnt, and known better with each ride', () => {
  const slow = makeRides(30).map((ride) => ({
    ...ride,
    movingS: 1.4 * ride.movingS,
    elapsedS: 1.5 * ride.elapsedS,
  }))
  const [before, after] = [estimate({ rides: [] }).movingS, estimate({ rides: slow }).movingS]
  expect(after.p50 / estimate({ rides: makeRides(30) }).movingS.p50).toBeCloseTo(1.4, 1)
  expect((after.p90 - after.p10) / after.p50).toBeLessThan((before.p90 - before.p10) / before.p50)
})

test('hills and headwind take time, help saves it', () => {
  const p50 = (of: Partial<DurationQuestion>) => estimate(of).movingS.p50
  expect(p50({ route: northward(10_000, (m) => 0.02 * m) })).toBeGreaterThan(p50({}))
  const wind = (fromDeg: number) => ({ conditions: { level: 3, wind: { speedMs: 10, fromDeg } } })
  expect(p50(wind(0))).toBeGreaterThan(p50(wind(180)))
  expect(p50({ rides: [], conditions: { level: 5 } })).toBeLessThan(
    p50({ rides: [], conditions: { level: 1 } }),
  )
})

test('who pauses long takes longer in all, not in moving', () => {
  const pausing = question.rides.map((ride) => ({ ...ride, elapsedS: ride.elapsedS + ride.movingS }))
  const [usual, long] = [estimate(), estimate({ rides: pausing })]
  expect(long.movingS).toEqual(usual.movingS)
  expect(long.elapsedS.p50).toBeGreaterThan(1.5 * usual.elapsedS.p50)
  for (const { movingS, elapsedS } of [usual, long]) {
    expect(elapsedS.p10).toBeGreaterThanOrEqual(movingS.p10)
    expect(elapsedS.p50).toBeGreaterThan(movingS.p50)
  }
})

test('order and repeats change nothing, what was assumed is named, a route with a hole is refused', () => {
  const again = estimate({ rides: [...question.rides.toReversed(), ...question.rides] })
  expect(JSON.stringify(again)).toBe(JSON.stringify(estimate()))
  expect(estimate().assumed).toEqual(['level', 'wind'])
  expect(estimate({ route: northward(10_000) }).assumed).toEqual(['level', 'wind', 'heights'])
  const hole = [...flat, ...northward(20_000, () => 20).slice(-5)]
  expect(estimateDuration({ ...question, route: hole }, prior)).toEqual({
    status: 'route_refused',
    reason: 'route_has_hole',
    atPoint: flat.length,
  })
})
