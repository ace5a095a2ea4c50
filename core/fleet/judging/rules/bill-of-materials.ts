// Parts against the model's bill of materials, and the model against the time of production.
import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { saidComponents, saidFrameNumber, timeMs, timeText } from '../../statements/said.ts'
import { frameSubject } from '../../statements/subjects.ts'
import type { FleetFacts, ModelFact } from '../facts.ts'
import { type Finding, finding } from '../findings.ts'
import type { Rule } from './rule.ts'

export const billOfMaterials: Rule = {
  reasons: ['slot_unknown', 'part_missing', 'model_not_produced_then'],
  find(event, facts) {
    const model = modelOf(event, facts)
    if (model === undefined) return []
    return [...wrongSlots(event, model), ...missingParts(event, model, facts), ...wrongTime(event, model)]
  },
}

/** A bike that was registered by hand has no model. */
function modelOf(event: ManufacturingEvent, facts: FleetFacts): ModelFact | undefined {
  const modelId =
    event.event.case === 'bikeProduced'
      ? event.event.value.modelId
      : facts.bikeByFrame(saidFrameNumber(event))?.modelId
  return modelId === undefined ? undefined : facts.model(modelId)
}

function wrongSlots(event: ManufacturingEvent, { modelId, slots }: ModelFact): Finding[] {
  return saidComponents(event).flatMap(({ role, slot, name }) => {
    if (role !== 'fitted' || slot === '') return []
    const known = slots.find((each) => each.slot === slot)
    if (known?.type === name.type) return []
    const detail =
      known === undefined
        ? `model ${modelId} has no slot ${slot}`
        : `slot ${slot} of model ${modelId} takes a ${known.type}, said: a ${name.type}`
    const evidence = { 'said type': name.type, 'known slots': slots.map((each) => each.slot).join(', ') }
    return [finding('slot_unknown', slot, { detail, evidence })]
  })
}

/** A bike that comes without a part is a bike all the same: its buyer must be able to use it. */
function missingParts(
  { event }: ManufacturingEvent,
  { modelId, slots }: ModelFact,
  facts: FleetFacts,
): Finding[] {
  if (event.case !== 'bikeProduced') return []
  const there = new Set([
    ...event.value.parts.map(({ slot }) => slot),
    ...facts.installationsIn(event.value.bikeId).map(({ slot }) => slot),
  ])
  return slots
    .filter(({ slot, required }) => required && !there.has(slot))
    .map(({ slot, type }) =>
      finding('part_missing', slot, { detail: `model ${modelId} has a ${type} in slot ${slot}, said: none` }),
    )
}

function wrongTime({ event }: ManufacturingEvent, model: ModelFact): Finding[] {
  if (event.case !== 'bikeProduced') return []
  const atMs = timeMs(event.value.producedAt)
  const { modelId, producedFromMs, producedUntilMs } = model
  if (!(atMs < producedFromMs || atMs >= producedUntilMs)) return []
  const span = `from ${timeText(producedFromMs)} until ${timeText(producedUntilMs)}`
  const detail = `model ${modelId} was produced ${span}, said: ${timeText(atMs)}`
  return [finding('model_not_produced_then', frameSubject(event.value.frameNumber), { detail })]
}
