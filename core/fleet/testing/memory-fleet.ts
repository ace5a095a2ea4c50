// Master data in memory: what the fleet worker and its store do, without engines.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { planIntake } from '../judging/plan.ts'
import type { KnownFleet, KnownStatement } from '../judging/port.ts'
import { rules } from '../judging/rules/index.ts'
import { createWorkingFacts } from '../judging/working-facts.ts'
import { createReplay } from '../retraction/replay.ts'

export interface MemoryFleet {
  readonly facts: KnownFleet['facts']
  /** Takes in one batch and judges what is due until nothing is. */
  tell(statements: readonly ManufacturingEvent[]): void
  states(): ReadonlyMap<string, string>
  /** In order of receipt. */
  statements(): readonly KnownStatement[]
}

export function createMemoryFleet(nowMs: number): MemoryFleet {
  const nothing = { types: [], models: [], bikes: [], components: [], aliases: [], installations: [] }
  const facts = createWorkingFacts(nothing)
  const replay = createReplay({ facts, nowMs }, rules)
  return {
    facts,
    tell(told) {
      const received = told.map((event) => ({
        event,
        contentSha256: event.eventId,
        record: event.eventId,
        receivedAtMs: nowMs,
        speaker: { provenance: 'legacy' } as const,
      }))
      replay.keep(planIntake(received, replay.known(), rules).judged)
      replay.settle()
    },
    states: () => new Map([...replay.statements].map(([eventId, { state }]) => [eventId, state])),
    statements: () => [...replay.statements.values()],
  }
}
