import { expect, test } from 'vitest'
import { type Place, pathOf, project, projectionOf, runsOf, scaleBar } from './track.ts'

const size = { width: 720, height: 480, margin: 40 }
const place = (latitudeDeg: number, longitudeDeg: number): Place => ({ latitudeDeg, longitudeDeg })
const rowsOf = (rows: readonly (readonly [seconds: number, place?: Place])[], bucketMs = 0) => ({
  times: rows.map(([seconds]) => seconds * 1_000),
  bucketMs,
  columns: {
    latitude_deg: rows.map(([, at]) => at?.latitudeDeg ?? null),
    longitude_deg: rows.map(([, at]) => at?.longitudeDeg ?? null),
  },
})
const [a, b, c] = [place(47, 8), place(47.001, 8), place(47.002, 8)]

test.each([
  ['a short silence is bridged', rowsOf([[0, a], [30], [60, b]]), [[a, b]]],
  [
    'a silence of more than a minute is not',
    rowsOf([
      [0, a],
      [61, b],
    ]),
    [[a], [b]],
  ],
  ['of coarse rows, one may lack', rowsOf([[0, a], [90], [180, b]], 90_000), [[a, b]]],
  ['but not two', rowsOf([[0, a], [90], [180], [270, b]], 90_000), [[a], [b]]],
  [
    'what is no place is left out',
    rowsOf([
      [0, a],
      [1, place(91, 8)],
      [2, place(47, 181)],
      [3, c],
    ]),
    [[a, c]],
  ],
  ['without a place there is no run', rowsOf([[0], [1]]), []],
])('%s', (_, rows, runs) => expect(runsOf(rows)).toEqual(runs))

test('half a place is none', () => {
  expect(runsOf({ times: [0], bucketMs: 0, columns: { latitude_deg: [47] } })).toEqual([])
})

const projected = (places: readonly Place[]) => {
  const projection = projectionOf(places, size)
  if (projection === undefined) throw new Error('no projection')
  return { projection, at: (one: Place) => project(projection, one) }
}

test('north is up, east is right, and the margin stays free', () => {
  const { at } = projected([place(47, 8), place(47.1, 8.1)])
  const [west, south] = at(place(47, 8))
  const [east, north] = at(place(47.1, 8.1))
  expect(west).toBeLessThan(east)
  expect(north).toBeLessThan(south)
  expect([north, south]).toEqual([expect.closeTo(40), expect.closeTo(440)])
  expect(west).toBeGreaterThan(40)
})

test('a metre is as long to the east as to the north, at 60 degrees too', () => {
  const { at } = projected([place(60, 10), place(60.01, 10.02)])
  const [x0, y0] = at(place(60.005, 10.01))
  const [x1] = at(place(60.005, 10.02))
  const [, y1] = at(place(60.01, 10.01))
  // A degree of longitude is half as long there.
  expect((x1 - x0) / (y0 - y1)).toBeCloseTo(1, 3)
})

test('a ride over the antimeridian is in one piece', () => {
  const { projection, at } = projected([place(-17, 179.99), place(-17, -179.99)])
  const [left] = at(place(-17, 179.99))
  const [right] = at(place(-17, -179.99))
  expect(right - left).toBeCloseTo(size.width - 2 * size.margin)
  expect(projection.unitsPerMetre).toBeGreaterThan(0.2)
})

test('a bike that stood still is in the middle', () => {
  const { at } = projected([a])
  expect(at(a)).toEqual([360, 240])
})

test('without a place there is no projection', () => expect(projectionOf([], size)).toBeUndefined())

test.each([
  [1, 180, 100],
  [0.05, 180, 2_000],
  [0.1, 49, 200],
  [0.0013, 180, 100_000],
])('at %f units a metre a bar of %i units at most is %i m long', (unitsPerMetre, units, metres) => {
  const bar = scaleBar({ middle: a, unitsPerMetre, width: 720, height: 480 }, units)
  expect(bar).toEqual({ metres, units: expect.closeTo(metres * unitsPerMetre) })
})

test('points that lie together are drawn once, the last one always', () => {
  const { projection } = projected([a, c])
  const crowd = Array.from({ length: 1_000 }, (_, i) => place(47 + i * 2e-6, 8))
  const path = pathOf(crowd, projection, 2)
  expect(path.match(/[ML]/g)?.length).toBeLessThan(210)
  expect(path).toMatch(/^M360\.0 /)
  const [x, y] = project(projection, crowd.at(-1) as Place)
  expect(path.endsWith(`L${x.toFixed(1)} ${y.toFixed(1)}`)).toBe(true)
})
