// The ground for suggestions: numbers that look alike, neighbours in production, and reports of the bike. Pure.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { typeOfSlot } from '../installed-parts/compare.ts'
import type { Finding } from '../judging/findings.ts'
import { saidComponents, saidFrameNumber } from '../statements/said.ts'
import { componentSubject } from '../statements/subjects.ts'
import { editDistanceVariants } from './likeness.ts'
import type { GroundQuestion, StoredGround, SuggestionGround } from './port.ts'

/** The bike is the one that the statement makes or names; it need not be registered yet. */
export function groundQuestion(event: ManufacturingEvent, findings: readonly Finding[]): GroundQuestion {
  const held = new Set(findings.filter(({ severity }) => severity === 'hold').map(({ subject }) => subject))
  const frameNumber = saidFrameNumber(event)
  return {
    numbers: saidComponents(event)
      .map(({ name }) => name)
      .filter((name) => held.has(componentSubject(name)))
      .map((name) => ({ ...name, variants: editDistanceVariants(name.serialNumber) })),
    frameVariants: frameNumber === '' ? [] : editDistanceVariants(frameNumber),
    bike: {
      bikeId: event.event.case === 'bikeProduced' ? event.event.value.bikeId : undefined,
      frameNumber,
    },
  }
}

/** A bike reports slots; the type of what is in one follows from its name. */
export function groundOf(stored: StoredGround): SuggestionGround {
  return { ...stored, reported: stored.reported.map((each) => ({ ...each, type: typeOfSlot(each.slot) })) }
}
