// A bike that is to be published, as the database tells of it.
import type { BikeEntity } from '../../../proto/gen/mobility/fleet/v1/bike_pb.js'

/** A bike that has changed since it was published last. */
export interface ChangedBike {
  readonly bikeId: string
  readonly version: number
  /** The whole bike at that version; undefined where something is known of it, such as a module, but not the bike. */
  readonly entity: BikeEntity | undefined
}
