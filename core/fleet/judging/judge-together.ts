// Statements that are possible only together: a component that was fitted and left again, when what came after was told first.
import type { ManufacturingEvent } from '../../../proto/index.ts'
import { inOrder } from '../statements/order.ts'
import { partnerOf } from './explained-by.ts'
import type { ToldMove } from './facts.ts'
import { judgeAndApply } from './judge-and-apply.ts'
import type { JudgedStatement, KnownFleet, KnownStatement } from './port.ts'
import type { Rule } from './rules/rule.ts'
import { happenedAtMs, saidComponents, saidFrameNumber } from './rules/said.ts'

/** Swaps make chains: what one fits, the next one takes out. */
const mostTogether = 20

/** All of them applied, the held statement among them; undefined where no others that wait make it possible. */
export function judgeTogether(
  held: KnownStatement,
  known: KnownFleet,
  rules: readonly Rule[],
): readonly JudgedStatement[] | undefined {
  let group = [held]
  let [stuck, facts] = [held, known.facts]
  while (group.length < mostTogether) {
    const others = known.waiting.filter((each) => !group.some(({ event }) => isSame(event, each.event)))
    const partner = partnerOf(stuck.event, facts, others)
    if (partner === undefined) return undefined
    group = [...group, partner].sort((a, b) => inOrder(a.event, b.event))
    facts = known.facts.trial(group.flatMap(({ event }) => movesIn(event)))
    const trial = judgeInOrder(group, { facts, nowMs: known.nowMs }, rules)
    if (trial.stuck === undefined) {
      known.facts.apply(trial.judged.flatMap(({ changes }) => changes))
      return trial.judged
    }
    stuck = trial.stuck
  }
  return undefined
}

function judgeInOrder(
  group: readonly KnownStatement[],
  known: Pick<KnownFleet, 'facts' | 'nowMs'>,
  rules: readonly Rule[],
): { judged: JudgedStatement[]; stuck?: KnownStatement } {
  const judged: JudgedStatement[] = []
  for (const one of group) {
    const judgement = judgeAndApply(one.event, known, { rules, accepted: new Set(one.accepted) })
    if (judgement.state !== 'applied') return { judged, stuck: one }
    judged.push(judgement)
  }
  return { judged }
}

function movesIn(event: ManufacturingEvent): ToldMove[] {
  const { eventId } = event
  const [frameNumber, atMs] = [saidFrameNumber(event), happenedAtMs(event)]
  return saidComponents(event).flatMap(({ role, slot, name }) =>
    role === 'fitted' || role === 'removed' ? [{ role, frameNumber, slot, name, atMs, eventId }] : [],
  )
}

const isSame = (a: ManufacturingEvent, b: ManufacturingEvent) => a.eventId === b.eventId
