import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Reservation } from '../limits/in-flight.ts'
import { busy } from '../problem.ts'
import { drainBody, firstPieceBytes, readBody } from './body.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const MiB = 1024 * 1024

/** Gives the chunks, then ends, fails or stalls; tells what has been taken from it, and whether the rest was refused. */
function source(chunks: Iterable<Uint8Array>, then: 'ends' | 'stalls' | Error | 'no error' = 'ends') {
  const seen = { bytes: 0, cancelled: false }
  const next = chunks[Symbol.iterator]()
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { value } = next.next()
        if (value !== undefined) {
          seen.bytes += value.length
          controller.enqueue(value)
        } else if (then === 'ends') controller.close()
        else if (then !== 'stalls') controller.error(then)
        else return new Promise(() => undefined)
        return undefined
      },
      cancel: () => {
        seen.cancelled = true
        return Promise.reject(new Error('gone'))
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, seen }
}

function requestOf(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return new Request('http://edge/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)
}

function reservationOf(bound = Number.POSITIVE_INFINITY) {
  const calls: (number | 'released')[] = []
  const reservation: Reservation = {
    resize: () => true,
    cover(bytes) {
      calls.push(bytes)
      return bytes <= bound
    },
    release: () => void calls.push('released'),
  }
  return { reservation, calls }
}

const time = { longestMs: 1_000, graceMs: 1_000, leastBytesPerMs: 1 }
const read = (request: Request, length: number | undefined, reservation: Reservation, maxBytes = 10) =>
  readBody(request, length, { maxBytes, time, reservation })
const pieces = (...sizes: number[]) => sizes.map((size, i) => new Uint8Array(size).fill(i + 1))
const tooLarge = (limit: number) => ({
  refused: 'compressed_too_large',
  detail: `the body has more than ${limit} bytes`,
  limit,
})

describe('a body in chunks', () => {
  test('comes out whole and in order, and is reserved as it arrives', async () => {
    const { reservation, calls } = reservationOf()
    const body = await read(requestOf(source(pieces(2, 3, 1)).stream), undefined, reservation)
    expect(body).toEqual(Uint8Array.of(1, 1, 2, 2, 2, 3))
    expect(calls).toEqual([2, 5, 6])
  })

  test('may be as large as the limit', async () => {
    expect(
      await read(requestOf(source(pieces(4, 6)).stream), undefined, reservationOf().reservation),
    ).toHaveLength(10)
  })

  test('beyond the limit is let go, drained and refused', async () => {
    const { reservation, calls } = reservationOf()
    const { stream, seen } = source(pieces(4, 7, 100))
    expect(await read(requestOf(stream), undefined, reservation)).toEqual(tooLarge(10))
    expect(calls).toEqual([4, 'released'])
    expect(seen).toEqual({ bytes: 111, cancelled: false })
  })

  test('that nothing is left for is let go, drained and refused as busy', async () => {
    const { reservation, calls } = reservationOf(5)
    const { stream, seen } = source(pieces(4, 2, 100))
    expect(await read(requestOf(stream), undefined, reservation)).toEqual(busy)
    expect(calls).toEqual([4, 6, 'released'])
    expect(seen).toEqual({ bytes: 106, cancelled: false })
  })

  test('without end is drained up to 4 MiB', async () => {
    const { stream, seen } = source(Array.from({ length: 9 }, () => new Uint8Array(MiB)))
    expect(await read(requestOf(stream), undefined, reservationOf().reservation)).toEqual(tooLarge(10))
    expect(seen).toEqual({ bytes: 6 * MiB, cancelled: true })
  })

  test('that stalls is refused in time, and the rest is not wanted', async () => {
    const { stream, seen } = source(pieces(4), 'stalls')
    const answer = read(requestOf(stream), undefined, reservationOf().reservation)
    await vi.advanceTimersByTimeAsync(999)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await answer).toEqual({ refused: 'body_timeout', detail: 'the body was not here after 1000 ms' })
    expect(seen.cancelled).toBe(true)
  })

  test('too large a body that stalls is refused in time, and the rest is not wanted', async () => {
    const { stream, seen } = source(pieces(11), 'stalls')
    const answer = read(requestOf(stream), undefined, reservationOf().reservation)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await answer).toMatchObject({ refused: 'body_timeout' })
    expect(seen.cancelled).toBe(true)
  })

  test('too large a body that breaks off is refused as too large', async () => {
    const { stream } = source(pieces(11), new Error('reset'))
    expect(await read(requestOf(stream), undefined, reservationOf().reservation)).toEqual(tooLarge(10))
  })

  test.each([
    [new Error('connection reset'), 'connection reset'],
    ['no error', 'the body ended early'],
  ] as const)('that breaks off is refused as cut off (%s)', async (fault, detail) => {
    const { stream } = source(pieces(4), fault)
    expect(await read(requestOf(stream), undefined, reservationOf().reservation)).toEqual({
      refused: 'body_cut_off',
      detail,
    })
  })
})

describe('a body with a length', () => {
  test('is collected by the runtime while it is small', async () => {
    const { reservation, calls } = reservationOf()
    expect(await read(requestOf(Uint8Array.of(1, 2)), firstPieceBytes, reservation)).toEqual(
      Uint8Array.of(1, 2),
    )
    expect(calls).toEqual([])
  })

  test('is counted as it arrives when it is large', async () => {
    const { reservation, calls } = reservationOf()
    await read(requestOf(Uint8Array.of(1, 2)), firstPieceBytes + 1, reservation)
    expect(calls).toEqual([2])
  })

  test.each([
    [10, 10],
    [11, undefined],
  ])('of %i bytes is measured all the same', async (bytes, length) => {
    const body = await read(requestOf(new Uint8Array(bytes)), 5, reservationOf().reservation)
    if (length === undefined) expect(body).toEqual(tooLarge(10))
    else expect(body).toHaveLength(length)
  })

  test('that stalls is refused in time', async () => {
    const answer = read(requestOf(source([], 'stalls').stream), 5, reservationOf().reservation)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await answer).toMatchObject({ refused: 'body_timeout' })
  })
})

describe('the least speed', () => {
  beforeEach(() => {
    const toFake = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] as const
    vi.useFakeTimers({ toFake: [...toFake] })
  })

  const slow = { longestMs: 20_000, graceMs: 5_000, leastBytesPerMs: 1 }
  /** So many bytes once a second. */
  const dripping = (bytes: number) => {
    let timer: ReturnType<typeof setInterval>
    return new ReadableStream<Uint8Array>({
      start(controller) {
        timer = setInterval(() => controller.enqueue(new Uint8Array(bytes)), 1_000)
      },
      cancel: () => clearInterval(timer),
    })
  }
  const timeOf = async (body: ReadableStream<Uint8Array>, length?: number) => {
    const { reservation } = reservationOf()
    const startedMs = performance.now()
    const answer = await readBody(requestOf(body), length, { maxBytes: 1_000_000, time: slow, reservation })
    expect(answer).toMatchObject({ refused: 'body_timeout' })
    return performance.now() - startedMs
  }

  test.each([
    ['one byte a second ends after the grace', 1, undefined, 5_000],
    ['half the least speed has the grace twice', 500, undefined, 10_000],
    ['the least speed and more has the longest time', 1_000, undefined, 20_000],
    ['a small body that is announced has the time that it takes at the least speed', 1, 4_000, 9_000],
  ])('%s', async (_, bytes, length, expectedMs) => {
    const body = dripping(bytes)
    const taken = timeOf(body, length)
    await vi.advanceTimersByTimeAsync(25_000)
    expect(Math.round((await taken) / 1_000) * 1_000).toBe(expectedMs)
    vi.clearAllTimers()
  })
})

test('no body is an empty one', async () => {
  expect(await read(requestOf(null), undefined, reservationOf().reservation)).toEqual(new Uint8Array(0))
})

describe('draining', () => {
  test('takes in what still comes', async () => {
    const { stream, seen } = source(pieces(5, 6))
    await drainBody(requestOf(stream), time)
    expect(seen).toEqual({ bytes: 11, cancelled: false })
  })

  test.each<[string, number, Record<string, string>, number]>([
    ['in chunks', 4, {}, 5],
    ['with a length', 16, { 'content-length': String(16 * MiB) }, 17],
  ])('ends behind the bound of a body %s', async (_, __, headers, mebibytes) => {
    const { stream, seen } = source(Array.from({ length: 20 }, () => new Uint8Array(MiB)))
    await drainBody(requestOf(stream, headers), time)
    expect(seen).toEqual({ bytes: mebibytes * MiB, cancelled: true })
  })

  test('does not begin where more than the bound is announced', async () => {
    const { stream, seen } = source(pieces(5))
    await drainBody(requestOf(stream, { 'content-length': String(16 * MiB + 1) }), time)
    expect(seen).toEqual({ bytes: 0, cancelled: false })
  })

  test('leaves a body that has been read, and one that is not there', async () => {
    const request = requestOf(Uint8Array.of(1))
    await request.arrayBuffer()
    await drainBody(request, time)
    await drainBody(requestOf(null), time)
  })

  test('ends in time', async () => {
    const { stream, seen } = source(pieces(5), 'stalls')
    const drained = drainBody(requestOf(stream), time)
    await vi.advanceTimersByTimeAsync(1_000)
    await drained
    expect(seen.cancelled).toBe(true)
  })

  test('of a client that has gone away ends, too', async () => {
    await drainBody(requestOf(source(pieces(5), new Error('reset')).stream), time)
  })
})
