// Judges statements again as if each came now, one after the other, with all consequences before the next one. Pure.
import { judgeDecided } from '../judging/decided.ts'
import { mayCountLater } from '../judging/judge.ts'
import { planAgain } from '../judging/plan.ts'
import type { JudgedStatement, KnownFleet, KnownStatement } from '../judging/port.ts'
import type { Rule } from '../judging/rules/rule.ts'
import type { WorkingFacts } from '../judging/working-facts.ts'
import { subjectsOf } from '../statements/subjects.ts'

export interface Replay {
  /** What a batch is judged with: a decision about it changes nothing here until it is kept. */
  known(): KnownFleet
  keep(judged: readonly JudgedStatement[]): void
  /** Judges what is due until nothing is. */
  settle(): void
  readonly statements: ReadonlyMap<string, KnownStatement>
  /** In the order of judging; a statement may be in it several times. */
  readonly judged: readonly JudgedStatement[]
}

const asTold = (eventId: string) => ({
  ...{
    contentSha256: eventId,
    record: eventId,
    judgement: 1,
    decisions: [],
    speaker: { provenance: 'legacy' } as const,
  },
})
const waits = (each: KnownStatement) => each.state === 'held' || mayCountLater(each.event, each)

/** Consequences end by themselves; a fault in the rules must not hold the process. */
const mostRounds = 1_000

interface Start {
  /** Changes with what is kept. */
  readonly facts: WorkingFacts
  readonly nowMs: number
  /** What reviewers decided about statements that are told. */
  readonly decided?: ReadonlyMap<string, KnownStatement>
}

export function createReplay({ facts, nowMs, decided }: Start, rules: readonly Rule[]): Replay {
  const statements = new Map<string, KnownStatement>()
  const all: JudgedStatement[] = []

  const known = (): KnownFleet => ({
    nowMs,
    facts: facts.trial([]),
    statements,
    waiting: [...statements.values()].filter(waits),
  })

  function keep(judged: readonly JudgedStatement[]): void {
    all.push(...judged)
    facts.apply(judged.flatMap(({ changes }) => changes))
    for (const { event, state, findings } of judged) {
      const { eventId } = event
      const former = statements.get(eventId) ?? decided?.get(eventId) ?? asTold(eventId)
      statements.set(eventId, { ...former, event, state, findings, isDue: false })
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

  return { known, keep, settle, statements, judged: all }
}

/**
 * What reviewers decided about a statement counts when it is judged again: accepted reasons, and another name of a component.
 *
 *     replayAll([bike F-1, battery BA1 fitted], facts without both) → both applied, in this order
 */
export function replayAll(
  statements: readonly KnownStatement[],
  start: Omit<Start, 'decided'>,
  rules: readonly Rule[],
): Replay {
  const decided = new Map(statements.map((each) => [each.event.eventId, each]))
  const replay = createReplay({ ...start, decided }, rules)
  for (const statement of statements) {
    replay.keep([judgeDecided(statement, replay.known(), rules)])
    replay.settle()
  }
  return replay
}
