// Holds the rules against a table of statements.
import { expect } from 'vitest'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { rules } from '../judging/rules/index.ts'
import { createWorkingFacts, type FleetSnapshot } from '../judging/working-facts.ts'
import { fleet, nowMs } from './rule-case.ts'

/** All rules together find these reasons, and no other, in a statement to the fleet. */
export type RuleCase = [
  what: string,
  said: ManufacturingEvent,
  reasons: readonly string[],
  known?: FleetSnapshot,
]

export function expectReasons(said: ManufacturingEvent, reasons: readonly string[], known = fleet): void {
  const found = rules.flatMap((rule) => rule.find(said, createWorkingFacts(known), nowMs))
  expect(found.map(({ reason }) => reason)).toEqual(reasons)
}
