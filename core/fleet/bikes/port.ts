// What the bikes worker needs of the store of known bikes.

/** A BikeEntity as it came. */
export interface BikeNews {
  readonly bikeId: string
  readonly version: bigint
  readonly entity: Uint8Array
}

export interface KnownBikes {
  /** Keeps what is newer than what is known of its bike, and returns how many that were. One a bike. */
  learn(news: readonly BikeNews[]): Promise<number>
}
