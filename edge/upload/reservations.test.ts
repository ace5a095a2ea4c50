// What an upload reserves on its way, and what is counted at its end: the memory of an edge is bounded by this.
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { InFlight } from '../limits/in-flight.ts'
import type { EdgeDeps } from '../ports.ts'
import {
  foreignBikeId,
  memoryDeps,
  nowMs,
  rideTrack,
  testLimits,
  uploadBytes,
  uploadRequest,
} from '../testing/memory-edge.ts'
import { firstPieceBytes } from './body.ts'
import { createUploadReceiver } from './receive.ts'

/** An edge's receiver with reservations that are written down; the `refuse`th of them is refused. */
function receiver({ refuse = -1, ...overrides }: Partial<EdgeDeps> & { refuse?: number } = {}) {
  const reserved: unknown[] = []
  const grant = (entry: unknown) => reserved.push(entry) !== refuse
  const inFlight: InFlight = {
    bytes: 0,
    uploads: 0,
    take: (bytes, sender) =>
      grant([bytes, sender])
        ? {
            resize: grant,
            cover: (bytes) => grant(`cover ${bytes}`),
            release: () => void reserved.push('released'),
          }
        : undefined,
  }
  const counted: unknown[] = []
  const count = (name: string) => (value: unknown) => void counted.push([name, value])
  const published: unknown[] = []
  const logged: unknown[] = []
  let halfSeconds = 3
  const receive = createUploadReceiver(
    memoryDeps({
      publish: async (tracks) => void published.push(...tracks),
      metrics: {
        answered: count('answered'),
        samplesAccepted: count('samples'),
        trackRejected: count('rejected'),
        cellsMasked: count('masked'),
        bytesReceived: count('bytes'),
      },
      log: {
        info: () => {},
        warn: (...line) => void logged.push(line),
        error: (...line) => void logged.push(line),
      },
      clock: { nowMs: () => nowMs, monotonicMs: () => halfSeconds++ * 500 },
      limits: {
        ...testLimits,
        perAddress: { perSecond: 0, burst: 1 },
        perSender: { perSecond: 0, burst: 1 },
        samplesPerSender: { perSecond: 0, burst: 1 },
      },
      ...overrides,
    }),
    inFlight,
  )
  return { receive, reserved, counted, published, logged }
}

const bytes = uploadBytes([rideTrack({ samples: 7 }), rideTrack({ bikeId: foreignBikeId }), Uint8Array.of(9)])
const length = (n: number) => ({ 'content-length': String(n) })
const packed = gzipSync(bytes)
const gzip = { 'content-encoding': 'gzip' }

test.each<[string, Record<string, string>, number]>([
  ['a length: as much', length(1_000), 1_000],
  ['a length and compression: as much', { ...length(1_000), ...gzip }, 1_000],
  ['a large length: the first piece', length(firstPieceBytes + 1), firstPieceBytes],
  ['chunks: the first piece', {}, firstPieceBytes],
])('of an upload with %s is reserved for its sender before it is read', async (_, headers, expected) => {
  const { receive, reserved } = receiver({ refuse: 1 })
  expect((await receive(uploadRequest({ body: bytes, headers }), undefined)).status).toBe(503)
  expect(reserved).toEqual([[expected, 'rider-good']])
})

test('a token without bikes is refused before its body is read or room for it taken', async () => {
  const identity = { subject: 'nobody', bikes: new Map() }
  const { receive, reserved } = receiver({ verifyToken: () => ({ ok: true, identity }) })
  const request = uploadRequest({ body: bytes })
  const response = await receive(request, undefined)
  expect([response.status, (await response.json()).reason]).toEqual([403, 'bikes_forbidden'])
  expect([reserved, request.bodyUsed]).toEqual([[], false])
})

const bound = Math.max(testLimits.ratioFreeBytes, packed.length * testLimits.ratio)

test('an upload reserves its body, what that may decompress to, then twice what it did, and gives all back', async () => {
  const plain = receiver()
  await plain.receive(uploadRequest({ body: bytes, headers: length(bytes.length) }), undefined)
  expect(plain.reserved.slice(1)).toEqual([bytes.length, 3 * bytes.length, 'released'])
  const compressed = receiver()
  await compressed.receive(
    uploadRequest({ body: packed, headers: { ...gzip, ...length(packed.length) } }),
    undefined,
  )
  expect(compressed.reserved.slice(1)).toEqual([
    packed.length + bound,
    packed.length + 2 * bytes.length,
    'released',
  ])
})

test.each([2, 3])('where the %ith reservation does not fit, nothing is published', async (refuse) => {
  const { receive, reserved, published } = receiver({ refuse })
  const headers = { ...gzip, ...length(packed.length) }
  const response = await receive(uploadRequest({ body: packed, headers }), undefined)
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ reason: 'overloaded', detail: 'too many bytes in flight' })
  expect(published).toEqual([])
  expect(reserved.at(-1)).toBe('released')
  expect(reserved).toHaveLength(refuse + 2)
})

test('an accepted upload is counted: bytes, samples, each rejected track, status and seconds', async () => {
  const { receive, counted } = receiver()
  const response = await receive(uploadRequest({ body: packed, headers: gzip }), undefined)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(counted).toEqual([
    ['bytes', { compressed: packed.length, decompressed: bytes.length }],
    ['answered', { status: 202, reason: '', seconds: 0.5 }],
    ['samples', 7],
    ['rejected', 'bike_forbidden'],
    ['rejected', 'track_undecodable'],
  ])
})

test('a refused upload is counted by its reason, and nothing else is', async () => {
  const { receive, counted, reserved } = receiver({ trouble: () => 'Kafka is away' })
  expect(await (await receive(uploadRequest(), undefined)).json()).toMatchObject({ detail: 'Kafka is away' })
  expect(counted).toEqual([['answered', { status: 503, reason: 'broker_unavailable', seconds: 0.5 }]])
  expect(reserved).toEqual([])
})

test('what Kafka does not acknowledge is told to the client with its id, and to the log', async () => {
  const fault = new Error('no')
  const { receive, logged } = receiver({ publish: () => Promise.reject(fault) })
  const answer = await (await receive(uploadRequest({ body: bytes }), undefined)).json()
  expect(answer).toMatchObject({
    detail: 'the upload was not acknowledged in time',
    uploadId: expect.any(String),
  })
  const { uploadId } = answer as { uploadId: string }
  expect(logged).toEqual([[{ err: fault, uploadId }, 'upload not acknowledged by Kafka']])
})

test('a bug is told to the log, and its text not to the client', async () => {
  const fault = new Error('a bug')
  const { receive, logged } = receiver({ verifyToken: () => Promise.reject(fault) })
  expect(await (await receive(uploadRequest(), undefined)).json()).toMatchObject({
    detail: 'an unexpected fault',
  })
  expect(logged).toEqual([[{ err: fault }, 'request failed']])
})

test.each([
  ['sender', { perSender: { perSecond: 0.4, burst: 1 }, perAddress: { perSecond: 0, burst: 1 } }],
  ['address', { perAddress: { perSecond: 0.4, burst: 1 }, perSender: { perSecond: 0, burst: 1 } }],
])('a %s beyond its rate is told how long to wait, in whole seconds', async (who, rates) => {
  const clock = { nowMs: () => nowMs, monotonicMs: () => 0 }
  const { receive } = receiver({ limits: { ...testLimits, ...rates }, clock })
  await receive(uploadRequest(), undefined)
  const response = await receive(uploadRequest(), undefined)
  expect(response.headers.get('retry-after')).toBe('3')
  expect(await response.json()).toMatchObject({
    reason: `${who}_rate_exceeded`,
    detail: 'try again in 2500 ms',
  })
})

test('the address of a connection is asked of the runtime', async () => {
  const asked: unknown[] = []
  const connectionAddress = (_: Request, runtime: unknown) => {
    asked.push(runtime)
    return '192.0.2.1'
  }
  const { receive } = receiver({ connectionAddress })
  await receive(uploadRequest(), 'what the runtime passes')
  expect(asked).toEqual(['what the runtime passes'])
})
