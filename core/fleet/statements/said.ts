// Reads statements of all kinds alike: the components and the bike that they name, and when it happened.
import { type Timestamp, timestampMs } from '@bufbuild/protobuf/wkt'
import type {
  ComponentReference,
  FittedPart,
  ManufacturingEvent,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'

/** There were no e-bikes with modules before. */
export const earliestPlausibleMs = Date.UTC(2010, 0, 1)

/** The kinds of statements, by the field of the envelope. A row that nobody can read is none of them. */
export const statementKinds = [
  'componentTypeDefined',
  'bikeModelDefined',
  'componentProduced',
  'bikeProduced',
  'componentInstalled',
  'componentRemoved',
  'componentSwapped',
  'componentRemanufactured',
  'componentRecycled',
  'bikeDelivered',
  'bikeSold',
] as const
export type StatementKind = (typeof statementKinds)[number]

export interface ComponentName {
  readonly type: string
  readonly serialNumber: string
}

export interface SaidComponent {
  /** `made`: the statement makes it known; `fitted` to and `removed` from a bike; `named`: remanufactured or recycled. */
  readonly role: 'made' | 'fitted' | 'removed' | 'named'
  /** Empty where the statement names none. */
  readonly slot: string
  readonly name: ComponentName
}

/**
 * A swap of BA1 for BA2 → [{role: 'removed', slot: 'battery', name: BA1}, {role: 'fitted', slot: 'battery', name: BA2}].
 * References without a type or number are left out: the rule `fields` finds those.
 */
export function saidComponents({ event }: ManufacturingEvent): readonly SaidComponent[] {
  switch (event.case) {
    case 'componentProduced':
      return said('made', event.value.component)
    case 'bikeProduced':
      return event.value.parts.flatMap(fitted)
    case 'componentInstalled':
      return fitted(event.value.part)
    case 'componentRemoved':
      return said('removed', event.value.component)
    case 'componentSwapped': {
      const { slot, removed, installed } = event.value
      return [...said('removed', removed, slot), ...said('fitted', installed, slot)]
    }
    case 'componentRemanufactured':
    case 'componentRecycled':
      return said('named', event.value.component)
    default:
      return []
  }
}

function fitted(part: FittedPart | undefined): SaidComponent[] {
  return said('fitted', part?.component, part?.slot)
}

function said(
  role: SaidComponent['role'],
  reference: ComponentReference | undefined,
  slot = '',
): SaidComponent[] {
  if (!reference?.type || !reference.serialNumber) return []
  return [{ role, slot, name: { type: reference.type, serialNumber: reference.serialNumber } }]
}

/** Empty where the statement is about no bike. */
export function saidFrameNumber({ event }: ManufacturingEvent): string {
  return event.value !== undefined && 'frameNumber' in event.value ? event.value.frameNumber : ''
}

/** When it happened: the time of production, delivery or sale, else `occurredAt`. NaN where there is none. */
export function happenedAtMs({ event, occurredAt }: ManufacturingEvent): number {
  switch (event.case) {
    case 'componentProduced':
    case 'bikeProduced':
      return timeMs(event.value.producedAt)
    case 'bikeDelivered':
      return timeMs(event.value.deliveredAt)
    case 'bikeSold':
      return timeMs(event.value.soldAt)
    default:
      return timeMs(occurredAt)
  }
}

/** NaN for none: every comparison with it is false, so rules about times find nothing. */
export function timeMs(timestamp: Timestamp | undefined): number {
  return timestamp === undefined ? Number.NaN : timestampMs(timestamp)
}

/** As text for people and for evidence: `2026-03-02T10:00:00.000Z`, `open` where infinite, and `… ms` where it is no date. */
export function timeText(ms: number): string {
  if (!Number.isFinite(ms)) return 'open'
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString()
}

const dayMs = 24 * 60 * 60 * 1000

/** One source gives the day, another the minute, a third the time of its own zone: less than a day is no contradiction. */
export function isSameDay(aMs: number, bMs: number): boolean {
  return Math.abs(aMs - bMs) < dayMs
}

/** `a` is so long before `b` that no source's rough notion of time explains it. */
export function isClearlyBefore(aMs: number, bMs: number): boolean {
  return bMs - aMs >= dayMs
}

const ranks: Partial<Record<NonNullable<ManufacturingEvent['event']['case']>, number>> = {
  componentTypeDefined: 0,
  bikeModelDefined: 1,
  componentProduced: 2,
  bikeProduced: 3,
}
const lastRank = 4

/** Kafka keeps no order across keys. Definitions, components and bikes go first, so that few statements have to wait. */
export function inOrder(a: ManufacturingEvent, b: ManufacturingEvent): number {
  return rankOf(a) - rankOf(b) || happenedAtMs(a) - happenedAtMs(b) || 0
}

const rankOf = ({ event }: ManufacturingEvent) => ranks[event.case ?? 'unreadableRow'] ?? lastRank
