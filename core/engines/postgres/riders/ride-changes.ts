// Rides that have changed, each as a whole: from the tables to the entities that are published.
import { create } from '@bufbuild/protobuf'
import { type RideEntity, RideEntitySchema } from '../../../../proto/gen/mobility/riders/v1/ride_pb.js'
import type { Ride } from '../../../riders/rides/port.ts'
import type { Outbox } from '../../../runtime/publication.ts'
import type { Sql } from '../client/connect.ts'

/** Notified when a ride has changed. */
export const ridesChangedChannel = 'rides_changed'

interface ChangedRide {
  readonly rideId: string
  readonly version: number
  /** Undefined where the ride is gone. */
  readonly entity: RideEntity | undefined
}

interface Row extends Pick<Ride, 'rideId' | 'bikeId' | 'summary'> {
  version: number
  fromMs: number
  untilMs: number
  closesAtMs: number
  end: string | null
  riderReference: string | null
}

export function createRideChanges(sql: Sql): Outbox<ChangedRide> {
  return {
    async waiting(limit) {
      const rows = await sql<Row[]>`
        select changes.ride_id as "rideId", changes.version::float8 as version, bike_id as "bikeId",
          epoch_ms(from_at) as "fromMs", epoch_ms(until_at) as "untilMs", epoch_ms(closes_at) as "closesAtMs",
          ended_by as end, summary, reference as "riderReference"
        from (select * from ride_changes order by changed_at limit ${limit}) as changes
          left join rides using (ride_id) left join rider_references using (rider_id)`
      return rows.map((row) => ({
        ...{ rideId: row.rideId, version: row.version },
        entity: row.end === null ? undefined : entityOf({ ...row, end: row.end }),
      }))
    },
    async published(rides) {
      const { count } = await sql`
        delete from ride_changes using unnest(
          ${rides.map(({ rideId }) => rideId)}::text[], ${rides.map(({ version }) => version)}::bigint[]
        ) as given (ride_id, version)
        where ride_changes.ride_id = given.ride_id and ride_changes.version = given.version`
      return count
    },
    async backlog() {
      const [row] = await sql<{ items: number; oldestMs: number }[]>`
        select count(*)::float8 as items,
          coalesce(extract(epoch from now() - min(changed_at)) * 1000, 0)::float8 as "oldestMs"
        from ride_changes`
      return { items: row?.items ?? 0, oldestMs: row?.oldestMs ?? 0 }
    },
  }
}

function entityOf({ summary, riderReference, ...row }: Row & { end: string }): RideEntity {
  const { ambientC, batteryC, assistShares, ...told } = summary
  return create(RideEntitySchema, {
    ...{ rideId: row.rideId, bikeId: row.bikeId, riderReference: riderReference ?? '', end: row.end },
    version: BigInt(row.version),
    fromMs: BigInt(row.fromMs),
    untilMs: BigInt(row.untilMs),
    closesAtMs: BigInt(row.closesAtMs),
    summary: {
      ...{ movingS: told.movingS, standingS: told.standingS, unrecordedS: told.unrecordedS },
      ...{ pauses: told.pauses, stops: told.stops, distanceFrom: told.distanceFrom ?? '' },
      ...optional('distanceM', told.distanceM),
      ...optional('ascentM', told.ascentM),
      ...optional('descentM', told.descentM),
      ...optional('maxKmh', told.maxKmh),
      ...optional('energyWh', told.energyWh),
      energyCoverage: told.energyCoverage,
      assistShares: [...assistShares],
      ...optional('riderWorkWh', told.riderWorkWh),
      ...optional('ambientMeanC', ambientC?.mean),
      ...optional('batteryMeanC', batteryC?.mean),
      ...optional('chargeStartPct', told.chargeStartPct),
      ...optional('chargeEndPct', told.chargeEndPct),
      samples: told.samples,
    },
  })
}

function optional<K extends string>(key: K, value: number | undefined) {
  return (value === undefined ? {} : { [key]: value }) as { [key in K]?: number }
}
