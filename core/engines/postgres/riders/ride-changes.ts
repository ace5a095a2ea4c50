// Rides that have changed, each as a whole: from the tables to the entities that are published.
import { create } from '@bufbuild/protobuf'
import { readRideId, rideIdOf } from '../../../../proto/codec/ride-id.ts'
import { type RideEntity, RideEntitySchema } from '../../../../proto/gen/mobility/riders/v1/ride_pb.js'
import type { Outbox } from '../../../runtime/publication.ts'
import { backlogOf, type Sql } from '../client/connect.ts'
import { withoutRecorders } from './ride-summary.ts'

/** Notified when a ride has changed. */
export const ridesChangedChannel = 'rides_changed'

interface ChangedRide {
  readonly rideId: string
  readonly version: number
  /** Undefined where the ride is gone. */
  readonly entity: RideEntity | undefined
}

interface Row {
  bikeId: string
  fromMs: number
  version: number
  ride: {
    untilMs: number
    closesAtMs: number
    end: string
    summary: string
    riderReference: string | null
  } | null
}

export function createRideChanges(sql: Sql): Outbox<ChangedRide> {
  return {
    async waiting(limit) {
      const rows = await sql<Row[]>`
        select bike_id as "bikeId", epoch_ms(from_at) as "fromMs", changes.version::float8 as version,
          (select json_build_object('untilMs', epoch_ms(until_at), 'closesAtMs', epoch_ms(closes_at), 'end', ended_by,
              'summary', encode(summary, 'base64'), 'riderReference', reference)
            from rides left join rider_references using (rider_id)
            where rides.bike_id = changes.bike_id and rides.from_at = changes.from_at) as ride
        from ride_changes as changes order by changed_at limit ${limit}`
      return rows.map((row) => ({
        ...{ rideId: rideIdOf(row), version: row.version },
        entity: row.ride === null ? undefined : entityOf({ ...row, ride: row.ride }),
      }))
    },
    async published(rides) {
      const ids = rides.flatMap(({ rideId }) => readRideId(rideId) ?? [])
      const { count } = await sql`
        delete from ride_changes using unnest(
          ${ids.map(({ bikeId }) => bikeId)}::uuid[],
          ${ids.map(({ fromMs }) => new Date(fromMs).toISOString())}::timestamptz[],
          ${rides.map(({ version }) => version)}::bigint[]
        ) as given (bike_id, from_at, version)
        where ride_changes.bike_id = given.bike_id and ride_changes.from_at = given.from_at
          and ride_changes.version = given.version`
      return count
    },
    backlog: () => backlogOf(sql, 'changed_at', sql`ride_changes`),
  }
}

function entityOf({ bikeId, fromMs, version, ride }: Row & { ride: NonNullable<Row['ride']> }): RideEntity {
  return create(RideEntitySchema, {
    ...{ rideId: rideIdOf({ bikeId, fromMs }), bikeId, end: ride.end },
    riderReference: ride.riderReference ?? '',
    version: BigInt(version),
    fromMs: BigInt(fromMs),
    untilMs: BigInt(ride.untilMs),
    closesAtMs: BigInt(ride.closesAtMs),
    summary: withoutRecorders(Buffer.from(ride.summary, 'base64')),
  })
}
