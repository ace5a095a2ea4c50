// Who of staff looked at whose data, when and why. Times are Unix milliseconds.

/** Data of a bike from a time on: they are those of whoever has owned it since. */
interface ShownBike {
  readonly bikeId: string
  /** All over time where undefined. */
  readonly fromMs?: number | undefined
}

/** The persons whose data an answer shows. */
export interface Shown {
  readonly bikes?: readonly ShownBike[]
  /** Frame numbers: they stand for their bikes, all over time. */
  readonly frames?: readonly string[]
  /** They stand for the bikes that they are or were in, all over time. */
  readonly components?: readonly { readonly type: string; readonly serialNumber: string }[]
  /** Riders who are named. */
  readonly riders?: readonly string[]
}

export interface StaffAccess extends Shown {
  /** `staff:{subject of the token}` or `console:{user}`. */
  readonly who: string
  /** The operation of the API, such as `readLatest`, or the command. */
  readonly operation: string
  readonly reason: string
}

/** As the rider sees it. */
export interface RiderAccess {
  readonly accessId: string
  readonly atMs: number
  readonly who: string
  readonly operation: string
  readonly reason: string
  /** Of his bikes. */
  readonly bikeIds: readonly string[]
}

interface AccessPage {
  /** Newest first. */
  readonly accesses: readonly RiderAccess[]
  readonly nextCursor: string | undefined
}

export interface AccessLog {
  /** Resolves when it is stored: before, nothing may be shown. */
  record(access: StaffAccess): Promise<void>
  ofRider(riderId: string, page: { cursor?: string | undefined; limit: number }): Promise<AccessPage>
  /** Deletes some of what is older, and says how many. */
  forget(olderThanDays: number): Promise<number>
}
