// A rule looks at one statement and at the known facts, and returns what is doubtful.
import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { FleetFacts } from '../facts.ts'
import type { Finding, StatementReason } from '../findings.ts'

/**
 * It finds nothing in kinds of statements that it does not concern. Serial and frame numbers of `event` are normalised. A
 * component that is installed at t is taken to be there from t on, so any installation that reaches beyond t conflicts with it.
 */
export interface Rule {
  /** All that it may find. */
  readonly reasons: readonly StatementReason[]
  find(event: ManufacturingEvent, facts: FleetFacts, nowMs: number): readonly Finding[]
}
