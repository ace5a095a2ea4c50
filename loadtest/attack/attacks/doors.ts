// Attacks by whoever takes so much that others get nothing.
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { sealUpload } from '../../../client/index.ts'
import { rideTrack } from '../../../testkit/platform/rides.ts'
import { type Attack, falls, holds, mustWork } from '../attack-types.ts'

interface RawRequest {
  readonly method?: string
  /** As written, not as a client normalizes it. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Of the loopback network, so that attacker and rider have two. */
  readonly from?: string
}

const answerMs = 10_000

/** The status of the answer, once its head has come; the connection then ends. */
function statusOf(url: string, { method = 'GET', path, headers = {}, from }: RawRequest): Promise<number> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const asked = request(
      { hostname, port, method, path, headers, timeout: answerMs, ...(from && { localAddress: from }) },
      (response) => {
        resolve(response.statusCode ?? 0)
        response.destroy()
      },
    )
    asked.once('timeout', () => asked.destroy(new Error(`${method} ${path}: no answer`)))
    asked.once('error', reject)
    asked.end()
  })
}

const falseSignatures: Attack = {
  name: 'false-signatures',
  found: 'false signatures at 1,200 a second raised the p99 of all others from 43 to 264 ms',
  async run({ platform, token }) {
    const url = platform.env.API_URL ?? ''
    const good = await token({ subject: `rider-${randomUUID()}` })
    const forged = `${good.slice(0, -8)}AAAAAAAA`
    const path = '/v1/riders/me/accesses'
    const ask = (bearer: string, from: string) =>
      statusOf(url, { path, headers: { authorization: `Bearer ${bearer}` }, from })
    mustWork('a rider reads the access log', (await ask(good, '127.0.0.1')) === 200)
    const statuses: number[] = []
    for (let second = 0; second < 12; second++) {
      const asked = Array.from({ length: 100 }, () => ask(forged, '127.0.0.2'))
      statuses.push(...(await Promise.all(asked)))
    }
    const verified = statuses.filter((status) => status === 401).length
    if (verified > 600) return falls(`${verified} of ${statuses.length} false signatures were looked at`)
    const rider = await ask(good, '127.0.0.1')
    return rider === 200 ? holds : falls(`a rider at another address is answered with ${rider}`)
  },
}

const headStreams: Attack = {
  name: 'head-of-streams',
  found: 'ten HEAD requests for a stream locked its caller out for good',
  async run({ platform }) {
    const url = platform.env.API_URL ?? ''
    const rider = await platform.newRider({ bikes: 1 })
    const headers = { authorization: `Bearer ${rider.token}` }
    const path = `/v1/bikes/${rider.bikeIds[0]}/live`
    mustWork('the owner follows the bike', (await statusOf(url, { path, headers })) === 200)
    for (let i = 0; i < 25; i++) await statusOf(url, { method: 'HEAD', path, headers })
    const status = await statusOf(url, { path, headers })
    return status === 200 ? holds : falls(`the owner gets ${status}`)
  },
}

const repeatedUpload: Attack = {
  name: 'upload-repeated',
  found: 'an upload that was repeated 60 times was answered with 5.1 MB',
  async run(context) {
    const { platform } = context
    const rider = await platform.newRider({ bikes: 1 })
    const [bikeId = ''] = rider.bikeIds
    const startMs = Date.now() - 3_600_000
    const tracks = Array.from({ length: 50 }, (_, n) =>
      rideTrack({ bikeId, recorderId: randomUUID(), startMs: startMs + n * 10_000, samples: 2 }),
    )
    const upload = sealUpload({ tracks })
    const repeats = 12
    for (let n = 0; n < repeats; n++) await platform.send(rider, upload)
    const path = `/v1/uploads/${upload.uploadId}`
    const read = async (cursor: string) => {
      const answer = await context.ask(`${path}${cursor}`, { token: rider.token })
      return { bytes: answer.text.length, ...(answer.body as { next?: string | null; tracks?: unknown[] }) }
    }
    const readAll = async () => {
      const pages = [await read('')]
      for (let next = pages[0]?.next; next && pages.length < repeats; next = pages.at(-1)?.next)
        pages.push(await read(`?cursor=${next}`))
      return pages
    }
    await context.until('all deliveries are in the books', async () => {
      const listed = (await readAll()).flatMap((page) => page.tracks ?? [])
      return listed.length === repeats * tracks.length
    })
    const largest = Math.max(...(await readAll()).map(({ bytes }) => bytes))
    // A delivery of 50 tracks takes some 25 kB; four of them are a page.
    return largest < 150_000 ? holds : falls(`one answer has ${largest} bytes`)
  },
}

const operatorsRoutes: Attack = {
  name: 'routes-of-operators',
  found: 'a path such as /v1/%2e%2e/metrics reached metrics and internal routes past the documented prefix',
  async run({ platform, token }) {
    const { env } = platform
    const bearer = await token({ subject: `rider-${randomUUID()}` })
    const headers = { authorization: `Bearer ${bearer}` }
    const admin = env.EDGE_ADMIN_URL ?? ''
    mustWork('operators read metrics', (await statusOf(admin, { path: '/metrics' })) === 200)
    const ways = [
      '/',
      '/v1/../',
      '/v1/%2e%2e/',
      '/v1/%2E%2E/',
      '//',
      '/v1/..;/',
      '/./',
      '/%2e/',
      '/v1/telemetry/../../',
    ]
    const routes = ['metrics', 'readyz', 'readyz/api', 'healthz', 'internal/v1/tracks', 'user']
    for (const url of [env.EDGE_URL ?? '', env.API_URL ?? '']) {
      for (const path of ways.flatMap((way) => routes.map((route) => `${way}${route}`))) {
        for (const method of ['GET', 'POST', 'HEAD']) {
          const status = await statusOf(url, { method, path, headers })
          if (![400, 404, 405].includes(status)) return falls(`${method} ${path} is answered with ${status}`)
        }
      }
    }
    return holds
  },
}

export const doorAttacks: readonly Attack[] = [falseSignatures, headStreams, repeatedUpload, operatorsRoutes]
