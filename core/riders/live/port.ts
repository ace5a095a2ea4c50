// The latest state of bikes, followed by many readers at once.
import type { BikePresence } from '../../devices/presence/port.ts'
import type { GroupReading } from '../../telemetry/latest/port.ts'

export interface LiveReader {
  readonly bikeId: string
  /** The subject of the reader's token: the owner, or a third party. */
  readonly subject: string
  /** The reader is a third party: a grant of the owner decides, and no ownership of its own. */
  readonly byGrant: boolean
}

export interface Look {
  readonly mayRead: boolean
  /** Another one whenever a reading or the presence of the bike has changed. */
  readonly version: string
}

export interface LiveState {
  readonly presence: BikePresence | undefined
  readonly readings: readonly GroupReading[]
}

/** Both methods reject when the store does not answer. */
export interface LiveStore {
  /** One look for each reader, in their order. */
  look(readers: readonly LiveReader[]): Promise<readonly Look[]>
  statesOf(bikeIds: readonly string[]): Promise<ReadonlyMap<string, LiveState>>
}

export interface LiveWatch {
  /**
   * The newest state with its version; `ended` when the reader may read no more or that cannot be told; undefined before
   * the first look.
   */
  current(): (LiveState & { readonly version: string }) | 'ended' | undefined
  /** Resolves when `current` has changed since the call before, after `withinMs`, or when `signal` aborts. */
  next(withinMs: number, signal: AbortSignal): Promise<void>
  end(): void
}

export interface Live {
  /** The caller ends the watch. */
  watch(reader: LiveReader): LiveWatch
}
