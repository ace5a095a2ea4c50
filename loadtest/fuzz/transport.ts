// Sends cases to a running edge, over kept connections or bare ones, and tells what came back.
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import type { Head } from './heads.ts'

export type Answer =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly retryAfter: string | undefined
      readonly body: string
    }
  /** The connection ended without an answer. */
  | { readonly kind: 'none'; readonly detail: string }

export interface Transport {
  send(of: { head: Head; body: Uint8Array; isCut: boolean }): Promise<Answer>
  /** The statuses of all answers to bare bytes. */
  sendBare(bytes: Uint8Array): Promise<number[]>
  close(): void
}

const answerWithinMs = 30_000
/** An edge that waits for the rest of a request need not be waited for. */
const bareForMs = 100

export function createTransport({ url, connections }: { url: string; connections: number }): Transport {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    send: ({ head, body, isCut }) =>
      new Promise((resolve) => {
        const { method, path, headers } = head
        const sent = request(
          {
            agent,
            hostname,
            port,
            method,
            path,
            timeout: answerWithinMs,
            headers: { ...headers, 'content-length': body.length },
          },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.on('error', (error) => resolve({ kind: 'none', detail: error.message }))
            response.on('end', () =>
              resolve({
                kind: 'answer',
                status: response.statusCode ?? 0,
                retryAfter: response.headers['retry-after'],
                body: Buffer.concat(chunks).toString('utf8'),
              }),
            )
          },
        )
        sent.on('timeout', () => sent.destroy(new Error(`no answer within ${answerWithinMs} ms`)))
        sent.on('error', (error) => resolve({ kind: 'none', detail: error.message }))
        if (isCut) sent.write(body.subarray(0, body.length / 2), () => sent.destroy(new Error('cut')))
        else sent.end(body)
      }),
    sendBare: (bytes) =>
      new Promise((resolve) => {
        let text = ''
        const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes))
        socket.setTimeout(bareForMs, () => socket.destroy())
        socket.on('data', (chunk) => {
          text = (text + chunk.toString('latin1')).slice(0, 100_000)
        })
        socket.on('error', () => undefined)
        socket.on('close', () =>
          resolve([...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]))),
        )
      }),
    close: () => agent.destroy(),
  }
}
