import { describe, expect, test } from 'vitest'
import { createInFlight } from './in-flight.ts'
import { clientAddress, createRateLimiter } from './rates.ts'

describe('rate limiter', () => {
  const limiter = (perSecond: number, burst: number, maxKeys = 100) => {
    const clock = { ms: 0 }
    const take = createRateLimiter({
      rate: { perSecond, burst },
      clock: { nowMs: () => 0, monotonicMs: () => clock.ms },
      maxKeys,
    })
    return { clock, take }
  }

  test('lets a burst pass, then says how long to wait', () => {
    const { clock, take } = limiter(2, 3)
    expect([take('a'), take('a'), take('a'), take('a')]).toEqual([0, 0, 0, 500])
    clock.ms = 250
    expect(take('a')).toBe(250)
    clock.ms = 500
    expect(take('a')).toBe(0)
  })

  test('keeps keys apart', () => {
    const { take } = limiter(1, 1)
    expect([take('a'), take('b'), take('a')]).toEqual([0, 0, 1000])
  })

  test('never saves up more than the burst', () => {
    const { clock, take } = limiter(1, 2)
    clock.ms = 1_000_000
    expect([take('a'), take('a'), take('a') > 0]).toEqual([0, 0, true])
  })

  test('forgets the oldest keys beyond its bound', () => {
    const { take } = limiter(1, 1, 10)
    take('first')
    for (let i = 0; i < 10; i++) take(`other-${i}`)
    expect(take('other-9')).toBeGreaterThan(0)
    expect(take('first')).toBe(0)
  })

  test('is off at a rate of 0', () => {
    const { take } = limiter(0, 1)
    expect([take('a'), take('a'), take('a')]).toEqual([0, 0, 0])
  })
})

describe('client address', () => {
  test.each([
    ['198.51.100.1', null, 0, '198.51.100.1'],
    ['198.51.100.1', '203.0.113.1', 0, '198.51.100.1'],
    ['10.0.0.1', '203.0.113.1', 1, '203.0.113.1'],
    ['10.0.0.1', 'spoofed, 203.0.113.1, 10.0.0.2', 2, '203.0.113.1'],
    ['10.0.0.1', '203.0.113.1', 2, '10.0.0.1'],
    ['10.0.0.1', '', 1, '10.0.0.1'],
    ['::ffff:198.51.100.1', null, 0, '198.51.100.1'],
    ['2001:db8:1:2:3:4:5:6', null, 0, '2001:db8:1:2::/64'],
    ['2001:db8::1', null, 0, '2001:db8:0:0::/64'],
    ['2001:DB8:A::1', null, 0, '2001:db8:a:0::/64'],
    ['::FFFF:198.51.100.1', null, 0, '198.51.100.1'],
    ['10.0.0.1', '203.0.113.1:54321', 1, '203.0.113.1'],
    ['10.0.0.1', '[2001:db8::1]:443', 1, '2001:db8:0:0::/64'],
    ['10.0.0.1', '[2001:db8::1]', 1, '2001:db8:0:0::/64'],
    ['::1', null, 0, '0:0:0:0::/64'],
  ])('of %s with %s behind %i proxies is %s', (connection, forwardedFor, trustedProxies, expected) => {
    expect(clientAddress({ connection, forwardedFor, trustedProxies })).toBe(expected)
  })
})

test('bytes in flight never exceed the bound and are given back once', () => {
  const inFlight = createInFlight({ maxBytes: 100, maxBytesPerSender: 100 })
  const first = inFlight.take(60)
  expect(inFlight.take(60)).toBeUndefined()
  const second = inFlight.take(40)
  expect(second?.resize(41)).toBe(false)
  expect([inFlight.bytes, inFlight.uploads]).toEqual([100, 2])
  first?.release()
  first?.release()
  expect([inFlight.bytes, inFlight.uploads]).toEqual([40, 1])
  expect(second?.resize(100)).toBe(true)
  second?.release()
  expect([inFlight.bytes, inFlight.uploads]).toEqual([0, 0])
})

test('a sender holds no more than its share, others have the rest, and nothing of it stays', () => {
  const inFlight = createInFlight({ maxBytes: 100, maxBytesPerSender: 40 })
  const first = inFlight.take(30, 'a')
  expect(inFlight.take(11, 'a')).toBeUndefined()
  expect(first?.resize(41)).toBe(false)
  expect(first?.cover(41)).toBe(false)
  expect(first?.cover(40)).toBe(true)
  expect(first?.cover(20)).toBe(true)
  expect(inFlight.bytes).toBe(40)
  const others = [inFlight.take(40, 'b'), inFlight.take(20)]
  expect(inFlight.take(1, 'c')).toBeUndefined()
  for (const reservation of [first, ...others]) reservation?.release()
  first?.release()
  expect(inFlight.take(40, 'a')).toBeDefined()
})
