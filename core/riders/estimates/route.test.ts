import { describe, expect, it, test } from 'vitest'
import type { RoutePoint } from './port.ts'
import { climbOf, layRoute, routeLimits } from './route.ts'
import { northward } from './testing/fixtures.ts'

const laid = (points: readonly RoutePoint[]) => {
  const route = layRoute(points)
  if ('status' in route) throw new Error(route.reason)
  return route
}

describe('a route', () => {
  it('is laid on steps of 20 m, the last one shorter', () => {
    const { pieces, lengthM, hasHeights } = laid(northward(1_010, undefined, 10))
    expect(lengthM).toBeCloseTo(1_010, 6)
    expect(pieces).toHaveLength(51)
    expect(pieces[0]).toEqual({ lengthM: 20, riseM: 0, fallM: 0, headingDeg: 0 })
    expect(pieces[50]?.lengthM).toBeCloseTo(10, 6)
    expect(hasHeights).toBe(false)
  })

  it('climbs as its heights do', () => {
    const { pieces, hasHeights } = laid(northward(2_000, (m) => 50 + Math.min(m, 2_000 - m) * 0.05))
    const riseM = pieces.reduce((sum, piece) => sum + piece.riseM, 0)
    const fallM = pieces.reduce((sum, piece) => sum + piece.fallM, 0)
    expect(hasHeights).toBe(true)
    // 50 m each, less a little at the ends and the top, which smoothing takes.
    expect(riseM).toBeGreaterThan(47)
    expect(riseM).toBeLessThan(50)
    expect(fallM).toBeGreaterThan(47)
    expect(fallM).toBeLessThan(50)
  })

  it('takes few missing heights from their neighbours, and has none where many lack', () => {
    const slope = northward(2_000, (m) => m * 0.05)
    const without = (share: number) =>
      slope.map(({ heightM, ...point }, i) =>
        i % Math.round(1 / share) === 1 ? point : { ...point, heightM },
      )
    expect(laid(without(0.05)).pieces).toEqual(
      laid(slope).pieces.map((piece) => expect.objectContaining({ riseM: expect.closeTo(piece.riseM, 6) })),
    )
    expect(laid(without(0.2)).hasHeights).toBe(false)
    expect(laid(without(0.2)).pieces.every(({ riseM }) => riseM === 0)).toBe(true)
  })

  it('heads where it goes, over the date line, too', () => {
    const { pieces } = laid([
      { latitudeDeg: 0, longitudeDeg: 179.999 },
      { latitudeDeg: 0, longitudeDeg: -179.999 },
    ])
    expect(pieces[0]?.headingDeg).toBeCloseTo(90, 6)
    expect(pieces).toHaveLength(12)
  })
})

test.each([
  ['no points', [], { reason: 'route_too_short' }],
  ['one point', northward(0), { reason: 'route_too_short' }],
  ['a point again and again', Array(5).fill(northward(0)[0]), { reason: 'route_too_short' }],
  ['a hole', [...northward(500), ...northward(4_500).slice(-2)], { reason: 'route_has_hole', atPoint: 6 }],
  ['more than 10,000 points', northward(10_000, undefined, 1), { reason: 'route_too_many_points' }],
  ['more than 1,000 km', northward(1_001_000, undefined, 1_000), { reason: 'route_too_long' }],
])('%s is refused with its reason', (_, points, fault) => {
  expect(layRoute(points)).toEqual({ status: 'route_refused', ...fault })
})

test('10,000 points and 3 km between two of them are still a route', () => {
  expect(laid(northward(9_999, undefined, 1)).lengthM).toBeCloseTo(9_999, 3)
  expect(laid(northward(routeLimits.holeM, undefined, routeLimits.holeM - 0.01)).lengthM).toBeGreaterThan(
    2_999,
  )
})

test('trembling heights climb less than they tremble', () => {
  const trembling = Array.from({ length: 500 }, (_, i) => 100 + (i % 2))
  expect(climbOf(trembling).riseM).toBeLessThan(110)
  expect(climbOf([100, 110, 120, 130, 140]).fallM).toBe(0)
})
