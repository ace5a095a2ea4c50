// Whoever reads the logs learns how the platform does, and nothing of riders: neither from its usual lines nor from its errors.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { makeBikes, sayAbout, sayCatalogue } from '../../simulator/manufacturing/index.ts'
import { say, statementStates } from '../../testkit/platform/fleet.ts'
import { booksOf, until, untilBooked } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../../testkit/platform/platform.ts'
import { rideTrack } from '../../testkit/platform/rides.ts'

const seed = 61
const startMs = Date.UTC(2025, 0, 6)
const [bike] = makeBikes({ bikes: 1, seed, startMs, days: 4, exchanges: 0 })
const minute = 60_000
const place = 'Kastanienallee 17'
let platform: TestPlatform
let rider: Rider

beforeAll(async () => {
  const opened = { engines: inject('engines'), together: true, logLevel: 'debug' as const }
  platform = await openTestPlatform({ ...opened, onProgress: () => undefined })
  rider = await platform.newRider({ bikes: 2, consents: true })
})
afterAll(() => platform?.close())

/** Whatever the answer is, also none. */
async function ask(path: string, { token = rider.token, ...init }: RequestInit & { token?: string } = {}) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(`${platform.env.API_URL}${path}`, {
    ...{ headers, ...init, signal: AbortSignal.timeout(15_000) },
  }).catch(() => undefined)
  await response?.text()
  return response?.status
}

/** Every second connection to the database breaks in the middle of its work. */
async function breakConnections(): Promise<void> {
  await platform.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'test'`
}

const track = (bikeId: string, samples = 60) =>
  rideTrack({ bikeId, recorderId: randomUUID(), startMs: Date.now() - 20 * minute, samples })

async function live(): Promise<void> {
  const [mine = ''] = rider.bikeIds
  await platform.upload(rider, [track(mine)])
  const contradicted = track(mine)
  await platform.upload(rider, [contradicted])
  const speed = contradicted.columns.map((column) =>
    column.key === 'speed_kmh'
      ? { ...column, values: Array.from(column.values, (value) => value + 1_000) }
      : column,
  )
  await platform.upload(rider, [{ ...contradicted, columns: speed }])
  await untilBooked(platform, rider, { books: { 'search stored': 120, 'search quarantined': 60 } })
  await say(platform, [...sayCatalogue({ seed, atMs: startMs }), ...(bike ? sayAbout([bike], { seed }) : [])])
  await until(
    'the statements are judged',
    async () => (await statementStates(platform)).applied !== undefined,
  )
  const zone = { name: place, latitudeDeg: 53.3502, longitudeDeg: -6.2599, radiusM: 200 }
  for (const path of [
    `/v1/bikes/${mine}/latest`,
    '/v1/riders/me/rides',
    `/v1/riders/me/rides?from=${place}`,
  ]) {
    await ask(path)
  }
  await ask('/v1/riders/me/privacy-zones', { method: 'PUT', body: JSON.stringify({ zones: [zone] }) })
  await ask(`/v1/bikes/${mine}/range`, { method: 'POST', body: JSON.stringify({ route: place }) })
  await ask('/v1/riders/me/rides', { token: `${rider.token}x` })
}

test('a rider, a place, a token and a number of a part are in no line, whatever breaks', async () => {
  await live()
  const [mine = '', other = ''] = rider.bikeIds
  for (let n = 0; n < 10; n++) {
    await Promise.all([
      breakConnections(),
      ask('/v1/riders/me/rides'),
      ask(`/v1/bikes/${other}/latest`),
      ask(`/v1/riders/me/totals?zone=Europe/Dublin`),
    ])
  }
  await platform.upload(rider, [track(other)])
  await until(
    'the platform goes on',
    async () => ((await booksOf(platform, rider))['search stored'] ?? 0) >= 180,
  )

  const lines = await platform.logged()
  expect(lines.filter((line) => line.includes('"err"')).length).toBeGreaterThan(0)
  const [, payload = ''] = rider.token.split('.')
  const telling = {
    ...{
      rider: rider.riderId,
      token: payload,
      place,
      query: 'Kastanien',
      latitude: '53.35',
      longitude: '-6.25',
    },
    ...{ frame: bike?.frameNumber ?? '', buyer: bike?.riderId ?? '', bike: mine, otherBike: other },
  }
  for (const [what, word] of Object.entries(telling)) {
    expect(word).not.toBe('')
    const told = lines.filter((line) => line.includes(word)).map((line) => line.slice(0, 600))
    expect(told, `lines that tell a ${what}`).toEqual([])
  }
})
