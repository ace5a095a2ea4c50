// The store of latest states, as the latest worker needs it.
import type { GroupState } from './latest-state.ts'
import type { StateGroup } from './state-groups.ts'

export interface LatestStore {
  /** Writes each state where it replaces the stored one. `states` are collapsed: one a bike and group, in key order. */
  merge(states: readonly GroupState[]): Promise<void>
}

/** The newest values of one group of a bike's state, all measured at one moment. */
export interface GroupReading {
  readonly group: StateGroup
  readonly eventAtMs: number
  readonly receivedAtMs: number
  readonly values: Readonly<Record<string, number>>
}
