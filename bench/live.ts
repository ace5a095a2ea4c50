// Live streams of one API process: what each takes of memory, how soon it tells what the edge has accepted, and when it ends.
import { randomUUID } from 'node:crypto'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { openTestPlatform, type Rider, type TestPlatform } from '../testkit/platform/platform.ts'
import { rideTrack } from '../testkit/platform/rides.ts'
import { memoryOf } from '../testkit/process-memory.ts'
import { requestToken } from '../testkit/token.ts'
import { withEngines } from '../testkit/with-engines.ts'
import { type LiveReader, readLive } from './live-readers.ts'
import { type PacedResult, paced } from './paced.ts'
import { type Bench, type BenchResult, quantile } from './report.ts'

/** A caller has ten streams at most. The owners follow all their bikes; on as many more a third party follows one of them. */
const bikesPerRider = 10
const streams = Number(process.env.BENCH_STREAMS ?? 2_000)
const seconds = Number(process.env.BENCH_SECONDS ?? 60)
const uploadsPerSecond = 20
const samplesPerUpload = 10
/** So many streams end with the ownership, and as many with a grant; they are among the `streams`. */
const endings = Math.min(20, Math.floor(streams / 4))
const opening = { perSecond: 100, maxUnderWay: 50 } as const
const giveUpMs = 20_000
const services = ['issuer', 'edge', 'normalize', 'latest', 'fleet', 'bikes', 'api'] as const
const goals = { streams: 2_000, toldP99Ms: 1_000, endMs: 1_000 } as const

export const run: Bench = ({ progress }) =>
  withEngines(progress, async (engines) => {
    const platform = await openTestPlatform({ engines, services, onProgress: progress })
    try {
      return report(await measure(platform, progress))
    } finally {
      await platform.close()
    }
  })

interface Measured {
  readonly loadAverage: number
  /** Of the API process, proportional set size. */
  readonly memoryMiB: { readonly before: number; readonly open: number; readonly after: number }
  readonly toldMs: readonly number[]
  readonly endedMs: { readonly ownership: readonly number[]; readonly grant: readonly number[] }
  readonly worstDelayMs: number
}

/** A bike, its owner, and whoever follows it. */
interface Followed {
  readonly rider: Rider
  readonly bikeId: string
  readonly reader: LiveReader
  /** Of a third party's stream. */
  readonly grantId?: string
}

async function measure(platform: TestPlatform, progress: (line: string) => void): Promise<Measured> {
  const loadAverage = loadavg()[0] ?? 0
  const riders: Rider[] = []
  progress(`registering ${streams} bikes`)
  while (riders.length * bikesPerRider < streams)
    riders.push(await platform.newRider({ bikes: bikesPerRider }))
  const before = memory(platform)
  progress(`opening ${streams} streams`)
  const followed: Followed[] = []
  const opened = await paced({ ...opening, count: streams }, async (index) => {
    const rider = riders[Math.floor(index / bikesPerRider)] as Rider
    const bikeId = rider.bikeIds[index % bikesPerRider] as string
    followed[index] = await (index < endings ? followByGrant : follow)(platform, rider, bikeId)
  })
  throwFailures('streams not opened', opened)
  try {
    await sleep(10_000)
    const open = memory(platform)
    progress(`${seconds} s with ${uploadsPerSecond} uploads a second`)
    const toldMs: number[] = []
    const count = seconds * uploadsPerSecond
    const told = await paced({ perSecond: uploadsPerSecond, count, maxUnderWay: 200 }, async (index) => {
      toldMs.push(await tell(platform, followed[index % streams] as Followed))
    })
    throwFailures('uploads not told of', told)
    const after = memory(platform)
    progress(`ending ${2 * endings} streams`)
    const endedMs = {
      grant: await inTurn(followed.slice(0, endings), (each) => endGrant(platform, each)),
      ownership: await inTurn(followed.slice(-endings), (each) => endOwnership(platform, each)),
    }
    return {
      loadAverage,
      memoryMiB: { before, open, after },
      toldMs,
      endedMs,
      worstDelayMs: told.worstDelayMs,
    }
  } finally {
    for (const { reader } of followed) reader.leave()
  }
}

const memory = ({ services }: TestPlatform) => memoryOf(services).api ?? Number.NaN

function throwFailures(what: string, { failures }: PacedResult): void {
  if (failures.length > 0) throw new Error(`${failures.length} ${what}: ${failures[0]}`)
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<number>): Promise<number[]> {
  const results: number[] = []
  for (const item of items) results.push(await work(item))
  return results
}

const addressOf = ({ env }: TestPlatform, path: string) => `${env.API_URL}${path}`

async function follow(platform: TestPlatform, rider: Rider, bikeId: string): Promise<Followed> {
  const url = addressOf(platform, `/v1/bikes/${bikeId}/live`)
  return { rider, bikeId, reader: await readLive(url, { token: rider.token, withinMs: giveUpMs }) }
}

async function followByGrant(platform: TestPlatform, rider: Rider, bikeId: string): Promise<Followed> {
  const to = `third-party-${randomUUID()}`
  const until = new Date(Date.now() + 86_400_000).toISOString()
  const path = `/v1/riders/me/bikes/${bikeId}/grants`
  const { grantId } = (await ask(platform, rider, {
    method: 'POST',
    path,
    body: { to, scopes: ['state'], until },
  })) as {
    grantId: string
  }
  const token = await requestToken(platform.env.TOKEN_URL ?? '', { subject: to, roles: ['third_party'] })
  const url = addressOf(platform, `/v1/bikes/${bikeId}/live`)
  return { rider, bikeId, grantId, reader: await readLive(url, { token, withinMs: giveUpMs }) }
}

async function ask(
  platform: TestPlatform,
  rider: Rider,
  { method, path, body }: { method: string; path: string; body?: unknown },
): Promise<unknown> {
  const response = await fetch(addressOf(platform, path), {
    method,
    headers: { authorization: `Bearer ${rider.token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(giveUpMs),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.status === 204 ? undefined : response.json()
}

/** Milliseconds from the edge's acknowledgement until the stream tells the last sample; 0 where it told it before. */
async function tell(platform: TestPlatform, { rider, bikeId, reader }: Followed): Promise<number> {
  const startMs = Date.now() - samplesPerUpload * 1_000
  const lastAt = new Date(startMs + (samplesPerUpload - 1) * 1_000).toISOString()
  const track = rideTrack({ bikeId, recorderId: randomUUID(), startMs, samples: samplesPerUpload })
  const [toldAtMs, acceptedAtMs] = await Promise.all([
    reader.next(({ groups }) => groups.ride?.eventAt === lastAt, giveUpMs),
    platform.upload(rider, [track]).then(() => performance.now()),
  ])
  return Math.max(0, toldAtMs - acceptedAtMs)
}

const isEnd = ({ event }: { event: string }) => event === 'end'

/** Milliseconds from the answer to the revocation until the third party's stream ends. */
async function endGrant(
  platform: TestPlatform,
  { rider, bikeId, grantId, reader }: Followed,
): Promise<number> {
  const path = `/v1/riders/me/bikes/${bikeId}/grants/${grantId}`
  const [endedAtMs, revokedAtMs] = await Promise.all([
    reader.next(isEnd, giveUpMs),
    ask(platform, rider, { method: 'DELETE', path }).then(() => performance.now()),
  ])
  return Math.max(0, endedAtMs - revokedAtMs)
}

async function endOwnership({ sql }: TestPlatform, { bikeId, reader }: Followed): Promise<number> {
  const [endedAtMs, lostAtMs] = await Promise.all([
    reader.next(isEnd, giveUpMs),
    sql`update ownerships set owned = tstzrange(lower(owned), clock_timestamp()) where bike_id = ${bikeId}`.then(
      () => performance.now(),
    ),
  ])
  return Math.max(0, endedAtMs - lostAtMs)
}

function report({ loadAverage, memoryMiB, toldMs, endedMs, worstDelayMs }: Measured): BenchResult {
  const p = (values: readonly number[], q: number) => Math.round(quantile(values, q))
  const toldP99Ms = p(toldMs, 0.99)
  const endMaxMs = Math.round(Math.max(...endedMs.ownership, ...endedMs.grant))
  const eachKiB = ((memoryMiB.open - memoryMiB.before) * 1_024) / streams
  return {
    title: `${streams} streams of one API process, ${toldMs.length} uploads in ${seconds} s, all on this machine; its load when it began: ${loadAverage.toFixed(1)}`,
    rows: [
      {
        'acknowledged → event, p50 ms': p(toldMs, 0.5),
        'p99 ms': toldP99Ms,
        'max ms': p(toldMs, 1),
        'ownership ended → end, max ms': p(endedMs.ownership, 1),
        'grant ended → end, max ms': p(endedMs.grant, 1),
        'KiB a stream': Math.round(eachKiB),
        'MiB of the process': Math.round(memoryMiB.after),
      },
    ],
    goals: [
      {
        what: 'streams open at once in one process',
        goal: `${goals.streams}`,
        measured: `${streams}`,
        reached: streams >= goals.streams,
      },
      {
        what: 'from the edge’s acknowledgement to the event, p99',
        goal: `≤ ${goals.toldP99Ms} ms`,
        measured: `${toldP99Ms} ms`,
        reached: toldP99Ms <= goals.toldP99Ms,
      },
      {
        what: 'from the end of ownership or grant to the end of the stream, longest',
        goal: `≤ ${goals.endMs} ms`,
        measured: `${endMaxMs} ms`,
        reached: endMaxMs <= goals.endMs,
      },
    ],
    figures: {
      ...{ streams, seconds, uploadsPerSecond, samplesPerUpload, endings, loadAverage, worstDelayMs },
      ...{ memoryMiB, eachKiB, toldMs, endedMs },
    },
  }
}
