// Makes bikes known to normalize as the fleet and bikes processes do, without Kafka in between.
import { toBinary } from '@bufbuild/protobuf'
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { createBikeChanges } from '../core/engines/postgres/fleet/bike-changes.ts'
import { createKnownBikes } from '../core/engines/postgres/fleet/known-bikes.ts'
import { readNews } from '../core/fleet/bikes/news.ts'
import type { BikeNews } from '../core/fleet/bikes/port.ts'
import type { ChangedBike } from '../core/fleet/publication/port.ts'
import { BikeEntitySchema } from '../proto/gen/mobility/fleet/v1/bike_pb.js'
import { uuidBytes } from '../proto/index.ts'

const bikesAtOnce = 1_000

/** All that have changed. */
export async function knowBikes(sql: Sql): Promise<void> {
  const changes = createBikeChanges(sql)
  const store = createKnownBikes(sql)
  for (;;) {
    const bikes = await changes.waiting(bikesAtOnce)
    await store.learn(bikes.flatMap(newsOf))
    await changes.published(bikes)
    if (bikes.length < bikesAtOnce) return
  }
}

function newsOf({ bikeId, entity }: ChangedBike): BikeNews[] {
  if (entity === undefined) return []
  return [
    readNews({ key: Buffer.from(uuidBytes(bikeId)), value: Buffer.from(toBinary(BikeEntitySchema, entity)) }),
  ]
}
