import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDifferences, encodeDifferences, gapRuns } from './column.ts'
import { concat, pushZigzag, readZigzag } from './numbers.ts'

const zigzag = (value: number): number[] => {
  const out: number[] = []
  pushZigzag(out, value)
  return out
}

describe('zigzag varints', () => {
  test.each([
    [0, [0]],
    [-1, [1]],
    [1, [2]],
    [63, [0x7e]],
    [-64, [0x7f]],
    [64, [0x80, 1]],
    [-8193, [0x81, 0x80, 1]],
  ])('%i is written as %j', (value, bytes) => {
    expect(zigzag(value)).toEqual(bytes)
  })

  test('come back, whatever stands around them', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }), (value) => {
        const bytes = Uint8Array.from([0xff, ...zigzag(value), 0xff])
        expect(readZigzag(bytes, 1)).toEqual({ value, next: bytes.length - 1 })
      }),
    )
  })

  test.each([
    [2 ** 52 - 1, undefined],
    [-(2 ** 52), undefined],
    [2 ** 52, 'value_overflow'],
    [-(2 ** 52) - 1, 'value_overflow'],
  ])('end at 2^52 (%i)', (value, reason) => {
    const read = () => readZigzag(Uint8Array.from(zigzag(value)), 0)
    if (reason === undefined) expect(read().value).toBe(value)
    else expect(read).toThrow(reason)
  })

  test('may be padded with zeros up to nine bytes', () => {
    const padded = (bytes: number) => Uint8Array.from([...Array(bytes - 1).fill(0x80), 0])
    expect(readZigzag(padded(9), 0)).toEqual({ value: 0, next: 9 })
    expect(() => readZigzag(padded(10), 0)).toThrow('value_overflow')
  })

  test('that are cut off are refused', () => {
    expect(() => readZigzag(Uint8Array.of(0x80), 0)).toThrow('track_undecodable')
    expect(() => readZigzag(Uint8Array.of(), 0)).toThrow('track_undecodable')
  })
})

describe('differences', () => {
  const cells = [10, 12, 18, 30, 20]

  test.each([
    [1, [10, 2, 6, 12, -10]],
    [2, [10, 2, 4, 6, -22]],
    [3, [10, 2, 4, 4, -25]],
  ] as const)('of order %i are these, and add up again', (order, differences) => {
    const bytes = encodeDifferences(cells, order)
    expect(Array.from(bytes)).toEqual(differences.flatMap(zigzag))
    const out = new Float64Array(5)
    expect(decodeDifferences(bytes, { key: 'x', order }, out)).toBe(5)
    expect(Array.from(out)).toEqual(cells)
  })

  test('leave missing cells out', () => {
    expect(encodeDifferences([1, Number.NaN, 3], 1)).toEqual(Uint8Array.of(2, 4))
  })

  test('beyond the room for them are counted, not kept and not judged', () => {
    const bytes = Uint8Array.from([1, 2, 1_000].flatMap(zigzag))
    const out = new Float64Array(2)
    expect(decodeDifferences(bytes, { key: 'x', order: 1 }, out)).toBe(3)
    expect(Array.from(out)).toEqual([1, 3])
  })

  test.each([
    [2 ** 50, undefined],
    [-(2 ** 50), undefined],
    [2 ** 50 + 1, 'value_overflow: x[0] is beyond 2^50'],
    [-(2 ** 50) - 1, 'value_overflow: x[0] is beyond 2^50'],
  ])('%i is within what differences can hold or refused', (value, message) => {
    const read = () =>
      decodeDifferences(Uint8Array.from(zigzag(value)), { key: 'x', order: 1 }, new Float64Array(1))
    if (message === undefined) expect(read()).toBe(1)
    else expect(read).toThrow(message)
  })
})

test.each([
  [[1, 2], undefined],
  [[], undefined],
  [
    [Number.NaN, 1],
    [0, 1, 1],
  ],
  [
    [1, 2, 3, Number.NaN, Number.NaN, 4],
    [3, 2, 1],
  ],
])('the gaps of %j are %j', (cells, runs) => {
  expect(gapRuns(cells)).toEqual(runs)
})

test('a single chunk is not copied, several are joined', () => {
  const chunk = Uint8Array.of(1, 2)
  expect(concat([chunk])).toBe(chunk)
  expect(concat([chunk, Uint8Array.of(3), chunk])).toEqual(Uint8Array.of(1, 2, 3, 1, 2))
  expect(concat([])).toEqual(Uint8Array.of())
})
