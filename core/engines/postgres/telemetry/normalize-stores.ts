// PostgreSQL for normalize: bikes as bike.entity has told of each (not the tables it was made from), and the decisions about
// clocks, each kept as it was first made, in their order. And who was erased, of which search asks, too.
import { fromBinary } from '@bufbuild/protobuf'
import { BikeEntitySchema } from '../../../../proto/gen/mobility/fleet/v1/bike_pb.js'
import type {
  BikeRegistry,
  ClockDecision,
  ClockProposal,
  ClockQuestion,
  ClockRule,
  ClockStore,
  ErasedSpan,
  ErasedSpans,
  KnownBike,
  KnownClock,
  Tombstone,
  Tombstones,
} from '../../../telemetry/normalize/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

export function createBikeRegistry(sql: Sql): BikeRegistry {
  return {
    async find(bikeIds) {
      const rows = await sql<{ entity: Buffer }[]>`
        select entity from known_bikes where bike_id = any(${[...bikeIds]}::uuid[])`
      return new Map(rows.map(({ entity }) => knownBike(entity)).map((bike) => [bike.bikeId, bike]))
    },
  }
}

function knownBike(bytes: Uint8Array): KnownBike {
  const { bikeId, version, producedAtMs, ownerships, deviceIds, devices } = fromBinary(
    BikeEntitySchema,
    bytes,
  )
  const samplesFrom = new Map(devices.map(({ deviceId, samplesFromMs }) => [deviceId, Number(samplesFromMs)]))
  return {
    bikeId,
    version: Number(version),
    producedAtMs: Number(producedAtMs),
    ownerships: ownerships.map(({ riderId, fromMs, untilMs }) => ({
      riderId,
      fromMs: fromMs === undefined ? -Infinity : Number(fromMs),
      untilMs: untilMs === undefined ? Infinity : Number(untilMs),
    })),
    // An older entity tells no times of its modules. They are believed for all times until a newer entity comes.
    devices: deviceIds.map((deviceId) => ({
      ...{ deviceId, samplesFromMs: samplesFrom.get(deviceId) ?? -Infinity },
    })),
  }
}

/** `tombstoneOf` is that of erasures (core/runtime/config.ts). */
export function createTombstones(sql: Sql, tombstoneOf: (riderId: string) => string): Tombstones {
  return {
    async find(riderIds) {
      if (riderIds.length === 0) return new Map()
      const riders = new Map(riderIds.map((riderId) => [tombstoneOf(riderId), riderId]))
      const rows = await sql<(Tombstone & { tombstone: string })[]>`
        select tombstone, erasure_id as "erasureId", epoch_ms(erased_at) as "erasedAtMs" from erasure_tombstones
        where tombstone = any(${[...riders.keys()]}::text[])`
      return new Map(rows.map(({ tombstone, ...erased }) => [riders.get(tombstone) as string, erased]))
    },
  }
}

export function createErasedSpans(sql: Sql): ErasedSpans {
  return {
    async find(bikeIds) {
      const rows = await sql<
        { bikeId: string; name: string; fromMs: number | null; untilMs: number | null }[]
      >`
        select bike_id as "bikeId", rider_id as name, epoch_ms(lower(owned)) as "fromMs", epoch_ms(upper(owned)) as "untilMs"
        from ownerships where bike_id = any(${[...bikeIds]}::uuid[]) and rider_id like 'erased:%'`
      const spans = rows.map(({ fromMs, untilMs, ...row }) => ({
        ...{ ...row, fromMs: fromMs ?? -Infinity, untilMs: untilMs ?? Infinity },
      }))
      return Map.groupBy<string, ErasedSpan & { bikeId: string }>(spans, ({ bikeId }) => bikeId)
    },
  }
}

export function createClockStore(sql: Sql): ClockStore {
  return {
    find: (questions) => findClocks(sql, questions),
    async decide(questions, plan) {
      await sql.begin(async (tx) => {
        await lockRecorders(tx, questions)
        await insertDecisions(tx, plan(await findClocks(tx, questions)))
      })
    },
  }
}

/** In an order, so that two workers cannot wait for each other. */
async function lockRecorders(tx: Transaction, questions: readonly ClockQuestion[]): Promise<void> {
  const names = questions.map(({ sender, recorderId }) => `${recorderId} ${sender}`)
  await tx`
    select pg_advisory_xact_lock(key) from (
      select distinct hashtextextended(name, 0) as key from unnest(${names}::text[]) as name order by key
    ) as locks`
}

interface ClockRow {
  formerRule: ClockRule | null
  formerOffsetMs: string | null
  mayBeFormer: boolean
  ownRule: ClockRule | null
  ownOffsetMs: string | null
  epochRule: ClockRule | null
  epochOffsetMs: string | null
}

async function findClocks(
  sql: Sql | Transaction,
  questions: readonly ClockQuestion[],
): Promise<KnownClock[]> {
  const rows = await sql<ClockRow[]>`
    select former.rule as "formerRule", former.offset_ms as "formerOffsetMs",
      any_former.held_until is not null as "mayBeFormer",
      own.rule as "ownRule", own.offset_ms as "ownOffsetMs", epoch.rule as "epochRule", epoch.offset_ms as "epochOffsetMs"
    from unnest(
      ${questions.map(({ sender }) => sender)}::text[],
      ${questions.map(({ recorderId }) => recorderId)}::uuid[],
      ${questions.map(({ clockEpoch }) => clockEpoch)}::bigint[],
      ${questions.map(({ bootId }) => bootId)}::bigint[],
      ${questions.map(({ sameBoot }) => sameBoot?.fromMs ?? null)}::bigint[],
      ${questions.map(({ sameBoot }) => sameBoot?.untilMs ?? null)}::bigint[],
      ${questions.map(({ uploadId }) => uploadId)}::uuid[],
      ${questions.map(({ receivedAtMs }) => new Date(receivedAtMs).toISOString())}::timestamptz[]
    ) with ordinality as asked (sender, recorder_id, clock_epoch, boot_id, from_ms, until_ms, upload_id, received_at, number)
    left join former_clock_decisions as any_former using (recorder_id, clock_epoch)
    left join lateral (
      select any_former.rule, any_former.offset_ms
      where any_former.held_until is not null and (asked.received_at <= any_former.held_until or exists (
        select from ledger_books as known
        where known.upload_id = asked.upload_id and known.sender = asked.sender and known.received_at <= any_former.held_until
          and (not known.by_module or id_head(known.track_id) = id_head(asked.upload_id))))
    ) as former on true
    left join lateral (
      select rule, offset_ms from clock_decisions as kept
      where (kept.sender, kept.recorder_id, kept.clock_epoch, kept.boot_id)
          = (asked.sender, asked.recorder_id, asked.clock_epoch, asked.boot_id)
        and case when asked.from_ms is null then kept.boot_wall_ms is null
          else kept.boot_wall_ms between asked.from_ms and asked.until_ms end
      order by decision_id limit 1
    ) as own on true
    left join lateral (
      select rule, offset_ms from clock_decisions as kept
      where (kept.sender, kept.recorder_id, kept.clock_epoch) = (asked.sender, asked.recorder_id, asked.clock_epoch)
      order by decision_id limit 1
    ) as epoch on true
    order by asked.number`
  return rows.map((row) => ({
    former: decision(row.formerRule, row.formerOffsetMs),
    mayBeFormer: row.mayBeFormer,
    own: decision(row.ownRule, row.ownOffsetMs),
    epoch: decision(row.epochRule, row.epochOffsetMs),
  }))
}

function decision(rule: ClockRule | null, offsetMs: string | null): ClockDecision | undefined {
  return rule === null ? undefined : { rule, offsetMs: Number(offsetMs) }
}

async function insertDecisions(tx: Transaction, proposals: readonly ClockProposal[]): Promise<void> {
  if (proposals.length === 0) return
  await tx`
    insert into clock_decisions (sender, recorder_id, clock_epoch, boot_id, boot_wall_ms, rule, offset_ms, decided_by)
    select sender, recorder_id, clock_epoch, boot_id, boot_wall_ms, rule, offset_ms, decided_by from unnest(
      ${proposals.map(({ sender }) => sender)}::text[],
      ${proposals.map(({ recorderId }) => recorderId)}::uuid[],
      ${proposals.map(({ clockEpoch }) => clockEpoch)}::bigint[],
      ${proposals.map(({ bootId }) => bootId)}::bigint[],
      ${proposals.map(({ bootWallMs }) => bootWallMs ?? null)}::bigint[],
      ${proposals.map(({ decision: { rule } }) => rule)}::text[],
      ${proposals.map(({ decision: { offsetMs } }) => offsetMs)}::bigint[],
      ${proposals.map(({ trackId }) => trackId)}::uuid[]
    ) with ordinality as proposed (
      sender, recorder_id, clock_epoch, boot_id, boot_wall_ms, rule, offset_ms, decided_by, number)
    order by number`
}

/** A decision about a recorder's clock, as it is shown; `bootId` is null where the decision holds for a whole epoch. */
export interface ShownClock {
  readonly sender: string | null
  readonly clockEpoch: number
  readonly bootId: number | null
  readonly bootWallMs: number | null
  readonly rule: ClockRule
  readonly offsetMs: number
  readonly decidedBy: string
  readonly decidedAt: Date
  /** Until when a decision without a sender held; null for those that hold. */
  readonly heldUntil: Date | null
}

/** The newest decisions about a recorder's clocks, of all senders. */
export function clocksOf(sql: Sql, recorderId: string, limit: number): Promise<ShownClock[]> {
  return sql<ShownClock[]>`
    select * from (
      select sender, clock_epoch::float8 as "clockEpoch", boot_id::float8 as "bootId", boot_wall_ms::float8 as "bootWallMs",
        rule, offset_ms::float8 as "offsetMs", decided_by as "decidedBy", decided_at as "decidedAt",
        null::timestamptz as "heldUntil"
      from clock_decisions where recorder_id = ${recorderId}::uuid
      union all
      select null, clock_epoch, null, null, rule, offset_ms, decided_by, decided_at, held_until
      from former_clock_decisions where recorder_id = ${recorderId}::uuid
    ) as decisions
    order by "decidedAt" desc, "clockEpoch" desc limit ${limit}`
}
