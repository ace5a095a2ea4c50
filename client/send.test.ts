// One attempt against a real server: what travels, and what each answer means.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Compression, encodeAttempt, identity, sendAttempt, webGzip } from './index.ts'
import { nodeBrotli, nodeGzip } from './node/index.ts'
import { answerText, type LocalEdge, type Reply, startLocalEdge } from './testing/local-edge.ts'
import { noonMs } from './testing/manual-clock.ts'
import { newUpload } from './testing/uploads.ts'

const clock = { sentAtMs: noonMs, bootId: 1, monotonicMs: 5_000, clockEpoch: 2 }
const upload = newUpload({ tracks: 3 })
let edge: LocalEdge

beforeEach(async () => {
  edge = await startLocalEdge()
})

afterEach(() => edge.close())

async function send(options: { compression?: Compression; url?: string; timeoutMs?: number } = {}) {
  const { compression = webGzip, ...rest } = options
  const attempt = await encodeAttempt(upload, clock, compression)
  return sendAttempt(attempt, { url: edge.url, token: 'a-token', ...rest })
}

test.each([
  ['identity', identity],
  ['gzip', webGzip],
  ['gzip', nodeGzip],
  ['br', nodeBrotli()],
  ['br', nodeBrotli({ quality: 5 })],
])(
  'an upload travels as %s with its id, its tracks, its clocks and the token',
  async (encoding, compression) => {
    const outcome = await send({ compression })
    expect(outcome).toMatchObject({ kind: 'answered', answer: { accepted: { tracks: 3 }, rejected: [] } })
    const [received] = edge.received
    expect(received).toMatchObject({ uploadId: upload.uploadId, attempt: clock })
    expect(edge.arrivals()).toEqual([[0, 1, 2]])
    expect(received?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': encoding,
      authorization: 'Bearer a-token',
    })
  },
)

describe('an answer of', () => {
  const busy = (headers: Record<string, string>): Reply => ({ status: 503, headers })
  const date = 'Sun, 01 Jun 2025 12:00:00 GMT'
  test.each<[string, Reply, object]>([
    ['202 without a readable body', { body: '<html>' }, { kind: 'unavailable' }],
    ['200, as from a captive portal', { status: 200 }, { kind: 'unavailable', detail: 'status 200' }],
    [
      '400',
      { status: 400, body: '{"reason":"x"}' },
      { kind: 'refused', status: 400, body: '{"reason":"x"}' },
    ],
    ['401', { status: 401 }, { kind: 'unauthorized' }],
    ['403', { status: 403, body: '' }, { kind: 'refused', status: 403, body: '' }],
    ['404, as from a wrong address', { status: 404 }, { kind: 'unavailable', detail: 'status 404' }],
    ['408', { status: 408 }, { kind: 'unavailable', detail: 'status 408' }],
    ['413', { status: 413, body: '' }, { kind: 'refused', status: 413, body: '' }],
    ['415', { status: 415, body: '' }, { kind: 'refused', status: 415, body: '' }],
    ['429', { status: 429 }, { kind: 'unavailable', detail: 'status 429' }],
    ['500', { status: 500 }, { kind: 'unavailable', detail: 'status 500' }],
    ['503 with seconds', busy({ 'retry-after': '3' }), { kind: 'unavailable', retryAfterMs: 3_000 }],
    [
      '503 with a date, which is meant by the clock of the edge',
      busy({ 'retry-after': 'Sun, 01 Jun 2025 12:00:09 GMT', date }),
      { kind: 'unavailable', retryAfterMs: 9_000 },
    ],
  ])('%s', async (_, reply, expected) => {
    edge.answer(() => reply)
    expect(await send()).toMatchObject(expected)
  })
})

describe('no answer, because', () => {
  test('the connection breaks', async () => {
    edge.answer(() => 'hang up')
    expect(await send()).toMatchObject({ kind: 'unavailable' })
  })

  test('nobody listens', async () => {
    await edge.close()
    expect(await send()).toMatchObject({ kind: 'unavailable' })
  })

  test('it takes too long', async () => {
    edge.answer(() => 'keep silent')
    expect(await send({ timeoutMs: 50 })).toMatchObject({ kind: 'unavailable' })
  })

  test('the address is none', async () => {
    expect(await send({ url: 'nowhere' })).toMatchObject({ kind: 'unavailable' })
  })
})

test('rejected tracks come with their index, reason and duration', async () => {
  edge.answer((received) => ({ body: answerText(received, { 1: true, 2: false }) }))
  expect(await send()).toMatchObject({
    answer: {
      accepted: { tracks: 1 },
      rejected: [
        { index: 1, temporary: true },
        { index: 2, temporary: false },
      ],
    },
  })
})
