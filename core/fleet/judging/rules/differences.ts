// Compares a fact as it is said with the fact as it is known: where they differ, and where one side says more.

import type { ComponentProduced } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { isSameDay, timeMs, timeText } from '../../statements/said.ts'
import type { ComponentFact } from '../facts.ts'
import { type Finding, finding, type StatementReason } from '../findings.ts'

/** A side is empty where it does not say anything. */
export interface Sides {
  readonly field: string
  readonly said: string
  readonly known: string
}

export function sides(field: string, said: string, known = ''): Sides {
  return { field, said, known }
}

/** Times less than a day apart are the same time: one source gives the day, another the minute. */
export function timeSides(field: string, saidMs: number, knownMs: number): Sides {
  if (Number.isNaN(saidMs)) return sides(field, '', timeText(knownMs))
  return sides(field, timeText(isSameDay(saidMs, knownMs) ? knownMs : saidMs), timeText(knownMs))
}

/** A side that says nothing contradicts nothing. */
export function differencesIn(facts: readonly Sides[]): readonly Sides[] {
  return facts.filter(({ said, known }) => said !== '' && known !== '' && said !== known)
}

export function hasNews(facts: readonly Sides[]): boolean {
  return facts.some(({ said, known }) => said !== '' && known === '')
}

/**
 * `reason` where the sides differ, `said_before` where they are the same, nothing where the statement completes the known facts.
 *
 *     batch said B8, known B7 → [reason]; said B7, known B7 → [said_before]; said B7, known nothing → []
 */
export function compare(reason: StatementReason, subject: string, facts: readonly Sides[]): Finding[] {
  const differences = differencesIn(facts)
  if (differences.length > 0) return [contradiction(reason, subject, differences)]
  return hasNews(facts) ? [] : [saidBefore(subject)]
}

export function contradiction(reason: StatementReason, subject: string, shown: readonly Sides[]): Finding {
  const detail = shown.map(({ field, said, known }) => `${field} is ${known}, said: ${said}`).join('; ')
  const evidence = Object.fromEntries(
    shown.flatMap(({ field, said, known }) => [
      [`said ${field}`, said],
      [`known ${field}`, known],
    ]),
  )
  return finding(reason, subject, { detail: `${subject}: ${detail}`, evidence })
}

export function saidBefore(subject: string): Finding {
  return finding('said_before', subject, { detail: `what is said of ${subject} is known` })
}

/** A plant's facts of a component. A remanufactured component has other revisions than it was produced with. */
export function componentSides(said: ComponentProduced, known: ComponentFact): readonly Sides[] {
  return [
    ...(known.hardwareRevisedAtMs === undefined
      ? [sides('hardwareRevision', said.hardwareRevision, known.hardwareRevision)]
      : []),
    ...(known.firmwareRevisedAtMs === undefined
      ? [sides('firmwareRevision', said.firmwareRevision, known.firmwareRevision)]
      : []),
    sides('batch', said.batch, known.batch),
    sides('plant', said.plant, known.plant),
    timeSides('producedAt', timeMs(said.producedAt), known.producedAtMs),
  ]
}

/** The number was merged into the known component, but the facts are those of another component. */
export function isNamesake(said: ComponentProduced, known: ComponentFact): boolean {
  const isMerged = said.component?.serialNumber !== known.serialNumber
  return isMerged && differencesIn(componentSides(said, known)).length > 0
}
