// What a rule is: it looks at one statement and at what is known, and tells what is doubtful.
import type { ManufacturingEvent } from '../../../../proto/index.ts'
import type { FleetFacts } from '../facts.ts'
import type { Finding, StatementReason } from '../findings.ts'

/**
 * Judges every kind of statement that it has something to say about, and finds nothing in the others. Serial and frame
 * numbers of `event` are normalised. Findings tell about times up to the end: a component installed at t is taken to be there
 * from t on, so a `slot_taken` or `component_elsewhere` is any installation that reaches beyond t.
 */
export interface Rule {
  /** All that it may find. */
  readonly reasons: readonly StatementReason[]
  find(event: ManufacturingEvent, facts: FleetFacts, nowMs: number): readonly Finding[]
}
