import { describe, expect, test } from 'vitest'
import {
  createMemoryEdge,
  foreignBikeId,
  rideTrack,
  testLimits,
  uploadBytes,
  uploadRequest,
} from '../testing/memory-edge.ts'
import { createForward, forwardPath, framesType, readFrames, writeFrames } from './client.ts'

const secret = 'a-secret-of-some-length'

/** A front edge that reaches Kafka through a back edge. */
function chain(options: { back?: Parameters<typeof createMemoryEdge>[0]; secret?: string } = {}) {
  const back = createMemoryEdge({ forwardSecret: secret, ...options.back })
  const clock = { ms: 0 }
  const forward = createForward({
    url: 'http://back',
    secret: options.secret ?? secret,
    clock: { nowMs: () => 0, monotonicMs: () => clock.ms },
    fetch: async (url, init) => back.adminFetch(new Request(url as string, init)),
  })
  const front = createMemoryEdge({ publish: forward.publish, trouble: forward.trouble })
  return { front, back, clock }
}

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request(`http://back${forwardPath}`, {
    method: 'POST',
    body,
    headers: { 'content-type': framesType, authorization: `Bearer ${secret}`, ...headers },
  })

describe('forwarding', () => {
  test('an upload through a front edge reaches the back edge’s Kafka unchanged', async () => {
    const { front, back } = chain()
    const direct = createMemoryEdge()
    const body = uploadBytes([rideTrack(), rideTrack({ bikeId: foreignBikeId }), rideTrack({ samples: 9 })])
    expect((await front.fetch(uploadRequest({ body }))).status).toBe(202)
    await direct.fetch(uploadRequest({ body }))
    expect(back.published.map(({ key }) => key)).toEqual(direct.published.map(({ key }) => key))
    expect(back.published.map(({ value }) => value.length)).toEqual(
      direct.published.map(({ value }) => value.length),
    )
  })

  test.each([
    ['the back edge cannot write', { back: { publish: () => Promise.reject(new Error('no')) } }],
    ['the back edge is not ready', { back: { trouble: () => 'Kafka does not answer' } }],
    ['the secret is wrong', { secret: 'another-secret-wrong' }],
  ])('nothing is acknowledged when %s', async (_, options) => {
    const { front, clock } = chain(options)
    expect((await front.fetch(uploadRequest())).status).toBe(503)
    expect((await front.adminFetch(new Request('http://front/readyz'))).status).toBe(503)
    clock.ms = 2_000
    expect((await front.adminFetch(new Request('http://front/readyz'))).status).toBe(200)
  })

  test.each([
    ['no secret', 401, () => post('', { authorization: '' })],
    ['a wrong secret', 401, () => post('', { authorization: 'Bearer wrong' })],
    ['another type', 415, () => post('', { 'content-type': 'application/x-protobuf' })],
    ['too large a body', 413, () => post('', { 'content-length': '99999999' })],
    ['a cut frame', 400, () => post(writeFrames([rideTrack()]).slice(0, -1))],
    ['a frame that is no envelope of a track', 400, () => post(writeFrames([Uint8Array.of(0x3a, 1, 9)]))],
    ['too many frames', 400, () => post(writeFrames(Array(257).fill(new Uint8Array(0))))],
  ])('%s is answered with %i', async (_, status, request) => {
    const back = createMemoryEdge({ forwardSecret: secret })
    expect((await back.adminFetch(request())).status).toBe(status)
    expect(back.published).toHaveLength(0)
    expect(back.inFlightBytes()).toBe(0)
  })

  test('bytes in flight are shared with the uploads', async () => {
    const limits = { ...testLimits, inFlightBytes: 100 }
    const back = createMemoryEdge({ forwardSecret: secret, limits })
    expect((await back.adminFetch(post('', { 'content-length': '1000' }))).status).toBe(503)
  })

  test('without a secret there is no such endpoint', async () => {
    expect((await createMemoryEdge().adminFetch(post(''))).status).toBe(404)
  })

  test('frames come back as they were', () => {
    const frames = [new Uint8Array(0), Uint8Array.of(1), new Uint8Array(300).fill(7)]
    expect(readFrames(writeFrames(frames), 3)).toEqual(frames)
  })
})
