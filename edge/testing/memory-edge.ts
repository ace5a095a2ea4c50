// An edge in memory, for tests: ports that record, a clock that stands still, uploads to send.
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { type Track, uuidBytes, uuidText, uuidV7Bytes, writeTrack, writeUpload } from '../../proto/index.ts'
import { createApp, type Edge } from '../app.ts'
import { edgeLimits, readConfig } from '../config.ts'
import { decompress } from '../decompress.ts'
import type { EdgeDeps, EdgeMetrics, OutgoingTrack, TokenVerdict } from '../ports.ts'

export const bikeId = '5b0c6a1e-0000-4000-8000-000000000001'
export const foreignBikeId = '5b0c6a1e-0000-4000-8000-00000000000f'
export const nowMs = Date.UTC(2025, 5, 1, 12)

const config = readConfig({
  KAFKA_BROKERS: 'localhost:9092',
  JWKS_URL: 'http://localhost/',
  JWT_ISSUER: 'i',
  JWT_AUDIENCE: 'a',
})
export const testLimits = edgeLimits(config)

export interface MemoryEdge extends Edge {
  readonly published: OutgoingTrack[]
  readonly answered: { status: number; reason: string }[]
}

export function createMemoryEdge(overrides: Partial<EdgeDeps> = {}): MemoryEdge {
  const published: OutgoingTrack[] = []
  const answered: { status: number; reason: string }[] = []
  const deps = memoryDeps({
    publish: async (tracks) => {
      published.push(...tracks)
    },
    metrics: { ...silentMetrics, answered: ({ status, reason }) => void answered.push({ status, reason }) },
    ...overrides,
  })
  return { ...createApp(deps), published, answered }
}

const silentMetrics: EdgeMetrics = {
  answered: () => undefined,
  samplesAccepted: () => undefined,
  trackRejected: () => undefined,
  cellsMasked: () => undefined,
  bytesReceived: () => undefined,
}

/** Tokens are `good`, `another` and `bikeless`, which names no bike; every other one is invalid. */
export function memoryDeps(overrides: Partial<EdgeDeps> = {}): EdgeDeps {
  return {
    verifyToken: verifyTestToken,
    decompress,
    publish: async () => undefined,
    trouble: () => undefined,
    draining: () => false,
    connectionAddress: () => '192.0.2.1',
    trustedProxies: 0,
    limits: testLimits,
    clock: { nowMs: () => nowMs, monotonicMs: () => 0 },
    newTrackId: uuidV7Bytes,
    metrics: silentMetrics,
    exposeMetrics: async () => ({ contentType: 'text/plain', text: '' }),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    ...overrides,
  }
}

function verifyTestToken(token: string): TokenVerdict {
  if (token === 'bikeless') return { ok: true, identity: { subject: 'rider-bikeless', bikes: new Map() } }
  if (token !== 'good' && token !== 'another')
    return { ok: false, reason: 'token_invalid', detail: 'unknown' }
  return {
    ok: true,
    identity: { subject: `rider-${token}`, bikes: new Map([[bikeId, uuidBytes(bikeId)]]) },
  }
}

/** A ride at one sample a second. */
export function rideTrack(options: { bikeId?: string; samples?: number } = {}): Uint8Array {
  const samples = options.samples ?? 3
  const column = (value: (i: number) => number) => Array.from({ length: samples }, (_, i) => value(i))
  const track: Track<'ride'> = {
    bikeId: options.bikeId ?? bikeId,
    recorderId: '5b0c6a1e-0000-4000-8000-0000000000aa',
    kind: 'ride',
    clock: { bootId: 7, clockEpoch: 2, monotonicStartMs: 1000 },
    timesMs: column((i) => nowMs - 600_000 + i * 1000),
    columns: [
      { key: 'latitude_deg', values: column((i) => 480_000_000 + i * 700) },
      { key: 'longitude_deg', values: column((i) => 110_000_000 + i * 900) },
      { key: 'speed_kmh', values: column((i) => 20_000 + (i % 7)) },
    ],
  }
  return writeTrack(track)
}

export const attempt = { sentAtMs: nowMs, bootId: 7, monotonicMs: 601_000, clockEpoch: 2 }

export function uploadBytes(
  tracks: readonly Uint8Array[] = [rideTrack()],
  uploadId = uuidText(uuidV7Bytes()),
) {
  return writeUpload({ uploadId, attempt, tracks })
}

export interface RequestParts {
  readonly body?: Uint8Array | ReadableStream<Uint8Array>
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly method?: string
  readonly path?: string
}

/** A good upload, unless parts say otherwise; a header of `undefined` is left out. */
export function uploadRequest({
  body,
  headers,
  method = 'POST',
  path = '/v1/telemetry',
}: RequestParts = {}): Request {
  const all: Record<string, string | undefined> = {
    authorization: 'Bearer good',
    'content-type': 'application/x-protobuf',
    ...headers,
  }
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const withBody = method !== 'GET' && method !== 'HEAD'
  return new Request(`http://edge${path}`, {
    method,
    headers: given,
    ...(withBody && { body: (body ?? uploadBytes()) as BodyInit, duplex: 'half' }),
  } as RequestInit)
}

export function gzipped(bytes: Uint8Array): RequestParts {
  return { body: gzipSync(bytes), headers: { 'content-encoding': 'gzip' } }
}

export function brotlied(bytes: Uint8Array): RequestParts {
  return { body: brotliCompressSync(bytes), headers: { 'content-encoding': 'br' } }
}
