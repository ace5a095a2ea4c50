// How fast the fleet worker takes statements in, against bare inserts of the rows that come of them. A part of `fleet`.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { makeBikes, sayAbout, sayCatalogue } from '../simulator/manufacturing/index.ts'
import { openTestPlatform, type TestPlatform } from '../testkit/platform/platform.ts'
import { tellSealed } from '../testkit/tell.ts'
import type { EngineAddresses } from '../testkit/with-engines.ts'
import { processCpuSeconds } from './process-cpu.ts'
import type { BenchOptions, BenchResult } from './report.ts'

const factory = { bikes: 4_000, seed: 1, startMs: Date.UTC(2025, 0, 6), exchanges: 0.1 }
const rowsAtOnce = 500
const giveUpMs = 300_000
/** Whatever the worker writes, in an order in which it can be written. */
const tables = [
  'manufacturing_events',
  'manufacturing_judgements',
  'component_types',
  'bike_models',
  'bikes',
  'components',
  'installations',
  'ownerships',
  'service_events',
  'superseded_rows',
] as const

export async function measureIntake(
  engines: EngineAddresses,
  progress: BenchOptions['progress'],
): Promise<BenchResult> {
  const platform = await openTestPlatform({ engines, services: ['fleet'], onProgress: progress })
  try {
    platform.services.fleet.kill('SIGTERM')
    const statements = await produce(platform, progress)
    progress('the worker takes them in')
    const worker = await measureWorker(platform, statements)
    progress('the same rows by bare inserts')
    const bare = await measureBareInserts(platform.sql)
    return report({ statements, worker, bare })
  } finally {
    await platform.close()
  }
}

/** Clean ones, in the order in which things happened; returns how many. */
async function produce(
  { env, namespace }: TestPlatform,
  progress: BenchOptions['progress'],
): Promise<number> {
  const { seed, startMs } = factory
  const said = [...sayCatalogue({ seed, atMs: startMs }), ...sayAbout(makeBikes(factory), { seed })]
  progress(`producing ${count(said.length)} statements`)
  await tellSealed({ env, namespace }, said)
  return said.length
}

interface WorkerRun {
  readonly statementsPerSecond: number
  readonly cpuSecondsPerMillion: number
  readonly judgedAgain: number
}

/** From the first statements seen in the tables to the last that is applied, so that the start is left out. */
async function measureWorker(
  { sql, services: { fleet } }: TestPlatform,
  statements: number,
): Promise<WorkerRun> {
  const started = fleet.restart()
  let first: { applied: number; atMs: number; cpuSeconds: number } | undefined
  const giveUpAtMs = performance.now() + giveUpMs
  while (performance.now() < giveUpAtMs) {
    const applied = await countApplied(sql)
    if (applied > 0) {
      const now = { applied, atMs: performance.now(), cpuSeconds: processCpuSeconds(fleet.pid) }
      first ??= now
      if (applied === statements) {
        await started
        const done = applied - first.applied
        return {
          statementsPerSecond: (done * 1_000) / (now.atMs - first.atMs),
          cpuSecondsPerMillion: ((now.cpuSeconds - first.cpuSeconds) * 1e6) / done,
          judgedAgain: await countJudgedAgain(sql),
        }
      }
    }
    await sleep(100)
  }
  throw new Error(`the worker did not apply ${statements} statements within ${giveUpMs} ms`)
}

async function countApplied(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::integer from manufacturing_events where state = 'applied'`
  return row?.count ?? 0
}

async function countJudgedAgain(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(distinct event_id)::integer from manufacturing_judgements where number > 1`
  return row?.count ?? 0
}

interface BareRun {
  readonly rows: number
  readonly seconds: number
}

/** Into the same tables, emptied, with their indexes, constraints and triggers; rows are ready as JSON. */
async function measureBareInserts(sql: Sql): Promise<BareRun> {
  const chunks: { table: string; rows: string }[] = []
  let rows = 0
  for (const table of tables) {
    const all = await sql<{ row: unknown }[]>`select to_jsonb(t) as row from ${sql(table)} as t`
    rows += all.length
    for (let from = 0; from < all.length; from += rowsAtOnce) {
      chunks.push({ table, rows: JSON.stringify(all.slice(from, from + rowsAtOnce).map(({ row }) => row)) })
    }
  }
  await sql`truncate manufacturing_events, bikes, bike_changes, superseded_rows cascade`
  const startMs = performance.now()
  for (const chunk of chunks) {
    await sql`
      insert into ${sql(chunk.table)} overriding system value
      select * from jsonb_populate_recordset(null::${sql(chunk.table)}, ${chunk.rows}::text::jsonb)`
  }
  return { rows, seconds: (performance.now() - startMs) / 1_000 }
}

const count = (number: number) => number.toLocaleString('en')

function report({
  statements,
  worker,
  bare,
}: {
  statements: number
  worker: WorkerRun
  bare: BareRun
}): BenchResult {
  const barePerSecond = statements / bare.seconds
  const ratio = worker.statementsPerSecond / barePerSecond
  return {
    title:
      `a backlog of ${count(statements)} statements about ${count(factory.bikes)} bikes: ${count(bare.rows)} rows, ` +
      `${count(worker.judgedAgain)} statements held until their parts came from another partition`,
    rows: [
      {
        what: 'fleet worker',
        'statements/s': Math.round(worker.statementsPerSecond),
        'CPU s per million': Math.round(worker.cpuSecondsPerMillion),
        'of bare': `${Math.round(100 * ratio)} %`,
      },
      {
        what: 'bare inserts of the same rows',
        'statements/s': Math.round(barePerSecond),
        'CPU s per million': '–',
        'of bare': '100 %',
      },
    ],
    goals: [],
    figures: { ...factory, statements, worker, bare, ratio },
  }
}
