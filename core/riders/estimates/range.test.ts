import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { RangeAnswer, RangeQuestion } from './port.ts'
import { estimateRange } from './range.ts'
import { shippedPrior as prior } from './shipped-prior.ts'
import { makeRide, makeRides, northward, nowMs } from './testing/fixtures.ts'

const battery = { chargePct: 80, nominalWh: 500 }
const question: RangeQuestion = {
  nowMs,
  rides: makeRides(12),
  batteries: [battery],
  reservePct: 10,
  conditions: {},
}
const hilly = northward(20_000, (m) => 100 + 60 * Math.sin(m / 900))

function estimate(of: Partial<RangeQuestion> = {}): Extract<RangeAnswer, { status: 'estimate' }> {
  const answer = estimateRange({ ...question, ...of }, prior)
  if (answer.status !== 'estimate') throw new Error(answer.status)
  return answer
}

test('any order and any repeats of rides end in equal bytes, 200 of 200', () => {
  const bytes = new Map([undefined, hilly].map((route) => [route, JSON.stringify(estimate({ route }))]))
  const shuffled = fc.shuffledSubarray([...question.rides], { minLength: question.rides.length })
  const repeats = fc.subarray([...question.rides])
  fc.assert(
    fc.property(shuffled, repeats, fc.constantFrom(undefined, hilly), (rides, again, route) => {
      expect(JSON.stringify(estimate({ rides: [...rides, ...again], route }))).toBe(bytes.get(route))
    }),
    { numRuns: 200 },
  )
})

test('a ride that came back as it was leaves no trace', () => {
  const [first = makeRide(), ...rest] = question.rides
  const revised = estimate({ rides: [{ ...first, energyWh: 99 }, ...rest] })
  expect(revised).not.toEqual(estimate())
  expect(JSON.stringify(estimate({ rides: [...rest, first] }))).toBe(JSON.stringify(estimate()))
})

describe('the usual way', () => {
  it('is an interval around energy over consumption, with what it rests on', () => {
    const { rangeKm, whPerKm, usableWh, ...rest } = estimate()
    expect(usableWh).toBe(360)
    expect(rangeKm.p10).toBeLessThan(rangeKm.p50)
    expect(rangeKm.p50).toBeLessThan(rangeKm.p90)
    expect(rangeKm.p50).toBeCloseTo(360 / whPerKm.p50, 0)
    expect(rest).toMatchObject({ basis: 'personal', ridesUsed: 12, priorVersion: prior.version })
    expect(rest.destination).toBeUndefined()
  })

  it('of a rider without rides is the population, more widely', () => {
    const { basis, ridesUsed, rangeKm } = estimate({ rides: [] })
    const { rangeKm: known } = estimate({ rides: makeRides(40) })
    expect({ basis, ridesUsed }).toEqual({ basis: 'population', ridesUsed: 0 })
    expect((rangeKm.p90 - rangeKm.p10) / rangeKm.p50).toBeGreaterThan((known.p90 - known.p10) / known.p50)
  })

  it('follows recent rides', () => {
    const year = 365 * 86_400_000
    const flat = makeRides(10).map((ride) => ({ ...ride, ascentM: 0, descentM: 0 }))
    const hills = makeRides(10, 2).map((ride, i) => ({
      ...ride,
      rideId: `hills-${i}`,
      ascentM: 300,
      descentM: 300,
    }))
    const aYearAgo = (rides: typeof flat) => rides.map((ride) => ({ ...ride, startMs: ride.startMs - year }))
    const { rangeKm: nowHills } = estimate({ rides: [...aYearAgo(flat), ...hills] })
    const { rangeKm: nowFlat } = estimate({ rides: [...flat, ...aYearAgo(hills)] })
    expect(nowFlat.p50).toBeGreaterThan(nowHills.p50)
  })

  it('of short rides and much energy ends, at the mean of fifty rides', () => {
    const { rangeKm } = estimate({
      rides: [makeRide({ distanceM: 1_000, movingS: 180, energyWh: 3 })],
      batteries: [{ chargePct: 100, nominalWh: 4_000 }],
    })
    expect(rangeKm.p50).toBeGreaterThan(500)
    expect(rangeKm.p90).toBeLessThanOrEqual(3_600 / 0.5)
  })

  it('of an empty battery is nothing', () => {
    expect(estimate({ batteries: [{ chargePct: 0, nominalWh: 500 }] }).rangeKm).toEqual({
      p10: 0,
      p50: 0,
      p90: 0,
    })
  })
})

describe('conditions', () => {
  const p50 = (conditions: RangeQuestion['conditions'], route?: RangeQuestion['route']) =>
    estimate({ conditions, route }).rangeKm.p50

  it('more help, load and cold take range', () => {
    expect(p50({ level: 5 })).toBeLessThan(p50({ level: 1 }))
    expect(p50({ massKg: 140 })).toBeLessThan(p50({ massKg: 90 }))
    expect(p50({ temperatureC: -10 })).toBeLessThan(p50({ temperatureC: 25 }))
  })

  it('wind matters by its direction along a route, and takes range where the way is not known', () => {
    const north = { level: 3, wind: { speedMs: 10, fromDeg: 0 } }
    const south = { level: 3, wind: { speedMs: 10, fromDeg: 180 } }
    const still = { level: 3 }
    expect(p50(north, hilly)).toBeLessThan(p50(still, hilly))
    expect(p50(south, hilly)).toBeGreaterThan(p50(still, hilly))
    expect(p50(north)).toBe(p50(south))
    expect(p50(north)).toBeLessThan(p50(still))
  })

  it('that nobody told are named', () => {
    expect(estimate().assumed).toEqual(['level', 'wind', 'temperatureC', 'massKg'])
    const conditions = { level: 3, wind: { speedMs: 0, fromDeg: 0 }, temperatureC: 10, massKg: 90 }
    expect(estimate({ conditions, route: hilly }).assumed).toEqual([])
    expect(estimate({ conditions, route: northward(20_000) }).assumed).toEqual(['heights'])
  })
})

describe('along a route', () => {
  it('tells how probable it is to arrive', () => {
    const probability = (route: RangeQuestion['route']) =>
      estimate({ route }).destination?.reachProbability ?? Number.NaN
    const { rangeKm } = estimate({ route: northward(60_000, () => 10) })
    expect(probability(northward(10_000, () => 10))).toBe(1)
    expect(probability(northward(300_000, () => 10, 1_000))).toBe(0)
    const edge = probability(northward(Math.round(rangeKm.p50) * 1_000, () => 10))
    expect(edge).toBeGreaterThan(0.4)
    expect(edge).toBeLessThan(0.6)
  })

  it('ends before a hill that comes first, and after one that comes last', () => {
    const of = { batteries: [{ chargePct: 10, nominalWh: 500 }] }
    const climb = (m: number) => 0.04 * m
    const first = estimate({ ...of, route: northward(20_000, (m) => climb(Math.min(m, 5_000))) })
    const last = estimate({ ...of, route: northward(20_000, (m) => climb(Math.max(0, m - 15_000))) })
    expect(first.whPerKm.p50).toBeCloseTo(last.whPerKm.p50, 1)
    expect(first.rangeKm.p50).toBeLessThan(last.rangeKm.p50)
  })

  it('without heights it climbs as the rider does', () => {
    const climbing = makeRides(12).map((ride) => ({
      ...ride,
      ascentM: ride.distanceM / 25,
      descentM: ride.distanceM / 25,
    }))
    const level = climbing.map((ride) => ({ ...ride, ascentM: 0, descentM: 0 }))
    const climbPct = (rides: typeof climbing) =>
      estimate({ rides, route: northward(20_000) }).contributions.climbPct
    expect(climbPct(climbing)).toBeGreaterThan(20)
    expect(climbPct(level)).toBe(0)
  })

  it('of 10,000 points is answered; a route that is none says why', () => {
    const long = northward(99_990, (m) => 50 + 30 * Math.sin(m / 2_000), 10)
    expect(long).toHaveLength(10_000)
    expect(estimate({ route: long }).destination?.distanceKm).toBeCloseTo(99.99)
    expect(estimateRange({ ...question, route: [] }, prior)).toEqual({
      status: 'route_refused',
      reason: 'route_too_short',
    })
  })
})

test('contributions lead from the typical rider to this answer', () => {
  const conditions = { level: 5, wind: { speedMs: 6, fromDeg: 0 }, temperatureC: 0, massKg: 95 }
  const { contributions: c, whPerKm } = estimate({ conditions, route: hilly })
  const factors = [c.levelPct, c.climbPct, c.windPct, c.temperaturePct, c.youPct].map((pct) => 1 + pct / 100)
  const product = factors.reduce((left, right) => left * right, c.baseWhPerKm)
  expect(product / whPerKm.p50).toBeCloseTo(1, 1)
  for (const factor of factors.slice(0, 4)) expect(factor).toBeGreaterThan(1)
})

test('without wind in the question, wind contributes nothing', () => {
  expect(estimate({ route: hilly }).contributions.windPct).toBe(0)
})

test('not enough data is an answer that names what is missing', () => {
  expect(estimateRange({ ...question, batteries: [{}], rides: [] }, prior)).toEqual({
    status: 'not_enough_data',
    missing: ['charge', 'capacity'],
    ridesUsed: 0,
    basis: 'population',
    priorVersion: prior.version,
  })
})
