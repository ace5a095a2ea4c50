// What a settled track takes in PostgreSQL, with its indices. The tables are measured as they lie: nothing is packed before.
import { randomUUID } from 'node:crypto'
import { connectPostgres, type Sql } from '../core/engines/postgres/client/connect.ts'
import { migrate } from '../core/engines/postgres/client/migrate.ts'
import { createLedgerStore } from '../core/engines/postgres/telemetry/ledger-store.ts'
import { createSettlingStore } from '../core/engines/postgres/telemetry/settled-books.ts'
import { stages } from '../core/telemetry/contracts/outcomes.ts'
import { newTracks } from '../core/telemetry/ledger/outcome-record.ts'
import { planSettling } from '../core/telemetry/ledger/plan.ts'
import type { BookedOutcome } from '../core/telemetry/ledger/port.ts'
import { uuidText, uuidV7Bytes } from '../proto/index.ts'
import { createDatabase } from '../testkit/database.ts'
import { withEngines } from '../testkit/with-engines.ts'
import type { Bench } from './report.ts'

const senders = 2_000
const tracksOfSender = 50
const batch = 500
const goalBytes = 100
const keptDays = 90
/** Of one day of the present partitions. */
const receivedAtMs = Date.now() - 2 * 86_400_000

type Kind = 'phone' | 'module'
type Track = Pick<
  BookedOutcome,
  'trackId' | 'uploadId' | 'sender' | 'bikeId' | 'receivedAtMs' | 'acceptedSamples'
> & {
  readonly isConsented: boolean
}

export const run: Bench = ({ progress }) =>
  withEngines(progress, async ({ DATABASE_URL = '' }) => {
    const database = await createDatabase(DATABASE_URL, `bench_${randomUUID().replaceAll('-', '')}`)
    const sql = connectPostgres({ url: database.url, name: 'bench', statementTimeoutMs: 60_000 })
    try {
      await migrate(sql)
      await createSettlingStore(sql).keepPartitions(keptDays)
      const rows = []
      for (const kind of ['phone', 'module'] as const) {
        progress(`${(senders * tracksOfSender).toLocaleString('en')} tracks, as of ${kind}s`)
        rows.push({ track: kind, ...(await measure(sql, kind)) })
        await sql`truncate ledger_settled, ledger_names`
      }
      return {
        title: `Settled tracks of ${senders.toLocaleString('en')} senders, ${tracksOfSender} each; 3 of 10 consent`,
        rows,
        goals: rows.map(({ track, 'bytes a track': bytes }) => ({
          what: `row of a ${track}, with its index`,
          goal: `at most ${goalBytes} B`,
          measured: `${bytes} B`,
          reached: bytes <= goalBytes,
        })),
        figures: { rows },
      }
    } finally {
      await sql.end({ timeout: 5 })
      await database.drop()
    }
  })

async function measure(sql: Sql, kind: Kind) {
  const tracks = tracksOf(kind)
  for (let from = 0; from < tracks.length; from += batch) {
    const outcomes = tracks.slice(from, from + batch).flatMap(outcomesOf)
    await createLedgerStore(sql).book(outcomes, newTracks(outcomes), [])
  }
  const startedAtMs = performance.now()
  await settleAll(sql)
  const seconds = (performance.now() - startedAtMs) / 1_000
  const [found] = await sql<{ settled: number; bytes: number; names: number; nameBytes: number }[]>`
    select (select count(*)::int from ledger_settled) as settled,
      (select sum(pg_total_relation_size(relid))::float8 from pg_partition_tree('ledger_settled')
        where (select count(*) from ledger_settled where tableoid = relid) > 0) as bytes,
      (select count(*)::int from ledger_names) as names,
      pg_total_relation_size('ledger_names')::float8 as "nameBytes"`
  if (found?.settled !== tracks.length)
    throw new Error(`${found?.settled} of ${tracks.length} tracks settled`)
  return {
    'bytes a track': Math.round(found.bytes / found.settled),
    'bytes a name': Math.round(found.nameBytes / found.names),
    'settled a second': Math.round(found.settled / seconds),
  }
}

async function settleAll(sql: Sql): Promise<void> {
  const nowMs = Date.now()
  let after: string | undefined
  do {
    const which = { after, beforeMs: nowMs, limit: 1_000 }
    const { next } = await createSettlingStore(sql).settle(which, (tracks) =>
      planSettling(tracks, { nowMs, keptDays }),
    )
    after = next
  } while (after !== undefined)
}

/** In the order in which they come: each sender has one, then each another. */
function tracksOf(kind: Kind): Track[] {
  const known = Array.from({ length: senders }, (_, i) => {
    const bikeId = uuidText(uuidV7Bytes(receivedAtMs))
    const sender = kind === 'module' ? `bike:${bikeId}` : randomUUID()
    return { sender, bikeId, isConsented: i % 10 < 3 }
  })
  return Array.from({ length: senders * tracksOfSender }, (_, i) => {
    const atMs = receivedAtMs + i
    // The id of a module's message is a hash, that of a phone's track begins with the time.
    const trackId = kind === 'module' ? randomUUID() : uuidText(uuidV7Bytes(atMs))
    const uploadId = kind === 'module' ? trackId : uuidText(uuidV7Bytes(atMs))
    const sender = known[i % senders] as (typeof known)[number]
    return { ...sender, trackId, uploadId, receivedAtMs: atMs, acceptedSamples: kind === 'module' ? 20 : 300 }
  })
}

function outcomesOf({ isConsented, ...track }: Track): BookedOutcome[] {
  const samples = track.acceptedSamples
  const counts = {
    normalize: { outcome: 'clean', reason: '', samples },
    search: { outcome: 'stored', reason: '', samples },
    latest: { outcome: 'merged', reason: '', samples },
    analytics: isConsented
      ? { outcome: 'delivered', reason: '', samples }
      : { outcome: 'withheld', reason: 'consent_absent', samples },
  }
  return stages.map((stage) => ({
    ...track,
    stage,
    trackIndex: 0,
    deliveryTracks: 1,
    counts: [counts[stage]],
  }))
}
