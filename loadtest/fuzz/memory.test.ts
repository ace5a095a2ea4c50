import { expect, test } from 'vitest'
import { memoryUse } from './memory.ts'

const steady = Array.from({ length: 100 }, (_, i) => 150 + (i % 5))

test.each([
  [
    'a start that grows and then stays',
    [...Array(25).fill(80), ...steady],
    { samples: 125, peakMiB: 154, growthMiB: 0 },
  ],
  [
    'a single high tide',
    steady.map((mib, i) => (i === 50 ? 400 : mib)),
    { samples: 100, peakMiB: 400, growthMiB: 0 },
  ],
  [
    'a leak',
    Array.from({ length: 100 }, (_, i) => 100 + 2 * i),
    { samples: 100, peakMiB: 298, growthMiB: 80 },
  ],
  ['nothing', [], { samples: 0, peakMiB: 0, growthMiB: 0 }],
])('%s is told', (_, samples, use) => {
  expect(memoryUse(samples)).toEqual(use)
})
