// The database, as the publication of bikes sees it.
import type { BikeEntity } from '../../../proto/gen/mobility/fleet/v1/bike_pb.js'

/** A bike that has changed since it was published last. */
export interface ChangedBike {
  readonly bikeId: string
  readonly version: number
  /** The whole bike at that version; undefined where something is known of it, such as a module, but not the bike. */
  readonly entity: BikeEntity | undefined
}

export interface BikeChanges {
  /** The bikes whose changes wait longest, each as it is at one moment. */
  waiting(limit: number): Promise<ChangedBike[]>
  /** Notes that these versions need not be published again, and of how many bikes: the others are just being changed. */
  published(bikes: readonly Pick<ChangedBike, 'bikeId' | 'version'>[]): Promise<number>
  /** How much is waiting, and for how long. */
  backlog(): Promise<{ readonly bikes: number; readonly oldestMs: number }>
}

export interface Leadership {
  /** Takes the lead where no other process has it. Asked again and again, since it may be lost. */
  isLeader(): Promise<boolean>
}
