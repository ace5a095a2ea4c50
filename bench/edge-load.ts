// The sending side of the edge benchmark, a process of its own: keep-alive connections that upload as fast as answers come.
import { Agent, request } from 'node:http'

/** What the parent sends: one message, then answers with one. Bodies are base64. */
export interface LoadPlan {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly uploads: readonly { readonly body: string; readonly token: string }[]
  readonly expectedStatus: number
}

export interface LoadOutcome {
  readonly uploads: number
  readonly seconds: number
  readonly latenciesMs: readonly number[]
  /** Answers with another status, by status. */
  readonly unexpected: Readonly<Record<string, number>>
}

process.once('message', (plan: LoadPlan) => {
  void load(plan).then((outcome) => process.send?.(outcome, () => process.exit(0)))
})

async function load({ url, connections, seconds, uploads, expectedStatus }: LoadPlan): Promise<LoadOutcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const prepared = uploads.map(({ body, token }) => ({ body: Buffer.from(body, 'base64'), token }))
  const latenciesMs: number[] = []
  const unexpected: Record<string, number> = {}
  const startedMs = performance.now()
  const endMs = startedMs + seconds * 1000
  let next = 0
  const send = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const upload = prepared[next++ % prepared.length] as { body: Buffer; token: string }
      const sentMs = performance.now()
      const status = await post(url, upload, agent)
      latenciesMs.push(performance.now() - sentMs)
      if (status !== expectedStatus) unexpected[status] = (unexpected[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: connections }, send))
  agent.destroy()
  const took = (performance.now() - startedMs) / 1000
  return { uploads: latenciesMs.length, seconds: took, latenciesMs, unexpected }
}

function post(url: string, upload: { body: Buffer; token: string }, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'content-length': upload.body.length,
      authorization: `Bearer ${upload.token}`,
    }
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
    })
    outgoing.once('error', reject)
    outgoing.end(upload.body)
  })
}
