// What the latest worker needs of the store of latest states.
import type { GroupState } from './latest-state.ts'

export interface LatestStore {
  /** Writes each state where it replaces the stored one. `states` are collapsed: one a bike and group, in key order. */
  merge(states: readonly GroupState[]): Promise<void>
}
