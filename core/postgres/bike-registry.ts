// Bikes with their modules and their owners over time, as normalize asks for them.
import type { BikeRegistry, KnownBike } from '../normalize/port.ts'
import type { Sql } from './connect.ts'

interface Row {
  bikeId: string
  producedAt: Date
  riderId: string | null
  from: Date | null
  until: Date | null
  devices: string[]
}

export function createBikeRegistry(sql: Sql): BikeRegistry {
  return {
    async find(bikeIds) {
      const rows = await sql<Row[]>`
        select bike_id as "bikeId", produced_at as "producedAt", rider_id as "riderId",
          lower(owned) as from, upper(owned) as until,
          array(select device_id::text from devices where devices.bike_id = bikes.bike_id) as devices
        from bikes left join ownerships using (bike_id)
        where bike_id = any(${[...bikeIds]}::uuid[])`
      const byBike = Map.groupBy(rows, ({ bikeId }) => bikeId)
      return new Map([...byBike].map(([bikeId, ofBike]) => [bikeId, knownBike(bikeId, ofBike)]))
    },
  }
}

function knownBike(bikeId: string, rows: readonly Row[]): KnownBike {
  const ownerships = rows.flatMap(({ riderId, from, until }) =>
    riderId === null
      ? []
      : [{ riderId, fromMs: from?.getTime() ?? -Infinity, untilMs: until?.getTime() ?? Infinity }],
  )
  const { producedAt, devices = [] } = rows[0] ?? {}
  return { bikeId, producedAtMs: producedAt?.getTime() ?? Infinity, ownerships, devices }
}
