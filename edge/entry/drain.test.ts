// Two edges behind a load balancer, of which one ends under load: no connection is reset, and no upload is lost.
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { fileURLToPath } from 'node:url'
import { fromBinary } from '@bufbuild/protobuf'
import { getRequestListener } from '@hono/node-server'
import { expect, onTestFinished, test } from 'vitest'
import { RawTrackSchema, uuidText, uuidV7Bytes } from '../../proto/index.ts'
import { type ServerProcess, startServerProcess, untilReady } from '../../testkit/server-process.ts'
import { startTestIssuer } from '../testing/issuer.ts'
import { bikeId, createMemoryEdge, rideTrack, uploadBytes } from '../testing/memory-edge.ts'

const entry = fileURLToPath(new URL('node.ts', import.meta.url))
const secret = 'shared-by-the-edges-of-this-test'
const drainDelayMs = 1_000
const probeEveryMs = 100

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Hands each new connection to the next edge that said at its last probe that it is ready. */
async function startLoadBalancer(edges: readonly ServerProcess[]): Promise<string> {
  const ready = new Set(edges)
  const probe = setInterval(async () => {
    for (const edge of edges) {
      const isReady = await fetch(`${edge.adminUrl}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
      if (isReady) ready.add(edge)
      else ready.delete(edge)
    }
  }, probeEveryMs)
  onTestFinished(() => clearInterval(probe))
  let next = 0
  const server = createServer((client) => {
    const chosen = [...ready][next++ % ready.size] as ServerProcess
    const edge = connect(Number(new URL(chosen.url).port), '127.0.0.1')
    client.pipe(edge).pipe(client)
    for (const [one, other] of [[client, edge] as const, [edge, client] as const])
      one.on('error', () => other.destroy())
  })
  return listening(server)
}

test('an edge that ends behind a load balancer resets no connection and loses no upload', {
  timeout: 60_000,
}, async () => {
  const issuer = await startTestIssuer()
  onTestFinished(issuer.close)
  const back = createMemoryEdge({ forwardSecret: secret })
  const forwardUrl = await listening(
    createHttpServer(getRequestListener((request) => back.adminFetch(request))),
  )
  const env = {
    ...{ ...issuer.env, FORWARD_URL: forwardUrl, FORWARD_SECRET: secret },
    ...{
      RATE_PER_ADDRESS: '0',
      RATE_PER_SENDER: '0',
      SAMPLE_RATE_PER_SENDER: '0',
      DRAIN_DELAY_MS: String(drainDelayMs),
    },
  }
  const start = () => startServerProcess({ args: [entry], env })
  const [leaving, staying] = await Promise.all([start(), start()])
  onTestFinished(async () => void (await Promise.all([leaving.stop(), staying.stop()])))
  await Promise.all([untilReady(leaving), untilReady(staying)])
  const url = await startLoadBalancer([leaving, staying])
  const headers = {
    authorization: `Bearer ${await issuer.token({ bikes: [bikeId] })}`,
    'content-type': 'application/x-protobuf',
  }
  const sent: string[] = []
  const upload = async (slowMs = 0) => {
    const uploadId = uuidText(uuidV7Bytes())
    const bytes = uploadBytes([rideTrack()], uploadId)
    sent.push(uploadId)
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(bytes.subarray(0, 20))
        await new Promise((resolve) => setTimeout(resolve, slowMs))
        controller.enqueue(bytes.subarray(20))
        controller.close()
      },
    })
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
    return (await fetch(`${url}/v1/telemetry`, init)).status
  }
  let isOver = false
  /** One after the other, over connections that are kept. */
  const phone = async () => {
    const statuses: number[] = []
    while (!isOver) statuses.push(await upload())
    return statuses
  }
  const phones = Array.from({ length: 8 }, phone)
  // Bodies that begin before the end and take longer than the listener is open.
  const slow = Array.from({ length: 6 }, () => upload(drainDelayMs + 700))
  await new Promise((resolve) => setTimeout(resolve, 300))
  leaving.kill('SIGTERM')
  expect(await leaving.ended).toBe(0)
  await new Promise((resolve) => setTimeout(resolve, 200))
  isOver = true
  const statuses = (await Promise.all([...phones, Promise.all(slow)])).flat()
  expect(new Set(statuses)).toEqual(new Set([202]))
  const stored = back.published.map(({ value }) => uuidText(fromBinary(RawTrackSchema, value).uploadId))
  expect(stored.toSorted()).toEqual(sent.toSorted())
  expect(sent.length).toBeGreaterThan(20)
})
