import { expect, test } from 'vitest'
import { murmur2, partitionSeed } from './producer.ts'

// The values of org.apache.kafka.common.utils.UtilsTest.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s is that of the Java client', (text, hash) => {
  expect(murmur2(new TextEncoder().encode(text))).toBe(hash)
})

test('a partition is never negative', () => {
  expect(partitionSeed(new TextEncoder().encode('21'))).toBeGreaterThanOrEqual(0)
})
