// Bikes and components as service staff see them: times as ISO 8601, what is not known as null.
import { z } from 'zod'
import { statementStates } from '../../fleet/judging/port.ts'
import type {
  BikeView,
  ComponentFacts,
  ComponentView,
  HistoryItem,
  OpenFinding,
} from '../../fleet/registry/reader-port.ts'
import { anyObject, count, iso, isoOrNull, list, time, uuid } from '../request.ts'
import { type LatestFacts, latestAnswer, latestState } from '../riders/bike-answers.ts'

const text = z.string()

export const match = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('bike'),
    bikeId: uuid,
    frameNumber: text.nullable(),
    modelId: text.nullable(),
  }),
  z.object({
    kind: z.literal('component'),
    componentId: uuid,
    type: text,
    serialNumber: text,
    alias: text.nullable().describe('By which it was found, when it is another one of its numbers.'),
    bikeId: uuid.nullable().describe('Where it is now.'),
  }),
])

const componentFields = {
  ...{ componentId: uuid, type: text, serialNumber: text, hardwareRevision: text, firmwareRevision: text },
  ...{ batch: text, plant: text, producedAt: time },
}
const openFinding = z.object({
  ...{ findingId: uuid, reason: text, subject: text, detail: text },
  ...{ evidence: z.unknown(), openedAt: time },
})

export const bike = z
  .object({
    ...{ bikeId: uuid, version: count, frameNumber: text.nullable(), plant: text.nullable() },
    ...{ oem: text.nullable(), model: z.object({ modelId: text, name: text }).nullable() },
    ...{ producedAt: time, deliveredAt: time.nullable(), registeredAt: time },
    owned: z.boolean().describe('Whether somebody owns it now; who, is not told.'),
    parts: list(z.object({ ...componentFields, slot: text, installedAt: time })),
    reportedParts: list(z.object({ slot: text, serialNumber: text, toldAt: time })).describe(
      'What the bike itself says it carries.',
    ),
    findings: list(openFinding),
    latest: latestState,
  })
  .meta({ id: 'Bike' })

export const historyItem = z.discriminatedUnion('kind', [
  z.object({
    ...{ kind: z.literal('statement'), at: time, eventId: uuid, source: text, says: text },
    ...{ state: z.enum(statementStates), occurredAt: time.nullable(), statement: anyObject },
  }),
  z.object({ kind: z.literal('superseded'), at: time, table: text, row: anyObject }),
])

const installation = z.object({
  ...{ bikeId: uuid, frameNumber: text.nullable(), slot: text, installedAt: time },
  ...{ removedAt: time.nullable(), installedBy: uuid, removedBy: uuid.nullable() },
})
export const component = z
  .object({
    ...componentFields,
    recycledAt: time.nullable(),
    aliases: list(text),
    installations: list(installation),
    serviceEvents: list(z.object({ eventId: uuid, kind: text, at: time, bikeId: uuid.nullable() })),
    findings: list(openFinding),
  })
  .meta({ id: 'Component' })

export function bikeAnswer(view: BikeView, latest: LatestFacts): z.infer<typeof bike> {
  const { producedAtMs, deliveredAtMs, registeredAtMs, parts, reportedParts, findings, ...facts } = view
  return {
    ...facts,
    producedAt: iso(producedAtMs),
    deliveredAt: isoOrNull(deliveredAtMs),
    registeredAt: iso(registeredAtMs),
    parts: parts.map(({ installedAtMs, ...part }) => ({
      ...componentFacts(part),
      installedAt: iso(installedAtMs),
    })),
    reportedParts: reportedParts.map(({ toldAtMs, ...part }) => ({ ...part, toldAt: iso(toldAtMs) })),
    findings: findings.map(findingAnswer),
    latest: latestAnswer(latest),
  }
}

export function componentAnswer(view: ComponentView): z.infer<typeof component> {
  const { recycledAtMs, installations, serviceEvents, findings, ...facts } = view
  return {
    ...componentFacts(facts),
    recycledAt: isoOrNull(recycledAtMs),
    installations: installations.map(({ installedAtMs, removedAtMs, ...installation }) => ({
      ...installation,
      installedAt: iso(installedAtMs),
      removedAt: isoOrNull(removedAtMs),
    })),
    serviceEvents: serviceEvents.map(({ atMs, ...event }) => ({ ...event, at: iso(atMs) })),
    findings: findings.map(findingAnswer),
  }
}

function componentFacts<Facts extends ComponentFacts>({ producedAtMs, ...facts }: Facts) {
  return { ...facts, producedAt: iso(producedAtMs) }
}

function findingAnswer({ openedAtMs, ...finding }: OpenFinding) {
  return { ...finding, openedAt: iso(openedAtMs) }
}

export function historyAnswer(item: HistoryItem) {
  const { atMs, ...rest } = item
  if (rest.kind === 'superseded') return { at: iso(atMs), ...rest }
  const { occurredAtMs, ...statement } = rest
  return { at: iso(atMs), ...statement, occurredAt: isoOrNull(occurredAtMs) }
}
