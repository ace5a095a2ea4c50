// The store of suspensions, as the bridge needs it.
import type { Suspension } from './quota-plan.ts'

export interface SuspensionStore {
  /**
   * Suspends the modules of these bikes: `plan` makes of the last suspension of a bike, if any, the next one. Returns those that are
   * new. It waits for others that suspend one of them.
   */
  suspend(
    bikeIds: readonly string[],
    plan: (known: Suspension | undefined, nowMs: number) => Suspension,
  ): Promise<readonly (Suspension & { readonly bikeId: string })[]>
  /** The bikes whose modules are suspended now, at most `limit`. */
  suspended(limit: number): Promise<readonly string[]>
}
