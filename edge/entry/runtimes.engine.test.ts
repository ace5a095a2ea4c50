// The same edge on four runtimes: each is started, uploaded through, and what it accepted is found in Kafka.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeAttempt, identity, type SealedUpload } from '../../client/index.ts'
import { nodeBrotli, nodeGzip } from '../../client/node/index.ts'
import { deleteTopics, ensureTopics } from '../../core/engines/kafka/topics.ts'
import { cached } from '../../infra/local/cache.ts'
import { step, toStderr } from '../../infra/local/progress.ts'
import { run } from '../../infra/local/run.ts'
import { RawTrackSchema, uuidText, uuidV7Bytes } from '../../proto/index.ts'
import { testEngines, uniqueNamespace } from '../../testkit/engines.ts'
import { readIndependently } from '../../testkit/independent-reader.ts'
import { type ServerProcess, startServerProcess, untilReady } from '../../testkit/server-process.ts'
import { startTestIssuer, type TestIssuer } from '../testing/issuer.ts'
import { attempt, bikeId, rideTrack } from '../testing/memory-edge.ts'
import { type Runtime, runtimePackages, runtimePlans } from '../testing/runtimes.ts'

const installBoundMs = 240_000
const namespace = uniqueNamespace()
const secret = 'shared-by-the-edges-of-this-test'
const { kafkaBrokers: brokers } = testEngines()
const kafka = { KAFKA_BROKERS: brokers.join(), NAMESPACE: namespace }

let issuer: TestIssuer
let runtimesDir: string
let nodeEdge: ServerProcess

beforeAll(async () => {
  runtimesDir = await installRuntimes()
  issuer = await startTestIssuer()
  await ensureTopics({ brokers, namespace })
  nodeEdge = await startServerProcess(
    await runtimePlans.node('', { ...issuer.env, ...kafka, FORWARD_SECRET: secret }),
  )
}, installBoundMs + 60_000)

afterAll(async () => {
  await nodeEdge?.stop()
  issuer?.close()
  await deleteTopics({ brokers, namespace })
})

describe.each<[Runtime, string]>([
  ['node', 'Kafka'],
  ['deno', 'Kafka'],
  ['bun', 'Kafka'],
  ['workerd', 'forward'],
])('the edge on %s (%s)', (runtime, way) => {
  let edge: ServerProcess

  beforeAll(async () => {
    const forward = { FORWARD_URL: nodeEdge.adminUrl, FORWARD_SECRET: secret }
    const env = { ...issuer.env, ...(way === 'Kafka' ? kafka : forward) }
    edge = await startServerProcess(await runtimePlans[runtime](runtimesDir, env))
    await untilReady(edge)
  })

  afterAll(async () => {
    await edge?.stop()
  })

  test.each([identity, nodeGzip, nodeBrotli()])('takes an upload in $encoding', async (compression) => {
    const upload = { uploadId: uuidText(uuidV7Bytes()), tracks: [rideTrack({ samples: 300 })] }
    const { body, headers } = await encodeAttempt(upload, attempt, compression)
    const response = await post(edge, { body, headers })
    expect(await response.json()).toMatchObject({
      uploadId: upload.uploadId,
      accepted: { tracks: 1, samples: 300 },
    })
    expect(response.status).toBe(202)
    expect(await tracksInKafka(upload)).toEqual([Buffer.from(upload.tracks[0] as Uint8Array)])
  })

  const zeros = new Uint8Array(20_000_000)
  const good = gzipSync('no upload')
  test.each([
    ['a gzip bomb', 413, 'ratio_too_high', gzipSync(zeros), 'gzip'],
    ['a Brotli bomb', 413, 'ratio_too_high', brotliCompressSync(zeros), 'br'],
    ['a large body', 413, 'compressed_too_large', new Uint8Array(10_000_000), 'identity'],
    ['a cut body', 400, 'body_undecodable', good.subarray(0, -4), 'gzip'],
    ['a tail behind the body', 400, 'body_undecodable', Buffer.concat([good, Buffer.from('tail')]), 'gzip'],
    ['no upload', 400, 'upload_undecodable', good, 'gzip'],
  ])('answers %s with %i', async (_, status, reason, body, encoding) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': encoding }
    const response = await post(edge, { body: new Uint8Array(body), headers })
    expect(await response.json()).toMatchObject({ status, reason })
    expect(response.status).toBe(status)
  })

  test('counts what it answers', async () => {
    const metrics = await (await fetch(`${edge.adminUrl}/metrics`)).text()
    expect(metrics).toMatch(/edge_requests_total\{status="202",reason=""\} 3/)
  })
})

async function post(
  { url }: ServerProcess,
  request: { body: Uint8Array<ArrayBuffer>; headers: Readonly<Record<string, string>> },
): Promise<Response> {
  const token = await issuer.token({ bikes: [bikeId] })
  return fetch(`${url}/v1/telemetry`, {
    method: 'POST',
    body: request.body,
    headers: { ...request.headers, authorization: `Bearer ${token}` },
  })
}

async function tracksInKafka({ uploadId }: SealedUpload): Promise<Buffer[]> {
  const tracks: Buffer[] = []
  for await (const { value } of readIndependently({ brokers, topic: `${namespace}.telemetry.raw` })) {
    const raw = fromBinary(RawTrackSchema, value as Buffer)
    if (uuidText(raw.uploadId) === uploadId) tracks.push(Buffer.from(raw.track))
  }
  return tracks
}

/** Fails when the packages cannot be had: an untested runtime must not look like a tested one. */
async function installRuntimes(): Promise<string> {
  const packages = Object.entries(runtimePackages).map(([name, version]) => `${name}@${version}`)
  const install = async (dir: string) => {
    await writeFile(join(dir, 'package.json'), '{ "private": true }')
    const args = ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', dir, ...packages]
    await step(toStderr, `installing ${packages.join(', ')} (350 MB, once)`, () =>
      run({ command: 'npm', args, cwd: dir }),
    )
  }
  const name = `runtimes-${packages.join('-')}`
  const dir = cached({ name, fill: install, onProgress: toStderr })
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Error(`Deno, Bun and workerd could not be installed within ${installBoundMs / 1000} s`)),
    installBoundMs,
  )
  return Promise.race([dir, late]).finally(() => clearTimeout(timer))
}
