import { describe, expect, test } from 'vitest'
import { createInFlight } from './in-flight.ts'
import { clientAddress, createRateLimiter } from './rates.ts'

describe('rate limiter', () => {
  const limiter = (perSecond: number, burst: number, maxKeys = 100) => {
    const clock = { ms: 0 }
    const limits = createRateLimiter({
      rate: { perSecond, burst },
      clock: { monotonicMs: () => clock.ms },
      maxKeys,
    })
    return { clock, ...limits }
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

  test('110,000 new keys do not free a key that is limited', () => {
    const { clock, take } = limiter(2, 3, 1_000)
    expect([take('limited', 3), take('limited')]).toEqual([0, 500])
    for (let i = 0; i < 110_000; i++) {
      if (i % 500 === 0) clock.ms += 1
      take(`new-${i}`)
    }
    expect(take('limited')).toBe(500 - 220)
  })

  test('forgets a full bucket for a new key, which then has its own', () => {
    const { clock, take } = limiter(1, 1, 2)
    for (const key of ['a', 'b']) take(key)
    clock.ms = 1_000
    expect([take('c'), take('d'), take('c')]).toEqual([0, 0, 1_000])
  })

  test('keys beyond its bound share a bucket while no other is full', () => {
    const { take } = limiter(1, 2, 1)
    take('a')
    expect([take('b'), take('c'), take('d'), take('a')]).toEqual([0, 0, 1_000, 0])
  })

  test('takes several tokens at once or none', () => {
    const { take } = limiter(10, 100)
    expect([take('a', 60), take('a', 60), take('a', 40), take('a')]).toEqual([0, 2_000, 0, 100])
  })

  test('what is known only afterwards is charged, also beyond what is there', () => {
    const { clock, waitMs, charge } = limiter(1, 2)
    expect(waitMs('a')).toBe(0)
    for (let i = 0; i < 4; i++) charge('a')
    expect([waitMs('a'), waitMs('b')]).toEqual([3_000, 0])
    clock.ms = 3_000
    expect(waitMs('a')).toBe(0)
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
