// The store of known bikes, as the bikes worker sees it.

/** A BikeEntity as it came. */
export interface BikeNews {
  readonly bikeId: string
  readonly version: bigint
  readonly entity: Uint8Array
  /** SHA-256 of that in it by which telemetry is judged, in hex: the bike's production, owners and modules. */
  readonly judgedBy: string
}

export interface KnownBikes {
  /** Keeps entities that are newer than the known one of their bike, and returns how many those were. At most one a bike. */
  learn(news: readonly BikeNews[]): Promise<number>
}
