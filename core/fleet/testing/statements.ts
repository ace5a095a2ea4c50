// Statements about the fleet of rule-case.ts, as their sources would say them.
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  CheckDigit,
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { bikeIds, day, madeMs, nowMs } from './rule-case.ts'

type Said = NonNullable<MessageInitShape<typeof ManufacturingEventSchema>['event']>

/** `atMs` is when it occurred. */
export function statement(
  event: Said,
  atMs: number = nowMs - day,
  source = 'plant:dresden',
): ManufacturingEvent {
  return create(ManufacturingEventSchema, {
    version: 1,
    eventId: '01936f00-0000-7000-8000-0000000000ee',
    source,
    occurredAt: timestampFromMs(atMs),
    event,
  })
}

export const named = (serialNumber: string) => ({
  type: serialNumber.startsWith('M') ? 'motor' : 'battery',
  serialNumber,
})

export const part = (serialNumber: string, slot = named(serialNumber).type) => ({
  slot,
  component: named(serialNumber),
})

export const at = timestampFromMs

export const made = (serialNumber: string, facts: object = {}) =>
  statement({
    case: 'componentProduced',
    value: {
      component: named(serialNumber),
      hardwareRevision: '2',
      firmwareRevision: '1.4',
      batch: 'B7',
      plant: 'zwickau',
      producedAt: at(madeMs - 10 * day),
      ...facts,
    },
  })
export const built = (facts: object = {}, source?: string) =>
  statement(
    {
      case: 'bikeProduced',
      value: {
        bikeId: bikeIds.new,
        frameNumber: 'F-NEW',
        modelId: 'city',
        plant: 'dresden',
        oem: 'acme',
        producedAt: at(madeMs),
        parts: [part('BA2'), part('MO3')],
        ...facts,
      },
    },
    undefined,
    source,
  )
export const again = (facts: object = {}) => ({
  bikeId: bikeIds.anna,
  frameNumber: 'F-ANNA',
  parts: [],
  ...facts,
})
export const fitted = (serialNumber: string, frameNumber = 'F-BEN', atMs = madeMs + 9 * day) =>
  statement({ case: 'componentInstalled', value: { frameNumber, part: part(serialNumber) } }, atMs)
export const removed = (serialNumber: string, frameNumber = 'F-ANNA', atMs = madeMs + 9 * day) =>
  statement({ case: 'componentRemoved', value: { frameNumber, component: named(serialNumber) } }, atMs)
export const swapped = (out: string, into: string, atMs = madeMs + 9 * day) =>
  statement(
    {
      case: 'componentSwapped',
      value: { frameNumber: 'F-ANNA', slot: 'battery', removed: named(out), installed: named(into) },
    },
    atMs,
  )
export const recycled = (serialNumber: string, atMs = madeMs + 9 * day) =>
  statement({ case: 'componentRecycled', value: { component: named(serialNumber) } }, atMs)
export const renewed = (serialNumber: string, atMs = madeMs + 9 * day) =>
  statement({ case: 'componentRemanufactured', value: { component: named(serialNumber) } }, atMs)
export const delivered = (atMs: number, frameNumber = 'F-ANNA') =>
  statement({ case: 'bikeDelivered', value: { frameNumber, deliveredAt: at(atMs) } })
/** Old statements name a rider, whom nobody asks for any more. */
export const sold = (riderId: string, atMs: number, claimCodeSha256 = new Uint8Array()) =>
  statement({
    case: 'bikeSold',
    value: { frameNumber: 'F-ANNA', riderId, soldAt: at(atMs), claimCodeSha256 },
  })
export const model = (slots: object[], facts: object = {}) =>
  statement({
    case: 'bikeModelDefined',
    value: { modelId: 'cargo', name: 'Cargo', slots, producedFrom: at(madeMs), ...facts },
  })
export const form = (facts: object = {}) =>
  statement({
    case: 'componentTypeDefined',
    value: { type: 'lamp', name: 'Lamp', serialPattern: 'L\\d+', checkDigit: CheckDigit.NONE, ...facts },
  })
export const changed = (said: ManufacturingEvent, facts: Partial<ManufacturingEvent>) =>
  Object.assign(said, facts)
