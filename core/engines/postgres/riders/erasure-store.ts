// Erasures in PostgreSQL: how far each is, and the statements that make each table of the list of stores forget a rider.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { QuarantinedTrackSchema, RawTrackSchema, readTrack } from '../../../../proto/index.ts'
import {
  type DeletedTable,
  type ErasedSamples,
  type Erasure,
  type ErasureObstacle,
  type ErasureRequests,
  type ErasureState,
  type ErasureStore,
  erasedName,
  type FinishedErasure,
  type RiderErasures,
  type UnnamedTable,
} from '../../../riders/own-data/erasure/port.ts'
import { backlogOf, type Fragment, type Sql, type Transaction } from '../client/connect.ts'
import { notYetKnown } from '../fleet/known-bikes.ts'
import { dropResearchKey } from './consent-store.ts'
import { bikesOf } from './own-records.ts'

interface Names {
  readonly riderId: string
  /** The name of the erasure, under which the rider's bikes are. */
  readonly erased: string
}

export function createErasureRequests(sql: Sql): ErasureRequests {
  return {
    async begin(erasureId, riderId) {
      const names = { riderId, erased: erasedName(erasureId) }
      return (await sql.begin(async (tx) => ({ outcome: await begin(tx, erasureId, names) }))).outcome
    },
    obstacle: (erasureId, riderId) => obstacleTo(sql, erasureId, riderId),
    async restrict(erasureId, riderId, obstacle) {
      await sql.begin(async (tx) => {
        await lockRider(tx, riderId)
        await endUse(tx, riderId)
        await tx`
          insert into erasure_requests (erasure_id, rider_id, due_at, tried_at, obstacle)
          values (${erasureId}, ${riderId}, now(), now(), ${obstacle}) on conflict do nothing`
      })
    },
    hold: ({ proposalId, riderId, untilMs }) =>
      sql.begin(async (tx) => {
        await lockRider(tx, riderId)
        const begun = await tx`select from erasures where rider_id = ${riderId}`
        if (begun.length > 0) return false
        await tx`
          insert into legal_holds (rider_id, proposal_id, until) values (${riderId}, ${proposalId}, ${new Date(untilMs)})
          on conflict (rider_id) do update set proposal_id = excluded.proposal_id, until = excluded.until`
        return true
      }) as Promise<boolean>,
  }
}

async function lockRider(tx: Transaction, riderId: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`erasure ${riderId}`}, 0))`
}

async function begin(
  tx: Transaction,
  erasureId: string,
  { riderId, erased }: Names,
): Promise<'begun' | ErasureObstacle> {
  await lockRider(tx, riderId)
  const [known] = await tx`select from erasures where erasure_id = ${erasureId}`
  if (known !== undefined) return 'begun'
  const obstacle = await obstacleTo(tx, erasureId, riderId)
  if (obstacle !== undefined) return obstacle
  const owned = await tx`
    select from ownerships where rider_id = ${riderId} and (upper_inf(owned) or upper(owned) > clock_timestamp()) limit 1`
  if (owned.length > 0) return 'owns_bikes'
  await tx`delete from erasure_requests where erasure_id = ${erasureId}`
  await tx`insert into erasures (erasure_id, rider_id) values (${erasureId}, ${riderId})`
  await tx`update ownerships set rider_id = ${erased} where rider_id = ${riderId}`
  await endUse(tx, riderId)
  return 'begun'
}

async function obstacleTo(
  sql: Sql | Transaction,
  erasureId: string,
  riderId: string,
): Promise<Exclude<ErasureObstacle, 'owns_bikes'> | undefined> {
  const [is] = await sql<{ under: boolean; held: boolean; asked: boolean; open: boolean }[]>`
    select exists (select from erasures where rider_id = ${riderId} and erasure_id <> ${erasureId}) as under,
      exists (select from legal_holds where rider_id = ${riderId} and until > now()) as held,
      exists (select from erasure_requests where rider_id = ${riderId} and erasure_id <> ${erasureId}) as asked,
      exists (select from ownership_cases
        where closed_at is null and (former_rider = ${riderId} or new_rider = ${riderId})) as open`
  if (is?.under) return 'other_under_way'
  if (is?.asked) return 'asked_by_rider'
  if (is?.held) return 'held'
  return is?.open ? 'case_open' : undefined
}

/** Nobody uses or reads what is the rider's from then on. */
async function endUse(tx: Transaction, riderId: string): Promise<void> {
  await tx`delete from consents where rider_id = ${riderId}`
  await dropResearchKey(tx, riderId)
  await tx`update bike_grants set revoked_at = now() where rider_id = ${riderId} and revoked_at is null`
}

export function createErasureStore(sql: Sql, tombstoneOf: (riderId: string) => string): ErasureStore {
  return {
    async open(limit) {
      const rows = await sql<(Omit<Erasure, 'awaited'> & { awaited: Erasure['awaited'] | null })[]>`
        select erasure_id as "erasureId", rider_id as "riderId", epoch_ms(requested_at) as "requestedAtMs", step,
          reached as "reachedMs", awaited, unblocked
        from erasures where step <> 'done' order by requested_at limit ${limit}`
      return rows.map((row) => ({ ...row, awaited: row.awaited ?? undefined }))
    },
    backlog: () => backlogOf(sql, 'requested_at', sql`erasures where step <> 'done'`),
    async reach({ erasureId, step }, to, awaited) {
      await sql`
        update erasures set step = ${to}, awaited = ${awaited === undefined ? null : sql.json(awaited)},
          reached = reached || case when step = ${to} then '{}' else jsonb_build_object(step, epoch_ms(clock_timestamp())) end
        where erasure_id = ${erasureId} and step = ${step}`
    },
    async bury({ erasureId, riderId, requestedAtMs }) {
      const tombstone = tombstoneOf(riderId)
      await sql`
        insert into erasure_tombstones as known (tombstone, erasure_id, erased_at)
        select ${tombstone}, erasure_id, requested_at from erasures where erasure_id = ${erasureId}
        on conflict (tombstone) do update set erasure_id = excluded.erasure_id, erased_at = excluded.erased_at
        where excluded.erased_at > known.erased_at`
      return { erasureId, tombstone, erasedAtMs: Math.ceil(requestedAtMs) }
    },
    async areBikesKnown({ erasureId }) {
      const bikes = await sql<{ bikeId: string }[]>`
        select distinct bike_id as "bikeId" from ownerships where rider_id = ${erasedName(erasureId)}`
      const ids = bikes.map(({ bikeId }) => bikeId)
      return (await notYetKnown(sql, ids)).length === 0
    },
    samplesOf: (erasure) => samplesOf(sql, namesOf(erasure)),
    async eraseRows(erasure) {
      await sql.begin((tx) => eraseRows(tx, namesOf(erasure)))
    },
    rowsLeft: (erasure) => rowsLeft(sql, namesOf(erasure)),
    async unblock({ erasureId }, index) {
      await sql`
        update erasures set unblocked = array_append(unblocked, ${index})
        where erasure_id = ${erasureId} and ${index} <> all(unblocked)`
    },
    async blocked({ erasureId }, index) {
      await sql`
        update erasures set unblocked = array_remove(unblocked, ${index}) where erasure_id = ${erasureId}`
    },
    async finish({ erasureId, step }, stores) {
      await sql`
        update erasures set step = 'done', rider_id = null, stores = ${sql.json([...stores] as never)}, awaited = null,
          reached = reached || jsonb_build_object(step, epoch_ms(clock_timestamp()))
        where erasure_id = ${erasureId} and step = ${step}`
    },
  }
}

/**
 * Elasticsearch was restored to `sinceMs`: erasures that had deleted documents since delete them once more. The riders have no names any more:
 * a name that nobody has takes their place, and the spans of the bikes tell which documents. Resolves with how many erasures there are.
 */
export async function eraseDocumentsAgain(sql: Sql, sinceMs: number): Promise<number> {
  const { count } = await sql`
    update erasures set step = 'documents', rider_id = 'again:' || erasure_id, stores = null
    where step = 'done' and (reached ->> 'documents')::float8 >= ${sinceMs}`
  return count
}

export function createRiderErasures(sql: Sql): RiderErasures {
  async function stateOf(where: Fragment): Promise<ErasureState | undefined> {
    const [row] = await sql<StateRow[]>`
      select erasure_id as "erasureId", state, epoch_ms(requested_at) as "requestedAtMs", epoch_ms(due_at) as "dueAtMs", obstacle,
        stores, done_ms as "doneAtMs"
      from (
        select erasure_id, rider_id, 'waits' as state, asked_at as requested_at, due_at, obstacle, null::jsonb as stores,
          null::float8 as done_ms
        from erasure_requests
        union all
        select erasure_id, rider_id, case when step = 'done' then 'done' else 'goes_on' end, requested_at, null, null, stores,
          (reached ->> 'counted')::float8
        from erasures
      ) as erasure where ${where} limit 1`
    if (row === undefined) return undefined
    const { stores, doneAtMs, ...state } = row
    const { erasureId, requestedAtMs } = state
    return {
      ...state,
      finished: stores === null ? undefined : { erasureId, requestedAtMs, doneAtMs, stores },
    }
  }
  const ofRider = (riderId: string) => stateOf(sql`rider_id = ${riderId}`)
  return {
    async ask(riderId, delayMs) {
      await sql.begin(async (tx) => {
        await lockRider(tx, riderId)
        await tx`
          insert into erasure_requests (rider_id, due_at)
          select ${riderId}, now() + make_interval(secs => ${delayMs / 1_000})
          where not exists (select from erasures where rider_id = ${riderId})
          on conflict (rider_id) do nothing`
      })
      const state = await ofRider(riderId)
      if (state === undefined) throw new Error('the request was taken back at once')
      return state
    },
    async takeBack(riderId) {
      await sql`delete from erasure_requests where rider_id = ${riderId}`
    },
    ofRider,
    find: (erasureId) => stateOf(sql`erasure_id = ${erasureId}`),
    due: (limit) => sql<{ erasureId: string; riderId: string }[]>`
      select erasure_id as "erasureId", rider_id as "riderId" from erasure_requests
      where due_at <= now() order by tried_at nulls first, due_at limit ${limit}`,
    async hindered(erasureId, obstacle) {
      await sql`
        update erasure_requests set tried_at = now(), obstacle = ${obstacle} where erasure_id = ${erasureId}`
    },
  }
}

interface StateRow extends Omit<ErasureState, 'finished'> {
  readonly stores: FinishedErasure['stores'] | null
  readonly doneAtMs: number
}

/** Undefined where there is no such erasure; `doneAtMs` is undefined where it goes on. */
export async function findErasure(
  sql: Sql,
  erasureId: string,
): Promise<FinishedErasure | { readonly step: string } | undefined> {
  const [row] = await sql<(FinishedErasure & { step: string })[]>`
    select erasure_id as "erasureId", epoch_ms(requested_at) as "requestedAtMs", step, stores,
      (reached ->> 'counted')::float8 as "doneAtMs"
    from erasures where erasure_id = ${erasureId}`
  if (row === undefined || row.step !== 'done') return row
  const { step: _, ...finished } = row
  return finished
}

const namesOf = ({ erasureId, riderId }: Erasure): Names => ({ riderId, erased: erasedName(erasureId) })

const samplesOf = async (sql: Sql | Transaction, { riderId, erased }: Names): Promise<ErasedSamples> => ({
  riderIds: [riderId, erased],
  bikes: await bikesOf(sql, erased),
})

type Where = (sql: Sql | Transaction, names: Names) => Fragment

const ofRider: Where = (sql, { riderId }) => sql`rider_id = ${riderId}`
/** What was made from samples after the erasure had begun has its name. */
const ofEither: Where = (sql, { riderId, erased }) => sql`rider_id in (${riderId}, ${erased})`
const sentBy: Where = (sql, { riderId }) => sql`sender = ${riderId}`
/** Of tracks that the rider sent, settled or not. */
const ofTracks =
  (column: string): Where =>
  (sql, { riderId }) =>
    sql`${sql(column)} in (select track_id from ledger_books where sender = ${riderId} and not by_module)`
/** Of a bike, at a time at which it was the rider's. */
const owned =
  (table: string, time: string): Where =>
  (sql, { erased }) =>
    sql`
    exists (select from ownerships as own where own.rider_id = ${erased} and own.bike_id = ${sql(table)}.bike_id
      and own.owned @> ${sql(time)})`
const ofCommands: Where = (sql, names) =>
  sql`(requested_by = ${`rider:${names.riderId}`} or ${owned('commands', 'created_at')(sql, names)})`

/** Whose rows go: those that lead to others last. Settings of a bike were forgotten when the rider's time as its owner ended. */
const deleted: Readonly<Record<Exclude<DeletedTable, 'quarantine' | 'bike_settings'>, Where>> = {
  notices: ofRider,
  consents: ofRider,
  consent_acts: ofRider,
  research_keys: ofRider,
  bike_grants: ofRider,
  ride_notes: ofRider,
  privacy_zones: ofRider,
  rider_references: ofRider,
  erasure_requests: ofRider,
  legal_holds: ofRider,
  access_concerns: ofRider,
  claim_attempts: (sql, { riderId }) => sql`caller = ${`rider:${riderId}`}`,
  command_history: (sql, names) =>
    sql`command_id in (select command_id from commands where ${ofCommands(sql, names)})`,
  commands: ofCommands,
  rides: ofEither,
  fault_events: ofEither,
  bike_days: ofEither,
  latest_state: owned('latest_state', 'event_at'),
  reported_parts: owned('reported_parts', 'told_at'),
  ride_marks: owned('ride_marks', 'from_at'),
  clock_decisions: sentBy,
  former_clock_decisions: ofTracks('decided_by'),
  analytics_claims: ofTracks('track_id'),
  ledger_counts: ofTracks('track_id'),
  ledger_tracks: sentBy,
  ledger_settled: (sql, { riderId }) =>
    sql`sender in (select name_id from ledger_names where name = ${riderId})`,
  ledger_names: (sql, { riderId }) => sql`name = ${riderId}`,
}

/** Columns with a rider's name, and what stands before it there. */
const unnamed: Readonly<
  Record<Exclude<UnnamedTable, 'superseded_rows' | 'proposals'>, Readonly<Record<string, string>>>
> = {
  ownerships: { rider_id: '' },
  ownership_changes: { former_rider: '', new_rider: '', author: 'rider:' },
  ownership_cases: { former_rider: '', new_rider: '' },
  ownership_offers: { rider_id: '', used_by: '' },
  claim_codes: { used_by: '' },
}

/** The name as a whole text of JSON, and as people are shown it. */
const inJson = ({ riderId, erased }: Names) =>
  ['', 'rider '].map((before) => [JSON.stringify(before + riderId), JSON.stringify(before + erased)] as const)

async function eraseRows(tx: Transaction, names: Names): Promise<void> {
  const { riderId, erased } = names
  const entries = await quarantined(tx, names)
  await tx`delete from quarantine where quarantine_id = any(${entries}::uuid[])`
  for (const [table, where] of Object.entries(deleted))
    await tx`delete from ${tx(table)} where ${where(tx, names)}`
  // Whatever a rider said when he objected is his.
  await tx`update ownership_cases set objection = '' where former_rider = ${riderId} and objection is not null`
  for (const [table, columns] of Object.entries(unnamed)) {
    for (const [column, before] of Object.entries(columns)) {
      await tx`update ${tx(table)} set ${tx(column)} = ${before + erased} where ${tx(column)} = ${before + riderId}`
    }
  }
  await tx`
    update superseded_rows set row = jsonb_set(row, '{rider_id}', to_jsonb(${erased}::text)) where row ->> 'rider_id' = ${riderId}`
  await tx`update proposals set subject = ${erased} where subject = ${riderId}`
  for (const [from, to] of inJson(names)) {
    await tx`
      update proposals set payload = replace(payload::text, ${from}, ${to})::jsonb,
        effects = replace(effects::text, ${from}, ${to})::jsonb
      where position(${from} in payload::text || effects::text) > 0`
  }
}

async function rowsLeft(sql: Sql, names: Names): Promise<Record<string, number>> {
  const { riderId } = names
  const questions: [string, Fragment][] = [
    ...Object.entries(deleted).map(([table, where]): [string, Fragment] => [table, where(sql, names)]),
    ...Object.entries(unnamed).flatMap(([table, columns]) =>
      Object.entries(columns).map(([column, before]): [string, Fragment] => [
        table,
        sql`${sql(column)} = ${before + riderId}`,
      ]),
    ),
    ['superseded_rows', sql`row ->> 'rider_id' = ${riderId}`],
    ['proposals', sql`subject = ${riderId}`],
    ...inJson(names).map(([from]): [string, Fragment] => [
      'proposals',
      sql`position(${from} in payload::text || effects::text) > 0`,
    ]),
  ]
  const left: Record<string, number> = {}
  for (const [table, where] of questions) {
    const [row] = await sql<{ rows: number }[]>`
      select count(*)::float8 as rows from ${sql(table)} where ${where}`
    if (row !== undefined && row.rows > 0) left[table] = (left[table] ?? 0) + row.rows
  }
  const entries = await quarantined(sql, names)
  return entries.length > 0 ? { ...left, quarantine: entries.length } : left
}

/**
 * Ids of entries that are the rider's: a phone's by its sender, a module's where any sample was recorded while the bike was the rider's,
 * or where nobody can read when.
 */
async function quarantined(sql: Sql | Transaction, names: Names): Promise<string[]> {
  // As the field of the sender stands in a record, with its length: no longer name matches.
  const sender = Buffer.from(toBinary(RawTrackSchema, create(RawTrackSchema, { sender: names.riderId })))
  const ids = await sql<{ id: string }[]>`
    select quarantine_id as id from quarantine where position(${sender} in record) > 0`
  const found = ids.map(({ id }) => id)
  const { bikes } = await samplesOf(sql, names)
  for (const { bikeId, windows } of bikes) {
    const ofBike = await sql<{ id: string }[]>`
      select quarantine_id as id from quarantine where bike_id = ${bikeId} and quarantine_id <> all(${found}::uuid[])`
    for (const { id } of ofBike) {
      const [entry] = await sql<{ record: Uint8Array }[]>`
        select record from quarantine where quarantine_id = ${id}`
      const times = entry && timesOf(entry.record)
      if (times === undefined) continue
      const isOwn = (timeMs: number) => windows.some(({ fromMs, toMs }) => timeMs >= fromMs && timeMs < toMs)
      if (times.length === 0 || times.some(isOwn)) found.push(id)
    }
  }
  return found
}

/** Undefined where no module sent it; none where its bytes are no track. */
function timesOf(record: Uint8Array): readonly number[] | undefined {
  const { raw } = fromBinary(QuarantinedTrackSchema, record)
  if (raw?.device === undefined) return undefined
  try {
    return [...readTrack(raw.track).timesMs]
  } catch {
    return []
  }
}
