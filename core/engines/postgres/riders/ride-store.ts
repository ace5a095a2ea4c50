// Rides in PostgreSQL, and the marks that say where they are to be found again.
import { readRideId, rideIdOf } from '../../../../proto/codec/ride-id.ts'
import type { Ownership } from '../../../riders/ownership/port.ts'
import type {
  BikeAtWork,
  Replacement,
  Ride,
  RideMark,
  RideReader,
  RideStore,
  RideSummary,
} from '../../../riders/rides/port.ts'
import { backlogOf, type Sql, type Transaction } from '../client/connect.ts'
import { decodeSummary, encodeSummary } from './ride-summary.ts'

export function createRideStore(sql: Sql): RideStore {
  return {
    async mark(marks) {
      if (marks.length > 0) await sql.begin((tx) => writeMarks(tx, marks))
    },
    take: (limits) => take(sql, limits),
    ridesBetween: (bikeId, { fromMs, untilMs }) =>
      selectRides(
        sql,
        sql`bike_id = ${bikeId}::uuid and from_at <= ${iso(untilMs)}::timestamptz
        and until_at >= ${iso(fromMs)}::timestamptz order by from_at`,
      ),
    replace: (replacement) => sql.begin((tx) => replace(tx, replacement)),
    backlog: () => backlogOf(sql, 'due_at', sql`ride_bikes where due_at <= now()`),
  }
}

export function createRideReader(sql: Sql): RideReader {
  return {
    ridesOf: ({ riderId, bikeId, fromMs, untilMs, after, limit }) =>
      selectRides(
        sql,
        sql`rider_id = ${riderId} and (${bikeId ?? null}::uuid is null or bike_id = ${bikeId ?? null}::uuid)
          and from_at >= coalesce(${isoOrNull(fromMs)}::timestamptz, '-infinity')
          and from_at < coalesce(${isoOrNull(untilMs)}::timestamptz, 'infinity')
          and (from_at, bike_id) < (coalesce(${isoOrNull(after?.fromMs)}::timestamptz, 'infinity'), ${readRideId(after?.rideId ?? '')?.bikeId ?? null}::uuid)
          order by from_at desc, bike_id desc limit ${limit}`,
      ),
    async covering({ riderId, bikeId, atMs }) {
      const [ride] = await selectRides(
        sql,
        sql`bike_id = ${bikeId}::uuid and rider_id = ${riderId} and from_at <= ${iso(atMs)}::timestamptz
          and until_at >= ${iso(atMs)}::timestamptz order by from_at limit 1`,
      )
      return ride
    },
  }
}

const iso = (ms: number) => new Date(ms).toISOString()
const isoOrNull = (ms: number | undefined) => (ms === undefined ? null : iso(ms))

/** The bike before its marks, in the order of ids, as whoever settles them does: so nobody waits in a circle. */
async function writeMarks(tx: Transaction, marks: readonly RideMark[]): Promise<void> {
  const bikeIds = [...new Set(marks.map(({ bikeId }) => bikeId))].sort()
  await tx`
    insert into ride_bikes as known (bike_id, due_at)
    select bike_id, now() + interval '1 second' from unnest(${bikeIds}::uuid[]) as given (bike_id) order by bike_id
    on conflict (bike_id) do update set due_at = least(coalesce(known.due_at, 'infinity'), excluded.due_at)`
  const inOrder = eachOnce(marks)
  await tx`
    insert into ride_marks as known
      (bike_id, mark_id, from_at, until_at, samples, moved_at, charged_at, recorder_id, recording_id)
    select * from unnest(
      ${inOrder.map(({ bikeId }) => bikeId)}::uuid[],
      ${inOrder.map(({ markId }) => markId)}::uuid[],
      ${inOrder.map(({ fromMs }) => iso(fromMs))}::timestamptz[],
      ${inOrder.map(({ untilMs }) => iso(untilMs))}::timestamptz[],
      ${inOrder.map(({ samples }) => samples)}::integer[],
      ${inOrder.map(({ movedAtMs }) => isoOrNull(movedAtMs))}::timestamptz[],
      ${inOrder.map(({ chargedAtMs }) => isoOrNull(chargedAtMs))}::timestamptz[],
      ${inOrder.map(({ recording }) => recording?.recorderId ?? null)}::uuid[],
      ${inOrder.map(({ recording }) => (recording === undefined ? null : String(recording.recordingId)))}::bigint[]
    )
    on conflict (bike_id, mark_id) do update set
      from_at = least(known.from_at, excluded.from_at), until_at = greatest(known.until_at, excluded.until_at),
      samples = greatest(known.samples, excluded.samples), moved_at = greatest(known.moved_at, excluded.moved_at),
      charged_at = greatest(known.charged_at, excluded.charged_at), marked_at = excluded.marked_at`
}

/** A track that was stored in parts is one mark of all of them. In the order of keys. */
function eachOnce(marks: readonly RideMark[]): RideMark[] {
  const byKey = new Map<string, RideMark>()
  for (const mark of marks) {
    const key = `${mark.bikeId} ${mark.markId}`
    const known = byKey.get(key)
    byKey.set(key, known === undefined ? mark : joined(known, mark))
  }
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, mark]) => mark)
}

function joined(a: RideMark, b: RideMark): RideMark {
  const later = (x: number | undefined, y: number | undefined) =>
    x === undefined || y === undefined ? (x ?? y) : Math.max(x, y)
  return {
    ...b,
    fromMs: Math.min(a.fromMs, b.fromMs),
    untilMs: Math.max(a.untilMs, b.untilMs),
    samples: Math.max(a.samples, b.samples),
    movedAtMs: later(a.movedAtMs, b.movedAtMs),
    chargedAtMs: later(a.chargedAtMs, b.chargedAtMs),
  }
}

interface BikeRow {
  bikeId: string
  revision: string
  readAtMs: number
  owners: { riderId: string; fromMs: number | null; untilMs: number | null }[]
  moduleIds: string[]
}

async function take(
  sql: Sql,
  { bikes, marks, leaseMs }: { bikes: number; marks: number; leaseMs: number },
): Promise<BikeAtWork[]> {
  const rows = await sql<BikeRow[]>`
    with taken as (
      update ride_bikes set due_at = now() + ${leaseMs} * interval '1 millisecond'
      where bike_id in (
        select bike_id from ride_bikes where due_at <= now() order by due_at limit ${bikes} for update skip locked)
      returning bike_id, revision, read_at)
    select bike_id as "bikeId", revision::text as revision, epoch_ms(read_at) as "readAtMs",
      coalesce((
        select json_agg(json_build_object(
          'riderId', rider_id, 'fromMs', epoch_ms(lower(owned)), 'untilMs', epoch_ms(upper(owned))) order by owned)
        from ownerships where ownerships.bike_id = taken.bike_id), '[]') as owners,
      coalesce((
        select json_agg(device_id order by device_id) from devices where devices.bike_id = taken.bike_id), '[]')
        as "moduleIds"
    from taken order by bike_id`
  const marksOf = Map.groupBy(await dueMarks(sql, rows, marks), ({ bikeId }) => bikeId)
  return rows.map(({ owners, ...row }) => ({
    ...row,
    owners: owners.map(
      ({ riderId, fromMs, untilMs }): Ownership => ({
        riderId,
        fromMs: fromMs ?? Number.NEGATIVE_INFINITY,
        untilMs: untilMs ?? Number.POSITIVE_INFINITY,
      }),
    ),
    marks: marksOf.get(row.bikeId) ?? [],
  }))
}

interface MarkRow extends Omit<BikeAtWork['marks'][number], 'movedAtMs' | 'chargedAtMs' | 'recording'> {
  movedAtMs: number | null
  chargedAtMs: number | null
  recorderId: string | null
  recordingId: number | null
}

/** The first ones of each bike. */
async function dueMarks(sql: Sql, bikes: readonly { bikeId: string }[], limit: number) {
  const rows = await sql<MarkRow[]>`
    select marks.* from unnest(${bikes.map(({ bikeId }) => bikeId)}::uuid[]) as given (bike_id), lateral (
      select bike_id as "bikeId", mark_id as "markId", epoch_ms(from_at) as "fromMs", epoch_ms(until_at) as "untilMs",
        samples, epoch_ms(moved_at) as "movedAtMs", epoch_ms(charged_at) as "chargedAtMs",
        epoch_ms(marked_at) as "markedAtMs", recorder_id as "recorderId", recording_id::float8 as "recordingId"
      from ride_marks where ride_marks.bike_id = given.bike_id order by from_at, mark_id limit ${limit}) as marks`
  return rows.map(({ movedAtMs, chargedAtMs, recorderId, recordingId, ...row }) => ({
    ...row,
    movedAtMs: movedAtMs ?? undefined,
    chargedAtMs: chargedAtMs ?? undefined,
    recording: recorderId === null || recordingId === null ? undefined : { recorderId, recordingId },
  }))
}

/** Whoever has read before the bike's rides were replaced by another one has read too little. */
async function replace(tx: Transaction, replacement: Replacement): Promise<boolean> {
  const { bikeId, revision, window, rides, settled, shortened, againAtMs } = replacement
  const isRead = window !== undefined
  const { count } = await tx`
    update ride_bikes set revision = revision + ${isRead ? 1 : 0}, read_at = case when ${isRead} then now() else read_at end
    where bike_id = ${bikeId}::uuid and revision = ${revision}::bigint`
  if (count === 0) return false
  if (window !== undefined) {
    await tx`
      delete from rides where bike_id = ${bikeId}::uuid
        and from_at <= ${iso(window.untilMs)}::timestamptz and until_at >= ${iso(window.fromMs)}::timestamptz
        and from_at <> all(${rides.map(({ fromMs }) => iso(fromMs))}::timestamptz[])`
    await writeRides(tx, rides)
  }
  await settle(tx, { bikeId, settled, shortened })
  await tx`
    update ride_bikes set due_at = case
      when exists (select from ride_marks where bike_id = ${bikeId}::uuid) then ${iso(againAtMs)}::timestamptz end
    where bike_id = ${bikeId}::uuid`
  return true
}

/** A ride that is as it was stays as it is, so that nobody is told of it. */
async function writeRides(tx: Transaction, rides: readonly Ride[]): Promise<void> {
  if (rides.length === 0) return
  const riderIds = [...new Set(rides.map(({ riderId }) => riderId))].sort()
  await tx`
    insert into rider_references (rider_id) select * from unnest(${riderIds}::text[])
    on conflict (rider_id) do nothing`
  await tx`
    insert into rides as known (bike_id, from_at, until_at, closes_at, rider_id, ended_by, summary)
    select bike_id, from_at, until_at, closes_at, rider_id, ended_by, decode(summary, 'base64') from unnest(
      ${rides.map(({ bikeId }) => bikeId)}::uuid[],
      ${rides.map(({ fromMs }) => iso(fromMs))}::timestamptz[],
      ${rides.map(({ untilMs }) => iso(untilMs))}::timestamptz[],
      ${rides.map(({ closesAtMs }) => iso(closesAtMs))}::timestamptz[],
      ${rides.map(({ riderId }) => riderId)}::text[],
      ${rides.map(({ end }) => end)}::text[],
      ${rides.map((ride) => Buffer.from(encodeSummary(ride)).toString('base64'))}::text[]
    ) as given (bike_id, from_at, until_at, closes_at, rider_id, ended_by, summary)
    on conflict (bike_id, from_at) do update set
      until_at = excluded.until_at, closes_at = excluded.closes_at, rider_id = excluded.rider_id,
      ended_by = excluded.ended_by, summary = excluded.summary, summary_json = null
    where (known.until_at, known.closes_at, known.rider_id, known.ended_by, known.summary)
      is distinct from
      (excluded.until_at, excluded.closes_at, excluded.rider_id, excluded.ended_by, excluded.summary)`
}

/** A mark that grew meanwhile stays. */
async function settle(
  tx: Transaction,
  { bikeId, settled, shortened }: Pick<Replacement, 'bikeId' | 'settled' | 'shortened'>,
): Promise<void> {
  const given = (marks: readonly RideMark[]) => tx`unnest(
    ${marks.map(({ markId }) => markId)}::uuid[], ${marks.map(({ samples }) => samples)}::integer[],
    ${marks.map(({ fromMs }) => iso(fromMs))}::timestamptz[], ${marks.map(({ untilMs }) => iso(untilMs))}::timestamptz[]
  ) as given (mark_id, samples, from_at, until_at)`
  const isAsTaken = tx`
    known.bike_id = ${bikeId}::uuid and known.mark_id = given.mark_id and known.samples = given.samples
    and known.from_at = given.from_at and known.until_at = given.until_at`
  if (settled.length > 0) await tx`delete from ride_marks as known using ${given(settled)} where ${isAsTaken}`
  for (const mark of shortened) {
    await tx`
      update ride_marks as known set from_at = ${iso(mark.leftFromMs)}::timestamptz, samples = 0
      from ${given([mark])} where ${isAsTaken}`
  }
}

interface RideRow extends Omit<Ride, 'rideId' | 'summary'> {
  readonly bytes: Uint8Array | null
  /** Of a ride that has not been found again since summaries were JSON; then there are no bytes. */
  readonly json: RideSummary
}

async function selectRides(sql: Sql, condition: ReturnType<Sql>): Promise<Ride[]> {
  const rows = await sql<RideRow[]>`
    select bike_id as "bikeId", rider_id as "riderId", epoch_ms(from_at) as "fromMs", epoch_ms(until_at) as "untilMs",
      epoch_ms(closes_at) as "closesAtMs", ended_by as end, summary as bytes, summary_json as json
    from rides where ${condition}`
  return rows.map(({ bytes, json, ...row }) => ({
    rideId: rideIdOf(row),
    ...row,
    summary: bytes === null ? json : decodeSummary(bytes, row.fromMs),
  }))
}
