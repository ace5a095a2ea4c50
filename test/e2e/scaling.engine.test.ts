// Workers that come and go under load, each in order: nothing is lost and nothing double.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { booksOf, countDocuments, researchedIn, until, untilBooked } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../../testkit/platform/platform.ts'
import { rideTrack } from '../../testkit/platform/rides.ts'
import { type ServerProcess, startServerProcess } from '../../testkit/server-process.ts'
import { coreArgs } from '../../testkit/service-process.ts'

const workers = ['normalize', 'search', 'latest', 'analytics', 'ledger'] as const
type Worker = (typeof workers)[number]
type Added = ServerProcess & { readonly services: readonly Worker[] }
const apart = workers.map((worker) => [worker])
const together = [workers]
const others = ['issuer', 'edge', 'fleet', 'bikes', 'quarantine'] as const
const samplesPerTrack = 100
const partitions = 6
const betweenUploadsMs = 50
const patience = { withinMs: 90_000 }

let platform: TestPlatform
let rider: Rider
/** Samples that the edge has accepted so far. */
let accepted = 0

beforeAll(async () => {
  platform = await openTestPlatform({
    engines: inject('engines'),
    services: [...others, ...workers],
    onProgress: () => undefined,
  })
  rider = await platform.newRider({ bikes: 12, consents: true })
})
afterAll(() => platform?.close())

test.each([
  ['workers that are added and taken away under load lose nothing and double nothing', apart],
  [
    'one process with all of them takes over from processes apart, and gives back: nothing lost or double',
    together,
  ],
])(
  '%s',
  async (_, forms) => {
    const enough = new AbortController()
    const sending = sendUntil(enough.signal)
    const added: Added[] = []
    try {
      await Promise.all(
        forms.map(async (services) => added.push({ ...(await startAnother(services)), services })),
      )
      await Promise.all(
        added.map((each) =>
          until(
            'a new process has its share',
            async () => (await assigned(each)).every((count) => count > 0),
            patience,
          ),
        ),
      )
      for (const worker of workers) platform.services[worker].kill('SIGTERM')
      await Promise.all(
        added.map((each) =>
          until(
            'it has all partitions',
            async () => (await assigned(each)).every((count) => count === partitions),
            patience,
          ),
        ),
      )
      await Promise.all(workers.map((worker) => platform.services[worker].restart()))
      expect(await Promise.all(added.map((each) => each.stop()))).toEqual(added.map(() => 0))
    } finally {
      enough.abort()
      await sending
      for (const each of added) each.kill('SIGKILL')
    }
    const books = {
      'normalize clean': accepted,
      'search stored': accepted,
      'latest merged': accepted,
      'analytics delivered': accepted,
    }
    await untilBooked(platform, rider, { books, ...patience })
    expect(await booksOf(platform, rider)).toEqual(books)
    expect(await countDocuments(platform, rider)).toBe(accepted)
    const delivered = await researchedIn(platform)
    expect([delivered.length, new Set(delivered).size]).toEqual([accepted, accepted])
  },
  150_000,
)

function startAnother(services: readonly Worker[]): Promise<ServerProcess> {
  return startServerProcess({
    args: coreArgs(...services),
    env: { ...platform.env, PORT: '0' },
    startBoundMs: patience.withinMs,
  })
}

/** How many partitions each service of the process has. */
async function assigned({ url, services }: Added): Promise<number[]> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) })
  const lines = (await response.text()).split('\n')
  return services.map(
    (name) =>
      lines.filter((line) => line.startsWith('worker_lag_records{') && line.includes(`worker="${name}"`))
        .length,
  )
}

/** One upload after the other, of all bikes in turn. */
async function sendUntil(enough: AbortSignal): Promise<void> {
  const recorderId = randomUUID()
  const beginMs = Date.now() - 7 * 86_400_000
  for (let upload = 0; !enough.aborted; upload++) {
    const bikeId = rider.bikeIds[upload % rider.bikeIds.length] as string
    const startMs = beginMs + upload * samplesPerTrack * 1_000
    const answer = await platform.upload(rider, [
      rideTrack({ bikeId, recorderId, startMs, samples: samplesPerTrack }),
    ])
    accepted += answer.accepted.samples
    await sleep(betweenUploadsMs)
  }
}
