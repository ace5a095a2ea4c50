import { expect, test } from 'vitest'
import { callerAddress } from './caller-address.ts'

test.each<[string, string | undefined, number, string]>([
  ['10.0.0.1', undefined, 0, '10.0.0.1'],
  ['10.0.0.1', '203.0.113.9', 0, '10.0.0.1'],
  ['10.0.0.1', '203.0.113.9, 198.51.100.7', 1, '198.51.100.7'],
  ['10.0.0.1', '203.0.113.9, 198.51.100.7', 2, '203.0.113.9'],
  ['10.0.0.1', '198.51.100.7', 2, '10.0.0.1'],
  ['10.0.0.1', undefined, 1, '10.0.0.1'],
  ['10.0.0.1', '198.51.100.7:4711', 1, '198.51.100.7'],
  ['::ffff:10.0.0.1', undefined, 0, '10.0.0.1'],
  ['2001:db8::1', undefined, 0, '2001:db8:0:0'],
  ['2001:DB8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2'],
  ['::1', '[2001:db8:1:2::9]:443', 1, '2001:db8:1:2'],
  ['', undefined, 0, ''],
])('%s with %s behind %i proxies is %s', (connection, forwardedFor, trustedProxies, expected) => {
  expect(callerAddress({ connection, forwardedFor, trustedProxies })).toBe(expected)
})
