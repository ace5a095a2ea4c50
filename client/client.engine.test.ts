// The client against a real edge and Kafka: a ride is in telemetry.raw once sent, whatever happens to the edge meanwhile.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { fromBinary } from '@bufbuild/protobuf'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { deleteTopics, ensureTopics } from '../core/engines/kafka/topics.ts'
import { startTestIssuer, type TestIssuer } from '../edge/testing/issuer.ts'
import { type RawTrack, RawTrackSchema, readTrack, uuidText } from '../proto/index.ts'
import { testEngines, uniqueNamespace } from '../testkit/engines.ts'
import { readIndependently } from '../testkit/independent-reader.ts'
import { type ServerProcess, startServerProcess, untilReady } from '../testkit/server-process.ts'
import {
  createClockWatch,
  createRecorder,
  createUploader,
  type UploadEvent,
  type UploadQueue,
} from './index.ts'
import { nodeBrotli, nodeDeviceClock } from './node/index.ts'
import { bikeId, createManualClock, recorderId, rideValues } from './testing/manual-clock.ts'
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-queue.ts'

const { kafkaBrokers: brokers } = testEngines()
const namespace = uniqueNamespace()
const nodeEntry = fileURLToPath(new URL('../edge/entry/node.ts', import.meta.url))
const foreignBikeId = '5b0c6a1e-0000-4000-8000-00000000000f'
const started: ServerProcess[] = []
let issuer: TestIssuer
let port: number
let folder: TemporaryFolder

beforeAll(async () => {
  issuer = await startTestIssuer()
  port = await freePort()
  await ensureTopics({ brokers, namespace })
})

beforeEach(async () => {
  folder = await temporaryFolder()
})

afterEach(async () => {
  await Promise.all(started.splice(0).map((edge) => edge.stop()))
  await folder.remove()
})

afterAll(async () => {
  issuer.close()
  await deleteTopics({ brokers, namespace })
})

/** Every edge has the same port, as an address does not change when a service is restarted. */
async function startEdge(): Promise<ServerProcess> {
  const kafka = { KAFKA_BROKERS: brokers.join(), NAMESPACE: namespace, PORT: String(port) }
  const edge = await startServerProcess({ args: [nodeEntry], env: { ...issuer.env, ...kafka } })
  started.push(edge)
  await untilReady(edge)
  return edge
}

function newUploader(
  queue: UploadQueue,
  options: { token?: () => Promise<string>; onEvent?: (event: UploadEvent) => void } = {},
) {
  return createUploader({
    queue,
    url: `http://127.0.0.1:${port}/v1/telemetry`,
    token: () => issuer.token({ bikes: [bikeId] }),
    stamp: createClockWatch({ device: nodeDeviceClock() }).stamp,
    compression: nodeBrotli({ quality: 5 }),
    retry: { firstMs: 50, longestMs: 500 },
    ...options,
  })
}

/** Rides of one sample a second, in uploads of some samples each. */
async function ride(
  queue: UploadQueue,
  { uploads, samples }: { uploads: number; samples: number },
  bike = bikeId,
) {
  const device = createManualClock()
  const recorder = createRecorder({
    bikeId: bike,
    recorderId,
    clock: createClockWatch({ device }),
    sealAfter: { samples },
  })
  const ids: string[] = []
  while (ids.length < uploads) {
    device.pass(1_000)
    recorder.record('ride', rideValues(20 + (device.monotonicMs() % 7)))
    const upload = recorder.due() ? recorder.seal() : undefined
    if (!upload) continue
    await queue.add(upload)
    ids.push(upload.uploadId)
  }
  return ids
}

const bounded = () => AbortSignal.timeout(40_000)

test('a ride from a file queue arrives whole, and only once when nothing goes wrong', async () => {
  await startEdge()
  const queue = await folder.open()
  const ids = await ride(queue, { uploads: 5, samples: 60 })
  await newUploader(queue).run({ signal: bounded(), untilEmpty: true })
  const raw = await rawTracksOf(ids)
  expect(raw.map(({ uploadId }) => uuidText(uploadId)).sort()).toEqual(ids.toSorted())
  expect(raw.map(({ track }) => readTrack(track).timesMs.length)).toEqual([60, 60, 60, 60, 60])
})

test('an edge killed and gone for a while in the midst of uploading costs no upload, and none is put aside', async () => {
  const first = await startEdge()
  const queue = await folder.open()
  const ids = await ride(queue, { uploads: 120, samples: 20 })
  let answered = 0
  let waited = 0
  const onEvent = ({ kind }: UploadEvent) => {
    if (kind === 'answered' && ++answered === 30) first.kill('SIGKILL')
    if (kind === 'waiting') waited++
  }
  const running = newUploader(queue, { onEvent }).run({ signal: bounded(), untilEmpty: true })
  await first.ended
  await expect.poll(() => waited).toBeGreaterThan(0)
  await startEdge()
  await running
  expect(await queue.ids()).toEqual([])
  const arrived = new Set((await rawTracksOf(ids)).map(({ uploadId }) => uuidText(uploadId)))
  expect(ids.filter((id) => !arrived.has(id))).toEqual([])
  expect(await folder.files.list('rejected')).toEqual([])
})

test('a token that has expired is renewed; a bike that is not the sender’s is put aside', async () => {
  await startEdge()
  const queue = await folder.open()
  const mine = await ride(queue, { uploads: 1, samples: 5 })
  const [foreign] = await ride(queue, { uploads: 1, samples: 5 }, foreignBikeId)
  const expired = await issuer.token({ bikes: [bikeId], expiresInS: -60 })
  const token = async ({ renew }: { renew: boolean } = { renew: false }) =>
    renew ? issuer.token({ bikes: [bikeId] }) : expired
  await newUploader(queue, { token }).run({ signal: bounded(), untilEmpty: true })
  expect(await rawTracksOf(mine)).toHaveLength(1)
  expect(await rawTracksOf([foreign as string])).toEqual([])
  expect([...(await folder.files.list('rejected'))].sort()).toEqual([`${foreign}.1`, `${foreign}.1.json`])
})

async function rawTracksOf(uploadIds: readonly string[]): Promise<RawTrack[]> {
  const wanted = new Set(uploadIds)
  const tracks: RawTrack[] = []
  for await (const { value } of readIndependently({ brokers, topic: `${namespace}.telemetry.raw` })) {
    const track = fromBinary(RawTrackSchema, value as Buffer)
    if (wanted.has(uuidText(track.uploadId))) tracks.push(track)
  }
  return tracks
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: free } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return free
}
