// The order in which statements are best judged: what others lean on goes first, so that little has to wait.
import type { ManufacturingEvent } from '../../../proto/index.ts'
import { happenedAtMs } from '../judging/rules/said.ts'

const ranks: Partial<Record<NonNullable<ManufacturingEvent['event']['case']>, number>> = {
  componentTypeDefined: 0,
  bikeModelDefined: 1,
  componentProduced: 2,
  bikeProduced: 3,
}
const lastRank = 4

/** Kafka keeps no order across keys. */
export function inOrder(a: ManufacturingEvent, b: ManufacturingEvent): number {
  return rankOf(a) - rankOf(b) || happenedAtMs(a) - happenedAtMs(b) || 0
}

const rankOf = ({ event }: ManufacturingEvent) => ranks[event.case ?? 'unreadableRow'] ?? lastRank
