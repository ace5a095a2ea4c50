// Two sides of the same facts: where they differ, and where one tells what the other does not know.

import type { ComponentProduced } from '../../../../proto/index.ts'
import { isSameDay, timeMs, timeText } from '../../statements/said.ts'
import type { ComponentFact } from '../facts.ts'
import { type Finding, finding, type StatementReason } from '../findings.ts'

/** A fact as it is said and as it is known; empty where a side does not tell. */
export interface Sides {
  readonly field: string
  readonly said: string
  readonly known: string
}

export function sides(field: string, said: string, known = ''): Sides {
  return { field, said, known }
}

/** Less than a day apart is the same time, told roughly. */
export function timeSides(field: string, saidMs: number, knownMs: number): Sides {
  if (Number.isNaN(saidMs)) return sides(field, '', timeText(knownMs))
  return sides(field, timeText(isSameDay(saidMs, knownMs) ? knownMs : saidMs), timeText(knownMs))
}

/** What one side does not know contradicts nothing. */
export function differencesIn(facts: readonly Sides[]): readonly Sides[] {
  return facts.filter(({ said, known }) => said !== '' && known !== '' && said !== known)
}

export function hasNews(facts: readonly Sides[]): boolean {
  return facts.some(({ said, known }) => said !== '' && known === '')
}

/** `reason` where the sides differ, said before where they are the same, nothing where they complete each other. */
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

// What a plant tells of a component, beside what is known of it.

/** What was made anew has other revisions than it was produced with. */
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

/** Its number was merged into the known component, but the facts are another's. */
export function isNamesake(said: ComponentProduced, known: ComponentFact): boolean {
  const isMerged = said.component?.serialNumber !== known.serialNumber
  return isMerged && differencesIn(componentSides(said, known)).length > 0
}
