// Refusals as seen by clients that read nothing before they have written their body, on a real socket.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { expect, test } from 'vitest'
import type { EdgeLimits } from './ports.ts'
import { createMemoryEdge, testLimits } from './testing/memory-edge.ts'

const off = { perSecond: 0, burst: 1 }
const spent = { perSecond: 0.001, burst: 0.5 }

test.concurrent.each<[string, number, string, number, Partial<EdgeLimits>?]>([
  ['an unknown token', 401, 'authorization: Bearer bad', 700_000],
  ['too large a body', 413, 'authorization: Bearer good', 1_500_000],
  ['a sender beyond its rate', 429, 'authorization: Bearer good', 700_000, { perSender: spent }],
  ['hands full', 503, 'authorization: Bearer good', 700_000, { inFlightBytes: 100 }],
])('%s is answered with %i after the body', async (_, status, header, bytes, limits) => {
  expect(await answerTo({ header, bytes, limits })).toMatch(`HTTP/1.1 ${status} `)
})

test('a body in chunks beyond the limit is answered with 413', async () => {
  const header = 'authorization: Bearer good'
  expect(await answerTo({ header, bytes: 1_500_000, chunked: true })).toMatch('HTTP/1.1 413 ')
})

test('a body that is announced beyond any bound is refused at once', async () => {
  const header = 'authorization: Bearer good'
  expect(await answerTo({ header, bytes: 50_000, announced: 10_000_000_000 })).toMatch('HTTP/1.1 413 ')
})

test('a token without bikes is answered with 403 before its body', async () => {
  const header = 'authorization: Bearer bikeless'
  expect(await answerTo({ header, bytes: 25_000, announced: 700_000 })).toMatch('HTTP/1.1 403 ')
})

interface Sent {
  readonly header: string
  readonly bytes: number
  readonly announced?: number
  readonly chunked?: boolean
  readonly limits?: Partial<EdgeLimits> | undefined
}

/** Sends at 500 kB/s and begins to read behind the last byte. */
async function answerTo({ header, bytes, announced = bytes, chunked, limits }: Sent): Promise<string> {
  const edge = createMemoryEdge({ limits: { ...testLimits, perAddress: off, perSender: off, ...limits } })
  const server = createAdaptorServer({ fetch: edge.fetch, hostname: '127.0.0.1' }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const broken = once(socket, 'error').then(([error]) => `broken: ${(error as Error).message}`)
  const length = chunked ? 'transfer-encoding: chunked' : `content-length: ${announced}`
  const head = ['POST /v1/telemetry HTTP/1.1', 'host: edge', 'content-type: application/x-protobuf', header]
  socket.write(`${[...head, length].join('\r\n')}\r\n\r\n`)
  const piece = Buffer.alloc(25_000)
  for (let sent = 0; sent < bytes; sent += piece.length) {
    if (chunked) socket.write(`${piece.length.toString(16)}\r\n`)
    socket.write(piece)
    if (chunked) socket.write('\r\n')
    await sleep(50)
  }
  if (chunked) socket.write('0\r\n\r\n')
  const answer = await Promise.race([once(socket, 'data').then(String), broken])
  socket.destroy()
  server.close()
  return answer
}
