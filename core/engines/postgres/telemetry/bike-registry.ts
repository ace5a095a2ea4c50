// Bikes as normalize asks for them: what bike.entity has told of each, not the tables it was made from.
import { fromBinary } from '@bufbuild/protobuf'
import { BikeEntitySchema } from '../../../../proto/index.ts'
import type { BikeRegistry, KnownBike } from '../../../telemetry/normalize/port.ts'
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
  const { bikeId, version, producedAtMs, ownerships, deviceIds } = fromBinary(BikeEntitySchema, bytes)
  return {
    bikeId,
    version: Number(version),
    producedAtMs: Number(producedAtMs),
    ownerships: ownerships.map(({ riderId, fromMs, untilMs }) => ({
      riderId,
      fromMs: fromMs === undefined ? -Infinity : Number(fromMs),
      untilMs: untilMs === undefined ? Infinity : Number(untilMs),
    })),
    devices: deviceIds,
  }
}
