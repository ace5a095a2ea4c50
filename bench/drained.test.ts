import { expect, test } from 'vitest'
import { checkDrained, type Drained } from './drained.ts'

const good: Drained = {
  counted: 1e6,
  seconds: 5,
  cpuSeconds: 4,
  engineSeconds: { kafka: 1, elasticsearch: Number.NaN, postgres: 0 },
  peakMiB: 200,
  partitions: [3, 3],
  shares: [0.4, 0.6],
}

test('a measurement is handed on, whether an engine is on this machine or not', () => {
  expect(checkDrained('search', good)).toBe(good)
})

test.each<[string, Partial<Drained>]>([
  ['nothing counted', { counted: 0, shares: [Number.NaN, Number.NaN] }],
  ['no time', { seconds: 0.009 }],
  ['less CPU than the kernel counts', { cpuSeconds: 0 }],
  ['CPU that is not known', { cpuSeconds: Number.NaN }],
  ['one of two without work', { shares: [1, 0] }],
  ['memory that is not known', { peakMiB: Number.NaN }],
])('%s is an error that names the stage', (_, wrong) => {
  expect(() => checkDrained('search, 2 of it', { ...good, ...wrong })).toThrow(
    /^search, 2 of it: too little to measure/,
  )
})
