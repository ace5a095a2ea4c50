// Suggests likely fixes of a doubtful statement, likeliest first.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { Finding } from '../judging/findings.ts'
import { type SaidComponent, saidComponents, saidFrameNumber } from '../statements/said.ts'
import { componentSubject, frameSubject } from '../statements/subjects.ts'
import { withField, withoutPart, withSerialNumber } from './corrections.ts'
import { evidenceFor, likeness, reportedNumbers } from './likeness.ts'
import type { Suggestion, SuggestionGround } from './port.ts'

const mostSuggestions = 5
/** A fix that only the finding itself speaks for. */
const knownSideScore = 0.3
/** It helps at once, but leaves open what became of the part. */
const withoutPartScore = 0.15

export function suggest(
  event: ManufacturingEvent,
  findings: readonly Finding[],
  ground: SuggestionGround,
): readonly Suggestion[] {
  const held = findings.filter(({ severity }) => severity === 'hold')
  const isDoubtful = (subject: string) => held.some((each) => each.subject === subject)
  const doubtful = saidComponents(event).filter(({ name }) => isDoubtful(componentSubject(name)))
  const suggestions = [
    ...doubtful.flatMap((said) => otherNumbers(event, said, ground)),
    ...doubtful.filter(({ role }) => role === 'made').flatMap((said) => sameComponents(said, ground)),
    ...(event.event.case === 'bikeProduced' ? doubtful.map(({ slot }) => bikeWithout(event, slot)) : []),
    ...(isDoubtful(frameSubject(saidFrameNumber(event))) ? otherFrames(event, ground) : []),
    ...held.flatMap((found) => knownSide(event, found)),
  ]
  return suggestions.sort((a, b) => b.score - a.score).slice(0, mostSuggestions)
}

/** A component that was fitted, removed or named under another's number, or made under one that only its bike has right. */
function otherNumbers(
  event: ManufacturingEvent,
  said: SaidComponent,
  ground: SuggestionGround,
): Suggestion[] {
  const known = [...ground.similar, ...ground.neighbours]
    .filter(({ type }) => type === said.name.type)
    .map(({ serialNumber }) => serialNumber)
  const reported = reportedNumbers(said, ground)
  const meant =
    said.role === 'made' ? reported.filter((each) => !known.includes(each)) : [...known, ...reported]
  return [...new Set(meant)].flatMap((serialNumber): Suggestion[] => {
    const evidence = evidenceFor(said, serialNumber, ground)
    if (evidence === undefined) return []
    return [{ verdict: 'correct', correction: withSerialNumber(event, said, serialNumber), ...evidence }]
  })
}

/** A component that was made under a doubtful number may be one that is known. */
function sameComponents(said: SaidComponent, ground: SuggestionGround): Suggestion[] {
  return ground.similar
    .filter(({ type }) => type === said.name.type)
    .flatMap(({ componentId, serialNumber }): Suggestion[] => {
      const evidence = evidenceFor(said, serialNumber, ground)
      return evidence === undefined ? [] : [{ verdict: 'merge', mergeInto: componentId, ...evidence }]
    })
}

/** A bike that is not registered cannot be used by its buyer; one whose part is missing can. */
function bikeWithout(event: ManufacturingEvent, slot: string): Suggestion {
  const because = `without its ${slot} the bike can be registered at once, and is flagged`
  return { verdict: 'correct', correction: withoutPart(event, slot), score: withoutPartScore, because }
}

function otherFrames(event: ManufacturingEvent, { similarBikes }: SuggestionGround): Suggestion[] {
  const said = saidFrameNumber(event)
  return similarBikes.flatMap(({ frameNumber }): Suggestion[] => {
    const alike = likeness(said, frameNumber)
    // The bike that comes into being cannot be one that is known.
    if (alike === 0 || alike === 1 || event.event.case === 'bikeProduced') return []
    const correction = withField(event, 'frameNumber', frameNumber)
    return [{ verdict: 'correct', correction, score: alike, because: `${frameNumber} looks like ${said}` }]
  })
}

/** A bike that two statements name differently is the one that is known. */
function knownSide(event: ManufacturingEvent, { reason, evidence }: Finding): Suggestion[] {
  const field = { frame_number_taken: 'bikeId', bike_id_taken: 'frameNumber' }[reason as string]
  const known = field && evidence[`known ${field}`]
  if (!field || !known) return []
  const alike = likeness(evidence[`said ${field}`] ?? '', known)
  const score = Math.max(knownSideScore, alike)
  const because = `the ${field} is known as ${known}`
  return [{ verdict: 'correct', correction: withField(event, field, known), score, because }]
}
