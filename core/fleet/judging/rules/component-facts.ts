// What a plant tells of a component, beside what is known of it.
import type { ComponentProduced } from '../../../../proto/index.ts'
import type { ComponentFact } from '../facts.ts'
import { differencesIn, type Sides, sides, timeSides } from './differences.ts'
import { timeMs } from './said.ts'

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
