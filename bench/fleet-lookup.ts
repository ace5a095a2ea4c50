// Two million bikes: how fast they become known, what each worker then takes to start and to hold, and what it costs
// normalize to know the bike of a track. A part of the benchmark `fleet`.
import { createHash, randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { createBikeChanges } from '../core/engines/postgres/fleet/bike-changes.ts'
import { notYetKnown } from '../core/engines/postgres/fleet/known-bikes.ts'
import { createBikeRegistry } from '../core/engines/postgres/telemetry/normalize-stores.ts'
import { cacheRegistry } from '../core/telemetry/normalize/caching.ts'
import type { BikeRegistry } from '../core/telemetry/normalize/port.ts'
import { openTestPlatform, type TestPlatform } from '../testkit/platform/platform.ts'
import type { EngineAddresses } from '../testkit/with-engines.ts'
import type { BenchOptions, BenchResult } from './report.ts'

const bikes = 2_000_000
const bikesAtOnce = 20_000
const tracksABatch = 500
const batches = 200
const knownWithinMs = 30 * 60_000

export async function measureLookup(
  engines: EngineAddresses,
  progress: BenchOptions['progress'],
): Promise<BenchResult> {
  const platform = await openTestPlatform({ engines, onProgress: progress })
  try {
    progress(`registering ${bikes.toLocaleString('en')} bikes`)
    const startedAtMs = performance.now()
    await register(platform.sql)
    const registeredAtMs = performance.now()
    await waitUntilKnown(platform.sql, progress)
    const knownAtMs = performance.now()
    progress('starting each worker again')
    const workers = await restartAll(platform)
    progress('looking bikes up')
    return report({
      registerSeconds: (registeredAtMs - startedAtMs) / 1_000,
      knownSeconds: (knownAtMs - startedAtMs) / 1_000,
      workers,
      lookups: await measureLookups(platform.sql),
    })
  } finally {
    await platform.close()
  }
}

/** A bike's number makes its id, so that ids need not be kept; spread like random ones, as indices of real bikes are. */
function bikeIdOf(number: number): string {
  const hex = createHash('md5').update(String(number)).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

async function register(sql: Sql): Promise<void> {
  const id = sql`md5(number::text)::uuid`
  for (let from = 0; from < bikes; from += bikesAtOnce) {
    const numbers = sql`generate_series(${from}::int, ${from + bikesAtOnce - 1}::int) as number`
    await sql.begin(async (tx) => {
      await tx`insert into bikes (bike_id, produced_at) select ${id}, '2024-01-01' from ${numbers}`
      await tx`
        insert into ownerships (bike_id, rider_id, owned)
        select ${id}, 'rider-' || number, tstzrange('2024-02-01', null) from ${numbers}`
    })
  }
}

async function waitUntilKnown(sql: Sql, progress: BenchOptions['progress']): Promise<void> {
  const changes = createBikeChanges(sql)
  const giveUpAtMs = performance.now() + knownWithinMs
  const isWaiting = async () => {
    const { items: unpublished } = await changes.backlog()
    progress(`${unpublished.toLocaleString('en')} bikes to publish`)
    return unpublished > 0 || (await notYetKnown(sql)).length > 0
  }
  while (await isWaiting()) {
    if (performance.now() > giveUpAtMs) throw new Error('not all bikes are known after half an hour')
    await sleep(3_000)
  }
}

interface Start {
  readonly worker: string
  readonly readySeconds: number
  readonly memoryMiB: number
}

/** One after the other, so that none waits for another's start. */
async function restartAll({ services }: TestPlatform): Promise<Start[]> {
  const starts: Start[] = []
  for (const [worker, service] of Object.entries(services)) {
    if (worker === 'issuer') continue
    service.kill('SIGTERM')
    const startedAtMs = performance.now()
    await service.restart()
    const readySeconds = (performance.now() - startedAtMs) / 1_000
    starts.push({ worker, readySeconds, memoryMiB: residentMiB(service.pid) })
  }
  return starts
}

function residentMiB(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kib) / 1_024)
}

interface Lookups {
  readonly what: string
  readonly queriesPerBatch: number
  readonly microsecondsPerTrack: number
}

async function measureLookups(sql: Sql): Promise<Lookups[]> {
  const anyBike = () => randomInt(bikes)
  const ridingToday = () => randomInt(20_000)
  const registry = createBikeRegistry(sql)
  const one = (number: number) => registry.find([bikeIdOf(number)])
  return [
    await measureBatches('20,000 bikes that send again and again', registry, ridingToday),
    await measureBatches('any of two million bikes', registry, anyBike),
    await measureSingles('a query per track, for comparison', () => one(anyBike())),
  ]
}

/** As normalize asks: behind its cache, a batch of tracks at a time. */
async function measureBatches(what: string, registry: BikeRegistry, next: () => number): Promise<Lookups> {
  let queries = 0
  const find: BikeRegistry['find'] = (ids) => {
    queries++
    return registry.find(ids)
  }
  const cached = cacheRegistry({ find })
  const batch = () =>
    cached.find(
      Array.from({ length: tracksABatch }, () => {
        const number = next()
        return { bikeId: bikeIdOf(number), speaker: { riderId: `rider-${number}` } }
      }),
    )
  for (let warm = 0; warm < batches; warm++) await batch()
  queries = 0
  const startMs = performance.now()
  for (let each = 0; each < batches; each++) {
    const { bikes: found } = await batch()
    if (found.size === 0) throw new Error('no bike is known')
  }
  const microseconds = (performance.now() - startMs) * 1_000
  return {
    what,
    queriesPerBatch: queries / batches,
    microsecondsPerTrack: microseconds / (batches * tracksABatch),
  }
}

async function measureSingles(what: string, ask: () => Promise<unknown>): Promise<Lookups> {
  const asked = 2_000
  for (let warm = 0; warm < asked; warm++) await ask()
  const startMs = performance.now()
  for (let each = 0; each < asked; each++) await ask()
  const microseconds = (performance.now() - startMs) * 1_000
  return { what, queriesPerBatch: tracksABatch, microsecondsPerTrack: microseconds / asked }
}

function report(of: {
  registerSeconds: number
  knownSeconds: number
  workers: readonly Start[]
  lookups: readonly Lookups[]
}): BenchResult {
  const { registerSeconds, knownSeconds, workers, lookups } = of
  const row = (what: string, measured: string) => ({ what, measured })
  const perSecond = (seconds: number) => `${Math.round(bikes / seconds).toLocaleString('en')} bikes/s`
  const worst = Math.max(...lookups.slice(0, 2).map(({ queriesPerBatch }) => queriesPerBatch))
  return {
    title: `${bikes.toLocaleString('en')} bikes, look-ups in batches of ${tracksABatch} tracks`,
    rows: [
      row('registered, with the marks for publication', perSecond(registerSeconds)),
      row('from the tables through bike.entity to normalize', perSecond(knownSeconds)),
      ...workers.map(({ worker, readySeconds, memoryMiB }) =>
        row(`${worker}: ready, resident`, `${readySeconds.toFixed(1)} s, ${memoryMiB} MiB`),
      ),
      ...lookups.map(({ what, queriesPerBatch, microsecondsPerTrack }) =>
        row(what, `${microsecondsPerTrack.toFixed(1)} µs a track, ${queriesPerBatch} queries a batch`),
      ),
    ],
    goals: [
      {
        what: 'queries for a batch of tracks',
        goal: '≤ 1',
        measured: String(worst),
        reached: worst <= 1,
      },
    ],
    figures: { bikes, registerSeconds, knownSeconds, workers, lookups },
  }
}
