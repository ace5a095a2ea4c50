// What the API asks of PostgreSQL.
import type { ApiStores } from '../api/port.ts'
import { createCommandStore } from './command-store.ts'
import type { Sql } from './connect.ts'
import { createFleetReader } from './fleet-reader.ts'
import { latestOf } from './latest-store.ts'
import { hasModule, presenceOf } from './presence-store.ts'
import { createCohortReader } from './quality-reader.ts'
import { isRegistered, ownershipsOf } from './registry-store.ts'
import { createReview } from './review.ts'
import { tracksOf } from './upload-status.ts'

export type PostgresApiStores = Omit<ApiStores, 'readSamples' | 'watchCommand' | 'ping'>

export function createApiStores(sql: Sql): PostgresApiStores {
  return {
    ownershipsOf: (bikeId, riderId) => ownershipsOf(sql, bikeId, riderId),
    isRegistered: (bikeId) => isRegistered(sql, bikeId),
    hasModule: (bikeId) => hasModule(sql, bikeId),
    latestOf: (bikeId) => latestOf(sql, bikeId),
    presenceOf: (bikeId) => presenceOf(sql, bikeId),
    tracksOf: (uploadId, sender) => tracksOf(sql, uploadId, sender),
    commands: createCommandStore(sql),
    fleet: createFleetReader(sql),
    review: createReview(sql),
    ...createCohortReader(sql),
  }
}
