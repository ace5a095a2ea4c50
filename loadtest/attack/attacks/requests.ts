// Attacks by the form of a request: conditions, bodies that nobody waits for, and connections to an edge that ends.
import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { within } from '../../../core/runtime/back-off.ts'
import { rideTrack } from '../../../testkit/platform/rides.ts'
import { type ServerProcess, startServerProcess, untilReady } from '../../../testkit/server-process.ts'
import { type Attack, type AttackContext, falls, holds, mustWork, type Verdict } from '../attack-types.ts'

const conditions: Attack = {
  name: 'conditions-of-writes',
  found: 'If-Match took no lists, and compared weak tags as strong ones',
  async run({ platform, ask }) {
    const rider = await platform.newRider({ bikes: 1 })
    const path = `/v1/bikes/${rider.bikeIds[0]}/settings`
    const etag = async () => (await ask(path, { token: rider.token })).headers.get('etag') ?? ''
    let massKg = 80
    const write = async (ifMatch: string) => {
      const headers = { 'if-match': ifMatch }
      // Other values each time: a wish that is fulfilled already may be answered as done.
      const body = { massKg: massKg++ }
      return (await ask(path, { method: 'PUT', token: rider.token, headers, body })).status
    }
    mustWork('the owner sets the bike by the tag that was read', (await write(await etag())) === 200)
    const cases: readonly [(tag: string) => string, number][] = [
      [(tag) => `"another", W/"weak,too", ${tag}`, 200],
      [() => '*', 200],
      [(tag) => `W/${tag}`, 412],
      [(tag) => `"another", W/${tag}`, 412],
      [(tag) => tag.replaceAll('"', ''), 400],
    ]
    for (const [conditionOf, expected] of cases) {
      const condition = conditionOf(await etag())
      const status = await write(condition)
      if (status !== expected)
        return falls(`If-Match: ${condition} is answered with ${status}, not ${expected}`)
    }
    return holds
  },
}

/** Opens an upload of 700 kB, sends one byte of it, and resolves with the first line of the answer. */
async function firstLineOf(url: string, bearer: string, open: Socket[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  open.push(socket)
  const answered = new Promise<string>((resolve, reject) => {
    socket.once('data', (bytes) => resolve(bytes.toString().split('\r\n')[0] ?? ''))
    socket.once('error', reject)
  })
  const head = ['POST /v1/telemetry HTTP/1.1', 'host: edge', 'content-type: application/x-protobuf']
  socket.write(
    `${[...head, `authorization: Bearer ${bearer}`, 'content-length: 700000'].join('\r\n')}\r\n\r\nx`,
  )
  return within(answered, 10_000, 'the answer to a body that does not come')
}

const bodiesWithoutBikes: Attack = {
  name: 'bodies-without-bikes',
  found: 'accounts without a bike were let in with bodies of a byte a second, and held 152 connections',
  async run({ platform, token }) {
    const rider = await platform.newRider({ bikes: 1 })
    const [bikeId = ''] = rider.bikeIds
    const ride = () =>
      rideTrack({ bikeId, recorderId: randomUUID(), startMs: Date.now() - 60_000, samples: 10 })
    await platform.upload(rider, [ride()])
    const bearer = await token({ subject: `bikeless-${randomUUID()}` })
    const open: Socket[] = []
    try {
      const lines = await Promise.all(
        Array.from({ length: 152 }, () => firstLineOf(platform.env.EDGE_URL ?? '', bearer, open)),
      )
      const others = [...new Set(lines)].filter((line) => !line.startsWith('HTTP/1.1 403 '))
      if (others.length > 0) return falls(`before their bodies they are answered with ${others.join()}`)
      await platform.upload(rider, [ride()])
      return holds
    } finally {
      for (const socket of open) socket.destroy()
    }
  },
}

const edgeEntry = fileURLToPath(new URL('../../../edge/entry/node.ts', import.meta.url))

/** An edge beside the platform's, with settings of its own, while an attack goes on. */
export async function atOwnEdge(
  { platform }: AttackContext,
  settings: Readonly<Record<string, string>>,
  attempt: (edge: ServerProcess) => Promise<Verdict>,
): Promise<Verdict> {
  const env = { ...platform.env, PORT: '0', ADMIN_PORT: '0', LOG_LEVEL: 'info', ...settings }
  const edge = await startServerProcess({ args: [edgeEntry], env, startBoundMs: 60_000 })
  try {
    await untilReady(edge)
    return await attempt(edge)
  } finally {
    await edge.stop()
  }
}

const drainDelayMs = 10_000

const endsUnseen: Attack = {
  name: 'edge-ends-unseen',
  found:
    'after SIGTERM connections were refused within 4 ms, and readiness never said that the edge would end',
  run: (context) =>
    atOwnEdge(context, { DRAIN_DELAY_MS: String(drainDelayMs) }, async (edge) => {
      const readiness = async () => (await fetch(`${edge.adminUrl}/readyz`)).status
      mustWork('an edge that runs is ready', (await readiness()) === 200)
      edge.kill('SIGTERM')
      const deadlineMs = Date.now() + drainDelayMs
      for (let status = 200; status !== 503; ) {
        if (Date.now() > deadlineMs) return falls('readiness did not say that the edge ends')
        status = await readiness()
        await delay(20)
      }
      const answer = await fetch(`${edge.url}/openapi.json`).catch(() => undefined)
      if (answer?.status !== 200) return falls('a connection was refused while readiness had just failed')
      if (answer.headers.get('connection') !== 'close')
        return falls('a kept connection is not asked to end before the edge does')
      return (await edge.ended) === 0 ? holds : falls('the edge did not end in order')
    }),
}

export const requestAttacks: readonly Attack[] = [conditions, bodiesWithoutBikes, endsUnseen]
