// What riders say of their rides. A note hangs on a moment of a bike, so it stays with the ride when a late piece joins two.

export interface RideNote {
  readonly bikeId: string
  /** Unix milliseconds: the ride that covers this moment. */
  readonly atMs: number
  readonly changedAtMs: number
  /** Undefined where the rider gave none. */
  readonly name?: string | undefined
  /** Not listed unless it is asked for. */
  readonly hidden: boolean
  /** Somebody else rode: no estimate and no research learns from it. */
  readonly notMe: boolean
}

export type RideWords = Pick<RideNote, 'name' | 'hidden' | 'notMe'>

export interface RideNotes {
  /** The notes of a rider in the time from the first moment to the last one, both included. */
  notesOf(of: { riderId: string; fromMs: number; untilMs: number }): Promise<readonly RideNote[]>
  /** Replaces the note of that moment. */
  put(note: { riderId: string; bikeId: string; atMs: number } & RideWords): Promise<void>
}
