import { brotliCompressSync, gzipSync } from 'node:zlib'
import { fromBinary } from '@bufbuild/protobuf'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { RawTrackSchema, uuidText, uuidV7Bytes, writeUpload } from '../../proto/index.ts'
import { answers, type RequestReason } from '../answers.ts'
import type { EdgeDeps } from '../ports.ts'
import {
  attempt,
  bikeId,
  brotlied,
  createMemoryEdge,
  foreignBikeId,
  gzipped,
  nowMs,
  type RequestParts,
  rideTrack,
  testLimits,
  uploadBytes,
  uploadRequest,
} from '../testing/memory-edge.ts'

afterEach(() => void vi.useRealTimers())

describe('an accepted upload', () => {
  const uploadId = uuidText(uuidV7Bytes())
  const track = rideTrack({ samples: 5 })
  const bytes = uploadBytes([track], uploadId)

  test.each([
    ['identity', { body: bytes }],
    ['gzip', gzipped(bytes)],
    ['br', brotlied(bytes)],
    ['gzip of several members', gzipMembers(bytes)],
    ['in chunks', { body: stream([bytes.slice(0, 10), bytes.slice(10)]) }],
    [
      'with a parameter in its type',
      { body: bytes, headers: { 'content-type': 'application/protobuf; v=1' } },
    ],
  ])('is answered with 202 (%s)', async (_, parts) => {
    const edge = createMemoryEdge()
    const response = await edge.fetch(uploadRequest(parts))
    expect(response.status).toBe(202)
    expect(await response.json()).toEqual({
      uploadId,
      accepted: { tracks: 1, samples: 5 },
      rejected: [],
      masked: [],
    })
    expect(edge.published).toHaveLength(1)
    expect(edge.inFlightBytes()).toBe(0)
  })

  test('travels in an envelope, its track untouched', async () => {
    const edge = createMemoryEdge()
    await edge.fetch(uploadRequest({ body: uploadBytes([rideTrack(), track], uploadId) }))
    const [, second] = edge.published
    expect(uuidText(second?.key as Uint8Array)).toBe(bikeId)
    const raw = fromBinary(RawTrackSchema, second?.value as Uint8Array)
    expect(raw).toMatchObject({
      trackIndex: 1,
      sender: 'rider-good',
      samples: 5,
      deliveryTracks: 2,
      receivedAtMs: BigInt(nowMs),
    })
    expect(raw.attempt).toMatchObject({
      sentAtMs: BigInt(nowMs),
      bootId: 7,
      monotonicMs: 601_000n,
      clockEpoch: 2,
    })
    expect(uuidText(raw.uploadId)).toBe(uploadId)
    expect(uuidText(raw.trackId)[14]).toBe('7')
    expect(Buffer.from(raw.track).equals(track)).toBe(true)
  })

  test('gets new track ids at each attempt', async () => {
    const edge = createMemoryEdge()
    for (let i = 0; i < 2; i++) await edge.fetch(uploadRequest({ body: bytes }))
    const ids = edge.published.map(({ value }) => uuidText(fromBinary(RawTrackSchema, value).trackId))
    expect(new Set(ids).size).toBe(2)
  })

  test('keeps unknown fields of upload and track', async () => {
    const edge = createMemoryEdge()
    const unknown = Uint8Array.of(0xfa, 0x3f, 3, 1, 2, 3)
    const body = concat(uploadBytes([concat(track, unknown)], uploadId), unknown)
    expect((await edge.fetch(uploadRequest({ body }))).status).toBe(202)
    const raw = fromBinary(RawTrackSchema, edge.published[0]?.value as Uint8Array)
    expect(Buffer.from(raw.track).equals(concat(track, unknown))).toBe(true)
  })

  test('lists the tracks that were rejected, with their reasons', async () => {
    const edge = createMemoryEdge()
    const tracks = [
      rideTrack({ bikeId: foreignBikeId }),
      track,
      Uint8Array.of(1, 2, 3),
      mixed(testLimits.trackBytes + 1),
    ]
    const response = await edge.fetch(uploadRequest(gzipped(uploadBytes(tracks))))
    expect(response.status).toBe(202)
    const { accepted, rejected } = (await response.json()) as Answer
    expect(accepted).toEqual({ tracks: 1, samples: 5 })
    expect(rejected.map(({ index, reason, temporary }) => [index, reason, temporary])).toEqual([
      [0, 'bike_forbidden', false],
      [2, 'track_undecodable', false],
      [3, 'track_too_large', false],
    ])
  })
})

type Answer = {
  accepted: object
  rejected: { index: number; reason: string; temporary: boolean }[]
}

describe('each refusal has its documented answer', () => {
  const plain = uploadBytes()
  const cut = gzipSync(plain).subarray(0, -3)
  const brCut = brotliCompressSync(plain).subarray(0, -3)
  const tail = concat(gzipSync(plain), Uint8Array.of(1, 2, 3))
  const brTail = concat(brotliCompressSync(plain), Uint8Array.of(1, 2, 3))
  const gzip = { 'content-encoding': 'gzip' }
  const br = { 'content-encoding': 'br' }
  const forbidden = [rideTrack({ bikeId: foreignBikeId })]
  const never = () => new Promise<void>(() => undefined)

  const cases: [string, RequestReason, RequestParts, Partial<EdgeDeps>?][] = [
    ['another path', 'not_found', { path: '/v2/telemetry' }],
    ['GET', 'method_not_allowed', { method: 'GET' }],
    ['PUT', 'method_not_allowed', { method: 'PUT' }],
    ['no content type', 'content_type_unsupported', { headers: { 'content-type': undefined } }],
    [
      'neither token nor content type',
      'token_missing',
      { headers: { authorization: undefined, 'content-type': undefined } },
    ],
    ['JSON', 'content_type_unsupported', { headers: { 'content-type': 'application/json' } }],
    ['zstd', 'content_encoding_unsupported', { headers: { 'content-encoding': 'zstd' } }],
    ['two encodings', 'content_encoding_unsupported', { headers: { 'content-encoding': 'gzip, br' } }],
    ['a length beyond the limit', 'compressed_too_large', { headers: { 'content-length': '10485760' } }],
    ['a stream beyond the limit', 'compressed_too_large', { body: endless() }],
    ['a gzip bomb', 'ratio_too_high', { body: gzipSync(new Uint8Array(1_000_000)), headers: gzip }],
    ['a Brotli bomb', 'ratio_too_high', { body: brotliCompressSync(new Uint8Array(1_000_000)), headers: br }],
    [
      'a bomb within the ratio',
      'decompressed_too_large',
      { body: gzipSync(mixed(8_500_000)), headers: gzip },
    ],
    ['a cut gzip body', 'body_undecodable', { body: cut, headers: gzip }],
    ['a cut Brotli body', 'body_undecodable', { body: brCut, headers: br }],
    ['a gzip body with a tail', 'body_undecodable', { body: tail, headers: gzip }],
    ['a Brotli body with a tail', 'body_undecodable', { body: brTail, headers: br }],
    ['gzip that is none', 'body_undecodable', { body: plain, headers: gzip }],
    ['an empty gzip body', 'body_undecodable', { body: new Uint8Array(0), headers: gzip }],
    ['a body that breaks off', 'body_cut_off', { body: breaking() }],
    [
      'a body that never ends',
      'body_timeout',
      { body: stalled() },
      { limits: { ...testLimits, bodyTime: { ...testLimits.bodyTime, graceMs: 20 } } },
    ],
    ['an empty body', 'upload_id_invalid', { body: new Uint8Array(0) }],
    ['a truncated upload', 'upload_undecodable', { body: plain.subarray(0, -3) }],
    ['an upload without tracks', 'upload_empty', { body: uploadBytes([]) }],
    ['too many tracks', 'too_many_tracks', { body: uploadBytes(Array(257).fill(rideTrack())) }],
    ['an id of another version', 'upload_id_invalid', { body: uploadBytes(undefined, bikeId) }],
    ['a clock of 1969', 'attempt_clock_invalid', { body: clockless() }],
    ['only unreadable tracks', 'nothing_readable', { body: uploadBytes([Uint8Array.of(9)]) }],
    [
      'unreadable and foreign tracks',
      'nothing_readable',
      { body: uploadBytes([Uint8Array.of(9), ...forbidden]) },
    ],
    ['only foreign bikes', 'bikes_forbidden', { body: uploadBytes(forbidden) }],
    ['no token', 'token_missing', { headers: { authorization: undefined } }],
    ['basic authentication', 'token_missing', { headers: { authorization: 'Basic Z29vZDpnb29k' } }],
    ['an unknown token', 'token_invalid', { headers: { authorization: 'Bearer bad' } }],
    ['Kafka away', 'broker_unavailable', {}, { trouble: () => 'Kafka does not answer' }],
    ['Kafka failing', 'broker_unavailable', {}, { publish: () => Promise.reject(new Error('no')) }],
    ['hands full', 'overloaded', {}, { limits: { ...testLimits, inFlightBytes: 100 } }],
    ['a bug', 'internal', {}, { verifyToken: () => Promise.reject(new Error('bug')), publish: never }],
  ]

  test.each(cases)('%s: %s', async (_, reason, parts, overrides) => {
    const edge = createMemoryEdge(overrides)
    const response = await edge.fetch(uploadRequest(parts))
    const { status, title, temporary } = answers[reason]
    expect(await response.json()).toMatchObject({ type: `/docs#${reason}`, title, status, reason, temporary })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(edge.published).toHaveLength(0)
    expect(edge.inFlightBytes()).toBe(0)
    if (status === 429 || status === 503)
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
    if (status === 405) expect(response.headers.get('allow')).toBe('POST')
  })

  test('a 413 names the limit', async () => {
    const edge = createMemoryEdge()
    const response = await edge.fetch(uploadRequest({ headers: { 'content-length': '10485760' } }))
    expect(await response.json()).toMatchObject({ limit: testLimits.compressedBytes })
  })

  test('an upload without accepted tracks lists them all', async () => {
    const response = await createMemoryEdge().fetch(uploadRequest({ body: uploadBytes(forbidden) }))
    const { rejected } = (await response.json()) as Answer
    expect(rejected).toMatchObject([{ index: 0, reason: 'bike_forbidden' }])
  })
})

describe('limits on rates', () => {
  const limits = {
    ...testLimits,
    perAddress: { perSecond: 1, burst: 3 },
    perSender: { perSecond: 1, burst: 2 },
  }

  test('a sender gets 429 with the time to wait, others pass', async () => {
    let monotonicMs = 0
    const edge = createMemoryEdge({ limits, clock: { nowMs: () => nowMs, monotonicMs: () => monotonicMs } })
    const send = async (token: string) =>
      (await edge.fetch(uploadRequest({ headers: { authorization: `Bearer ${token}` } }))).status
    expect([await send('good'), await send('good'), await send('good')]).toEqual([202, 202, 429])
    monotonicMs = 1000
    expect([await send('another'), await send('another')]).toEqual([202, 429])
    expect(edge.answered.map(({ reason }) => reason)).toContain('sender_rate_exceeded')
    expect(edge.answered.map(({ reason }) => reason)).toContain('address_rate_exceeded')
  })

  test('addresses are told apart, and X-Forwarded-For counts only behind proxies of ours', async () => {
    const perAddress = { perSecond: 1, burst: 1 }
    const send = async (trustedProxies: number) => {
      const edge = createMemoryEdge({ trustedProxies, limits: { ...testLimits, perAddress } })
      const from = async (chain: string) =>
        (await edge.fetch(uploadRequest({ headers: { 'x-forwarded-for': chain } }))).status
      return [await from('203.0.113.1'), await from('203.0.113.2'), await from('spoofed, 203.0.113.2')]
    }
    expect(await send(0)).toEqual([202, 429, 429])
    expect(await send(1)).toEqual([202, 202, 429])
  })
})

test('clients whose address is not known share no limit', async () => {
  const limits = { ...testLimits, perAddress: { perSecond: 1, burst: 1 } }
  const edge = createMemoryEdge({ limits, connectionAddress: () => '' })
  for (let i = 0; i < 3; i++) expect((await edge.fetch(uploadRequest())).status).toBe(202)
})

test('bytes in flight are bounded: beyond the bound 503, and all is given back', async () => {
  const waiting: (() => void)[] = []
  const body = uploadBytes([rideTrack({ samples: 1000 })])
  const edge = createMemoryEdge({
    limits: { ...testLimits, inFlightBytes: body.length * 10, perSender: { perSecond: 0, burst: 1 } },
    publish: () => new Promise((resolve) => waiting.push(resolve)),
  })
  const headers = { 'content-length': String(body.length) }
  const answers = Array.from({ length: 10 }, () => edge.fetch(uploadRequest({ body, headers })))
  await expect.poll(() => edge.answered.filter(({ status }) => status === 503).length).toBe(7)
  expect(edge.inFlightBytes()).toBeLessThanOrEqual(body.length * 10)
  for (const acknowledge of waiting) acknowledge()
  const statuses = await Promise.all(answers.map(async (answer) => (await answer).status))
  expect(statuses.filter((status) => status === 202)).toHaveLength(3)
  expect(edge.inFlightBytes()).toBe(0)
})

test.each([
  ['in chunks', 1, undefined],
  ['after announcing the largest body', 1, testLimits.compressedBytes],
  ['after sending almost all', testLimits.compressedBytes - 1, testLimits.compressedBytes],
])('a sender that stalls holds no more than its share, and others pass (%s)', async (_, sent, length) => {
  const off = { perSecond: 0, burst: 1 }
  const limits = { ...testLimits, perAddress: off, perSender: off }
  const edge = createMemoryEdge({ limits })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const headers = { 'content-length': length?.toString(), 'content-encoding': 'gzip' }
  const waiting = Array.from({ length: 64 }, () =>
    edge.fetch(uploadRequest({ body: stalled(sent), headers })),
  )
  await expect.poll(() => edge.inFlightBytes(), { interval: 5 }).toBeGreaterThan(0)
  expect(edge.inFlightBytes()).toBeLessThan(testLimits.inFlightBytes / 3)
  const another = { headers: { authorization: 'Bearer another' } }
  expect((await edge.fetch(uploadRequest(another))).status).toBe(202)
  await vi.runAllTimersAsync()
  await Promise.all(waiting)
  expect(edge.inFlightBytes()).toBe(0)
})

test('152 connections of senders at a byte a second take nothing from others', async () => {
  const off = { perSecond: 0, burst: 1 }
  const edge = createMemoryEdge({ limits: { ...testLimits, perAddress: off, perSender: off } })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const headers = { 'content-length': '60000', 'content-encoding': 'gzip' }
  const loris = Array.from({ length: 152 }, () => edge.fetch(uploadRequest({ body: stalled(), headers })))
  await expect.poll(() => edge.inFlightUploads(), { interval: 5 }).toBe(152)
  expect(edge.inFlightBytes()).toBeLessThan(testLimits.inFlightBytes / 20)
  const another = { headers: { authorization: 'Bearer another' } }
  expect((await edge.fetch(uploadRequest(another))).status).toBe(202)
  await vi.advanceTimersByTimeAsync(testLimits.bodyTime.graceMs + 10)
  const statuses = (await Promise.all(loris)).map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set([408]))
  expect(edge.inFlightBytes()).toBe(0)
})

describe('the quota of samples', () => {
  const limits = { ...testLimits, samplesPerSender: { perSecond: 2, burst: 20 } }
  const of = (samples: number, token = 'good') =>
    uploadRequest({
      body: uploadBytes([rideTrack({ samples })]),
      headers: { authorization: `Bearer ${token}` },
    })

  test('lets a burst pass, then says when the upload passes, and takes nothing from others', async () => {
    const clock = { ms: 0 }
    const edge = createMemoryEdge({ limits, clock: { nowMs: () => nowMs, monotonicMs: () => clock.ms } })
    expect((await edge.fetch(of(15))).status).toBe(202)
    const refused = await edge.fetch(of(15))
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5'])
    expect(await refused.json()).toMatchObject({
      ...{ reason: 'sample_quota_exceeded', temporary: true, limit: 2 },
      uploadId: expect.any(String),
    })
    expect((await edge.fetch(of(15, 'another'))).status).toBe(202)
    clock.ms = 5_000
    expect((await edge.fetch(of(15))).status).toBe(202)
    expect(edge.published).toHaveLength(3)
  })

  test('counts what tracks announce before it decodes any', async () => {
    const edge = createMemoryEdge({ limits })
    const foreign = rideTrack({ bikeId: foreignBikeId, samples: 15 })
    expect((await edge.fetch(uploadRequest({ body: uploadBytes([foreign]) }))).status).toBe(403)
    expect((await edge.fetch(of(15))).status).toBe(429)
  })

  test('an upload beyond the burst, such as many tracks of a byte a sample, is to be split', async () => {
    const edge = createMemoryEdge()
    // Field 100, packed: 10,000 times of one byte each.
    const times = concat(Uint8Array.of(0xa2, 0x06, 0x90, 0x4e), new Uint8Array(10_000).fill(2))
    const refused = await edge.fetch(uploadRequest({ body: uploadBytes(Array(11).fill(times)) }))
    expect(await refused.json()).toMatchObject({
      reason: 'upload_too_long',
      temporary: false,
      limit: 100_000,
    })
    expect([refused.status, edge.published.length]).toEqual([413, 0])
    expect((await edge.fetch(of(3))).status).toBe(202)
  })

  test('thirty rides of two hours that come months late pass in five minutes', async () => {
    const clock = { ms: 0 }
    const edge = createMemoryEdge({ clock: { nowMs: () => nowMs, monotonicMs: () => clock.ms } })
    const ride = uploadBytes(Array.from({ length: 3 }, () => rideTrack({ samples: 7_200 })))
    for (let rides = 0; rides < 30; ) {
      const answer = await edge.fetch(uploadRequest({ body: ride }))
      if (answer.status === 202) rides++
      else clock.ms += Number(answer.headers.get('retry-after')) * 1_000
    }
    expect(clock.ms).toBeLessThanOrEqual(300_000)
  })
})

test('an edge with room for one of its largest uploads takes one that comes in chunks', async () => {
  const limits = { ...testLimits, compressedBytes: 1_000, decompressedBytes: 2_000, inFlightBytes: 5_000 }
  const edge = createMemoryEdge({ limits })
  expect((await edge.fetch(uploadRequest({ body: stream([uploadBytes()]) }))).status).toBe(202)
})

test('nothing is acknowledged before Kafka has', async () => {
  let acknowledge = () => {}
  const edge = createMemoryEdge({
    publish: () =>
      new Promise((resolve) => {
        acknowledge = resolve
      }),
  })
  let answered = false
  const answer = Promise.resolve(edge.fetch(uploadRequest())).then((response) => {
    answered = true
    return response
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(answered).toBe(false)
  acknowledge()
  expect((await answer).status).toBe(202)
})

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function gzipMembers(bytes: Uint8Array): RequestParts {
  const members = concat(gzipSync(bytes.subarray(0, 20)), gzipSync(bytes.subarray(20)))
  return { body: members, headers: { 'content-encoding': 'gzip' } }
}

function stream(chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

/** Far beyond every bound, and yet with an end: whoever ignores the bounds must not read for ever. */
function endless(): ReadableStream<Uint8Array> {
  let chunks = 0
  return new ReadableStream({
    pull: (controller) => (chunks++ < 300 ? controller.enqueue(new Uint8Array(65_536)) : controller.close()),
  })
}

function breaking(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(Uint8Array.of(1, 2, 3))
      controller.error(new Error('connection reset'))
    },
  })
}

function stalled(bytes = 1): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(bytes)) })
}

/** Half noise, half zeros: it shrinks, but not beyond any ratio. */
function mixed(size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 400) crypto.getRandomValues(bytes.subarray(at, at + 16))
  return bytes
}

function clockless(): Uint8Array {
  return writeUpload({
    uploadId: uuidText(uuidV7Bytes()),
    attempt: { ...attempt, sentAtMs: -1 },
    tracks: [rideTrack()],
  })
}
