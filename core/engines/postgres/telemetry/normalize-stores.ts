// What normalize asks of PostgreSQL: bikes as bike.entity has told of each (not the tables it was made from), and the decisions about
// clocks, each kept as it was first made.
import { fromBinary } from '@bufbuild/protobuf'
import { BikeEntitySchema } from '../../../../proto/gen/mobility/fleet/v1/bike_pb.js'
import type {
  BikeRegistry,
  ClockProposal,
  ClockRule,
  ClockStore,
  KnownBike,
} from '../../../telemetry/normalize/port.ts'
import type { Sql } from '../client/connect.ts'

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
    // An entity from before it told times is replaced soon: its modules are believed until then, as they were.
    devices: deviceIds.map((deviceId) => ({
      ...{ deviceId, samplesFromMs: samplesFrom.get(deviceId) ?? -Infinity },
    })),
  }
}

export function createClockStore(sql: Sql): ClockStore {
  return {
    async settle(proposals, keys) {
      if (proposals.length > 0) await insertMissing(sql, proposals)
      // A statement of its own: only so it sees what another worker has decided meanwhile.
      const rows = await sql<{ recorderId: string; clockEpoch: string; rule: ClockRule; offsetMs: string }[]>`
        select recorder_id as "recorderId", clock_epoch as "clockEpoch", rule, offset_ms as "offsetMs"
        from clock_offsets join unnest(
          ${keys.map(({ recorderId }) => recorderId)}::uuid[],
          ${keys.map(({ clockEpoch }) => clockEpoch)}::bigint[]
        ) as wanted (recorder_id, clock_epoch) using (recorder_id, clock_epoch)`
      return rows.map(({ recorderId, clockEpoch, rule, offsetMs }) => ({
        recorderId,
        clockEpoch: Number(clockEpoch),
        decision: { rule, offsetMs: Number(offsetMs) },
      }))
    },
  }
}

/** In key order, so that two workers cannot wait for each other. */
async function insertMissing(sql: Sql, proposals: readonly ClockProposal[]): Promise<void> {
  await sql`
    insert into clock_offsets (recorder_id, clock_epoch, rule, offset_ms, decided_by)
    select * from unnest(
      ${proposals.map(({ recorderId }) => recorderId)}::uuid[],
      ${proposals.map(({ clockEpoch }) => clockEpoch)}::bigint[],
      ${proposals.map(({ decision }) => decision.rule)}::text[],
      ${proposals.map(({ decision }) => decision.offsetMs)}::bigint[],
      ${proposals.map(({ trackId }) => trackId)}::uuid[]
    ) as proposed (recorder_id, clock_epoch, rule, offset_ms, decided_by)
    order by recorder_id, clock_epoch
    on conflict do nothing`
}
