// The part of the master data that a batch touches, in memory; each applied change updates it.
import type { Change } from './changes.ts'
import type { FleetFacts } from './facts.ts'

export interface WorkingFacts extends FleetFacts {
  apply(changes: readonly Change[]): void
}
