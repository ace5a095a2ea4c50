// Attacks by whoever takes so much that others get nothing.
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { sealUpload } from '../../../client/index.ts'
import { within } from '../../../core/runtime/back-off.ts'
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

const samplesInOneUpload: Attack = {
  name: 'samples-in-one-upload',
  found: 'one upload of 69 kB carried 2,560,000 samples, and ten other riders waited for 240 s',
  async run({ platform }) {
    const [rider, other] = [await platform.newRider({ bikes: 1 }), await platform.newRider({ bikes: 1 })]
    const ride = (bikeIds: readonly string[], samples: number) =>
      rideTrack({
        ...{ bikeId: bikeIds[0] ?? '', recorderId: randomUUID() },
        ...{ startMs: Date.now() - 86_400_000, samples },
      })
    /** Rides of two hours; the answer's status. */
    const send = (rides: number): Promise<number> =>
      platform
        .upload(
          rider,
          Array.from({ length: rides }, () => ride(rider.bikeIds, 7_200)),
        )
        .then(
          () => 202,
          (error: unknown) => Number(/\b[45]\d\d\b/.exec(String(error))?.[0] ?? 0),
        )
    mustWork('a rider uploads a tour', (await send(1)) === 202)
    const large = await send(14)
    if (large !== 413) return falls(`an upload of 100,800 samples is answered with ${large}`)
    const statuses: number[] = []
    for (let n = 0; n < 6; n++) statuses.push(await send(5))
    if (!statuses.includes(429)) return falls('a sender floods without a bound')
    await platform.upload(other, [ride(other.bikeIds, 60)])
    return holds
  },
}

/** A request that sends a byte a second; `ended` resolves with its answer or its end. */
function slowUpload(url: string, bearer: string): { readonly ended: Promise<unknown>; stop(): void } {
  const { hostname, port } = new URL(url)
  const headers = {
    ...{ authorization: `Bearer ${bearer}`, 'content-type': 'application/x-protobuf' },
    ...{ 'content-encoding': 'gzip', 'content-length': '60000' },
  }
  const sent = request({ hostname, port, method: 'POST', path: '/v1/telemetry', headers })
  const ended = new Promise((resolve) => {
    for (const end of ['response', 'error']) sent.once(end, resolve)
  })
  const drip = setInterval(() => sent.write('x'), 1_000)
  sent.write('x')
  const stop = () => {
    clearInterval(drip)
    sent.destroy()
  }
  return { ended, stop }
}

const slowBodies: Attack = {
  name: 'slow-bodies',
  found: 'four accounts held 152 connections at a byte a second, and every other upload got 503',
  async run({ platform, token }) {
    const rider = await platform.newRider({ bikes: 1 })
    const [bikeId = ''] = rider.bikeIds
    const upload = () =>
      platform.upload(rider, [
        rideTrack({ bikeId, recorderId: randomUUID(), startMs: Date.now() - 60_000, samples: 10 }),
      ])
    await upload()
    const bearers = await Promise.all(
      Array.from({ length: 4 }, (_, n) => token({ subject: `slow-${n}`, bikes: [bikeId] })),
    )
    const slow = Array.from({ length: 152 }, (_, n) =>
      slowUpload(platform.env.EDGE_URL ?? '', bearers[n % bearers.length] ?? ''),
    )
    try {
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      for (let n = 0; n < 5; n++) await upload()
      await within(Promise.all(slow.map(({ ended }) => ended)), 20_000, 'the end of slow bodies')
      return holds
    } catch (error) {
      return falls(error instanceof Error ? error.message : String(error))
    } finally {
      for (const each of slow) each.stop()
    }
  },
}

const subjectWithNul: Attack = {
  name: 'subject-with-nul',
  found: 'a subject with NUL, which no database keeps, made the API answer 503',
  async run({ ask, token }) {
    const path = '/v1/riders/me/accesses'
    const statusAs = async (subject: string) => (await ask(path, { token: await token({ subject }) })).status
    const name = randomUUID()
    mustWork('a rider reads the access log', (await statusAs(name)) === 200)
    const status = await statusAs(`${name}\0`)
    return status === 401 ? holds : falls(`it is answered with ${status}`)
  },
}

export const doorAttacks: readonly Attack[] = [
  ...[falseSignatures, headStreams, repeatedUpload, operatorsRoutes],
  ...[samplesInOneUpload, slowBodies, subjectWithNul],
]
