// How much speaks for another number than the one that was said, and what.

import type { SaidComponent } from '../judging/rules/said.ts'
import { likeness } from './likeness.ts'
import type { SuggestionGround } from './port.ts'

export interface Evidence {
  /** 0 to 1. */
  readonly score: number
  /** For people. */
  readonly because: string
}

/** What kinds of evidence weigh, together 1. A bike that names a part itself is as good as a number that looks alike. */
const weights = { likeness: 0.45, reported: 0.45, neighbour: 0.1 } as const

/** Undefined where the numbers have nothing in common and no bike reports the other one. */
export function evidenceFor(
  { role, slot, name }: SaidComponent,
  serialNumber: string,
  ground: SuggestionGround,
): Evidence | undefined {
  const alike = likeness(name.serialNumber, serialNumber)
  // What was removed is not what the bike carries now.
  const isReported =
    role !== 'removed' &&
    ground.reported.some(
      (each) =>
        each.serialNumber === serialNumber && each.type === name.type && (slot === '' || each.slot === slot),
    )
  if (alike === 1 || (alike === 0 && !isReported)) return undefined
  const isNeighbour = ground.neighbours.some((each) => each.serialNumber === serialNumber)
  const score =
    weights.likeness * alike + (isReported ? weights.reported : 0) + (isNeighbour ? weights.neighbour : 0)
  const reasons = [
    ...(alike > 0 ? [`${serialNumber} looks like ${name.serialNumber}`] : []),
    ...(isReported ? [`the bike itself reports ${serialNumber}`] : []),
    ...(isNeighbour ? ['it was produced next to it'] : []),
  ]
  return { score, because: reasons.join('; ') }
}

/** Numbers of the type that bikes report in the slot, the newest first. */
export function reportedNumbers(
  { role, slot, name }: SaidComponent,
  ground: SuggestionGround,
): readonly string[] {
  if (role === 'removed') return []
  return ground.reported
    .filter((each) => each.type === name.type && (slot === '' || each.slot === slot))
    .toSorted((a, b) => b.reportedAtMs - a.reportedAtMs)
    .map(({ serialNumber }) => serialNumber)
}
