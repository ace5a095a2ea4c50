// Master data in memory: what the fleet worker and its store do, without engines.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { mayCountLater } from '../judging/judge.ts'
import { planAgain, planIntake } from '../judging/plan.ts'
import type { JudgedStatement, KnownFleet, KnownStatement } from '../judging/port.ts'
import { rules } from '../judging/rules/index.ts'
import { createWorkingFacts } from '../judging/working-facts.ts'
import { subjectsOf } from '../statements/subjects.ts'

export interface MemoryFleet {
  readonly facts: KnownFleet['facts']
  /** Takes in one batch and judges what is due until nothing is. */
  tell(statements: readonly ManufacturingEvent[]): void
  states(): ReadonlyMap<string, string>
}

const waits = (each: KnownStatement) => each.state === 'held' || mayCountLater(each.event, each)

const mostRounds = 1_000

export function createMemoryFleet(nowMs: number): MemoryFleet {
  const nothing = { types: [], models: [], bikes: [], components: [], aliases: [], installations: [] }
  const facts = createWorkingFacts(nothing)
  const statements = new Map<string, KnownStatement>()

  const known = (): KnownFleet => ({
    nowMs,
    // As from a store: what is decided counts once it is written.
    facts: facts.trial([]),
    statements,
    waiting: [...statements.values()].filter(waits),
  })

  function keep(judged: readonly JudgedStatement[]): void {
    facts.apply(judged.flatMap(({ changes }) => changes))
    for (const { event, state, findings } of judged) {
      const { eventId } = event
      const told = { contentSha256: eventId, record: eventId, judgement: 1, decisions: [] }
      statements.set(eventId, { ...told, event, state, findings, isDue: false })
    }
    const touched = new Set(judged.flatMap((each) => each.touched))
    const again = new Set(judged.flatMap((each) => each.again))
    for (const [eventId, each] of statements) {
      const isTouched = waits(each) && subjectsOf(each.event).some((subject) => touched.has(subject))
      if (isTouched || again.has(eventId)) statements.set(eventId, { ...each, isDue: true })
    }
  }

  function settle(): void {
    for (let round = 0; round < mostRounds; round++) {
      const due = [...statements.values()].filter(({ isDue }) => isDue)
      if (due.length === 0) return
      keep(planAgain(due, known(), rules).judged)
    }
    throw new Error('statements are judged again and again')
  }

  return {
    facts,
    tell(told) {
      const received = told.map((event) => ({ event, contentSha256: event.eventId, record: event.eventId }))
      keep(planIntake(received, known(), rules).judged)
      settle()
    },
    states: () => new Map([...statements].map(([eventId, { state }]) => [eventId, state])),
  }
}
