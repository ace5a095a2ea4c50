// An HTTP server on this machine that records what reaches it and answers as a test says.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { readUpload, type Upload } from '../../proto/index.ts'
import { numbers } from './uploads.ts'

interface Received extends Upload {
  readonly headers: IncomingHttpHeaders
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** By default every track is accepted. */
  readonly body?: string
}

/** What becomes of an upload; `hang up` breaks the connection, `keep silent` never answers. */
type Answerer = (received: Received) => Reply | 'hang up' | 'keep silent'

export interface LocalEdge {
  readonly url: string
  readonly received: Received[]
  /** From now on. */
  answer(answerer: Answerer): void
  /** The numbers of the tracks of each upload, in the order of arrival. */
  arrivals(): number[][]
  close(): Promise<void>
}

export async function startLocalEdge(): Promise<LocalEdge> {
  const received: Received[] = []
  let answerer: Answerer = () => ({})
  const server = createServer(async (request, response) => {
    const upload = { ...readUpload(await bodyOf(request)), headers: request.headers }
    received.push(upload)
    const reply = answerer(upload)
    if (reply === 'hang up') request.socket.destroy()
    if (typeof reply === 'string') return
    const { status = 202, headers = {}, body = answerText(upload) } = reply
    response.writeHead(status, headers).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/telemetry`,
    received,
    answer: (next) => {
      answerer = next
    },
    arrivals: () => received.map(({ tracks }) => numbers(tracks)),
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** The body of a 202 in which the tracks at these indexes are rejected. */
export function answerText({ uploadId, tracks }: Upload, rejected: Readonly<Record<number, boolean>> = {}) {
  const list = Object.entries(rejected).map(([index, temporary]) => ({
    index: Number(index),
    reason: temporary ? 'busy' : 'bike_forbidden',
    detail: 'a test says so',
    temporary,
  }))
  const accepted = tracks.length - list.length
  return JSON.stringify({ uploadId, accepted: { tracks: accepted, samples: accepted }, rejected: list })
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const encoding = request.headers['content-encoding']
  if (encoding === 'gzip') return gunzipSync(body)
  return encoding === 'br' ? brotliDecompressSync(body) : body
}
