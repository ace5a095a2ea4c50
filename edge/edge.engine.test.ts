// The edge as a process on real Kafka: what it acknowledges is there, whatever happens to clients, Kafka or itself.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { fromBinary } from '@bufbuild/protobuf'
import { UnsecuredJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { deleteTopics, ensureTopics } from '../core/engines/kafka/topics.ts'
import { type RawTrack, RawTrackSchema, uuidText, uuidV7Bytes } from '../proto/index.ts'
import { startKafkaProxy } from '../testkit/cuttable-proxy.ts'
import { testEngines, uniqueNamespace } from '../testkit/engines.ts'
import { readIndependently } from '../testkit/independent-reader.ts'
import { type ServerProcess, startServerProcess, untilReady } from '../testkit/server-process.ts'
import { startTestIssuer, type TestIssuer } from './testing/issuer.ts'
import { bikeId, rideTrack, uploadBytes } from './testing/memory-edge.ts'

const { kafkaBrokers: brokers } = testEngines()
const namespace = uniqueNamespace()
const nodeEntry = fileURLToPath(new URL('entry/node.ts', import.meta.url))
let issuer: TestIssuer
let token: string
const started: ServerProcess[] = []

beforeAll(async () => {
  issuer = await startTestIssuer()
  token = await issuer.token({ bikes: [bikeId] })
  await ensureTopics({ brokers, namespace })
})

afterEach(async () => {
  await Promise.all(started.splice(0).map((edge) => edge.stop()))
})

afterAll(async () => {
  issuer.close()
  await deleteTopics({ brokers, namespace })
})

async function startEdge(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const kafka = { KAFKA_BROKERS: brokers.join(), NAMESPACE: namespace }
  const edge = await startServerProcess({ args: [nodeEntry], env: { ...issuer.env, ...kafka, ...env } })
  started.push(edge)
  await untilReady(edge)
  return edge
}

test('what is acknowledged is in telemetry.raw once, with its bytes unchanged', async () => {
  const edge = await startEdge()
  const uploads = Array.from({ length: 60 }, (_, i) => newUpload(1 + (i % 3)))
  const answers = await Promise.all(uploads.map((upload) => send(edge, upload)))
  expect(answers.map(({ status }) => status)).toEqual(Array(60).fill(202))
  const raw = await rawTracks()
  for (const { uploadId, tracks } of uploads) {
    const mine = raw.filter((track) => uuidText(track.uploadId) === uploadId)
    const ordered = mine.toSorted((a, b) => a.trackIndex - b.trackIndex)
    expect(ordered.map(({ track }) => Buffer.from(track))).toEqual(tracks.map((track) => Buffer.from(track)))
  }
})

test('what was acknowledged before kill -9 is in telemetry.raw', async () => {
  const edge = await startEdge()
  const acknowledged: string[] = []
  const senders = Array.from({ length: 8 }, async () => {
    for (;;) {
      const upload = newUpload()
      const answer = await send(edge, upload).catch(() => undefined)
      if (answer === undefined) return
      if (answer.status === 202) acknowledged.push(upload.uploadId)
      if (acknowledged.length === 100) edge.kill('SIGKILL')
    }
  })
  await Promise.all(senders)
  const stored = new Set((await rawTracks()).map(({ uploadId }) => uuidText(uploadId)))
  expect(acknowledged.length).toBeGreaterThanOrEqual(100)
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
})

describe('tokens', () => {
  const none = () =>
    new UnsecuredJWT({ bikes: [bikeId] })
      .setSubject('rider')
      .setIssuer('test-issuer')
      .setAudience('test-telemetry')
      .setExpirationTime('1h')
      .encode()
  const strange = async () => {
    const stranger = await startTestIssuer()
    stranger.close()
    return stranger.token({ bikes: [bikeId] })
  }

  test('that are wrong get 401, foreign bikes 403', async () => {
    const edge = await startEdge()
    const cases: [string, number, string][] = [
      [none(), 401, 'token_invalid'],
      [await strange(), 401, 'token_invalid'],
      [await issuer.token({ bikes: [bikeId], expiresInS: -60 }), 401, 'token_expired'],
      [await issuer.token({ bikes: ['5b0c6a1e-0000-4000-8000-0000000000ff'] }), 403, 'bikes_forbidden'],
    ]
    for (const [wrong, status, reason] of cases) {
      const response = await send(edge, newUpload(), wrong)
      expect(await response.json()).toMatchObject({ status, reason })
    }
  })
})

describe('bodies', () => {
  const tenMegabytes = gzipSync(new Uint8Array(10_000_000))

  test('of ten gigabytes, in little over a megabyte or in ten, are refused without memory', async () => {
    const edge = await startEdge()
    // As many that are a thousandth as large: what a process takes to answer at all is none of the bombs' memory.
    for (let n = 0; n < 20; n++) expect((await post(edge, tenMegabytes)).status).toBe(413)
    const before = await metric(edge, 'process_resident_memory_bytes')
    for (const members of [50, 100, 1_000]) {
      const response = await post(edge, new Uint8Array(Buffer.concat(Array(members).fill(tenMegabytes))))
      expect(response.status).toBe(413)
    }
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(tenMegabytes) })
    expect((await post(edge, endless).catch(() => ({ status: 413 }))).status).toBe(413)
    expect((await metric(edge, 'process_resident_memory_bytes')) - before).toBeLessThan(50_000_000)
    expect(
      await metric(edge, 'edge_requests_total{status="413",reason="compressed_too_large"}'),
    ).toBeGreaterThan(1)
  })

  test('whose sender goes away or stalls hold nothing for long and reach no topic', async () => {
    const edge = await startEdge({ BODY_TIMEOUT_MS: '500' })
    const upload = newUpload()
    const gone = await startBody(edge, upload)
    await expect.poll(() => metric(edge, 'edge_in_flight_bytes')).toBeGreaterThan(0)
    gone.destroy()
    const stalled = await startBody(edge, upload)
    const [answer] = await once(stalled, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 408 /)
    await expect.poll(() => metric(edge, 'edge_in_flight_bytes')).toBe(0)
    expect((await rawTracks()).map(({ uploadId }) => uuidText(uploadId))).not.toContain(upload.uploadId)
  })
})

test('readiness follows Kafka, and nothing is acknowledged while it is away', async () => {
  const proxy = await startKafkaProxy(brokers[0] as string)
  const edge = await startEdge({ KAFKA_BROKERS: proxy.broker })
  expect((await send(edge, newUpload())).status).toBe(202)
  await proxy.cut()
  const lost = await send(edge, newUpload())
  expect(lost.status).toBe(503)
  expect(Number(lost.headers.get('retry-after'))).toBeGreaterThan(0)
  await expect.poll(() => readiness(edge)).toBe(503)
  expect((await send(edge, newUpload())).status).toBe(503)
  await proxy.mend()
  await expect.poll(() => readiness(edge)).toBe(200)
  const upload = newUpload()
  await expect.poll(async () => (await send(edge, upload)).status).toBe(202)
  expect((await rawTracks()).map(({ uploadId }) => uuidText(uploadId))).toContain(upload.uploadId)
  await edge.stop()
  await proxy.close()
})

test('SIGTERM lets an upload at hand end and reach Kafka, then the process ends with 0', async () => {
  const edge = await startEdge()
  const upload = newUpload()
  const { body, socket } = await startBodyOf(edge, upload)
  await expect.poll(() => metric(edge, 'edge_in_flight_bytes')).toBeGreaterThan(0)
  const ended = edge.stop()
  await sleep(200)
  socket.write(body.subarray(body.length / 2))
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1.1 202 /)
  expect(await ended).toBe(0)
  expect((await rawTracks()).map(({ uploadId }) => uuidText(uploadId))).toContain(upload.uploadId)
})

interface NewUpload {
  readonly uploadId: string
  readonly tracks: readonly Uint8Array[]
}

function newUpload(tracks = 1): NewUpload {
  const samples = () => 50 + Math.floor(Math.random() * 50)
  return {
    uploadId: uuidText(uuidV7Bytes()),
    tracks: Array.from({ length: tracks }, () => rideTrack({ samples: samples() })),
  }
}

function send(edge: ServerProcess, { tracks, uploadId }: NewUpload, bearer = token): Promise<Response> {
  return post(edge, new Uint8Array(gzipSync(uploadBytes(tracks, uploadId))), bearer)
}

function post({ url }: ServerProcess, body: BodyInit, bearer = token): Promise<Response> {
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'gzip',
    authorization: `Bearer ${bearer}`,
  }
  return fetch(`${url}/v1/telemetry`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
}

async function startBody(edge: ServerProcess, upload: NewUpload): Promise<Socket> {
  return (await startBodyOf(edge, upload)).socket
}

/** Sends the head and half of the body. */
async function startBodyOf(edge: ServerProcess, { tracks, uploadId }: NewUpload) {
  const body = Buffer.from(uploadBytes(tracks, uploadId))
  const socket = connect(Number(new URL(edge.url).port), '127.0.0.1')
  await once(socket, 'connect')
  const head = [
    'POST /v1/telemetry HTTP/1.1',
    'host: edge',
    'content-type: application/x-protobuf',
    `authorization: Bearer ${token}`,
    `content-length: ${body.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  socket.write(body.subarray(0, body.length / 2))
  return { socket, body }
}

async function readiness({ adminUrl }: ServerProcess): Promise<number> {
  return (await fetch(`${adminUrl}/readyz`)).status
}

async function metric({ adminUrl }: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1) ?? Number.NaN)
}

async function rawTracks(): Promise<RawTrack[]> {
  const tracks: RawTrack[] = []
  for await (const { value } of readIndependently({ brokers, topic: `${namespace}.telemetry.raw` })) {
    tracks.push(fromBinary(RawTrackSchema, value as Buffer))
  }
  return tracks
}
