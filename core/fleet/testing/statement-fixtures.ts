// Statements for tests on the real engines: each with an id of its own, in the words of plants, OEMs and workshops.
import { randomUUID } from 'node:crypto'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  CheckDigit,
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { withCheckDigit } from '../statements/serial-number.ts'

type Said = NonNullable<MessageInitShape<typeof ManufacturingEventSchema>['event']>

export const dayMs = 24 * 60 * 60 * 1000
/** When bikes of the tests are produced. */
export const madeMs = Date.UTC(2025, 2, 3, 9)
const modelId = 'trail-1'

export function say(event: Said, { atMs = madeMs, source = 'plant:dresden' } = {}): ManufacturingEvent {
  const eventId = randomUUID()
  const occurredAt = timestampFromMs(atMs)
  return create(ManufacturingEventSchema, { version: 1, eventId, source, occurredAt, event })
}

/** A serial number that its type accepts. */
export function serialNumber(type: string, number: number): string {
  const body = `${type.slice(0, 1).toUpperCase()}${String(number).padStart(8, '0')}`
  return withCheckDigit(CheckDigit.LUHN, body) ?? body
}

export const name = (type: string, number: number) => ({ type, serialNumber: serialNumber(type, number) })
export const part = (type: string, number: number) => ({ slot: type, component: name(type, number) })
export const frameNumber = (number: number) => `FR-${String(number).padStart(6, '0')}`

/** Two types of component and a model with a slot for each. */
export function definitions(): ManufacturingEvent[] {
  const types = ['battery', 'motor'].map((type) =>
    say({
      case: 'componentTypeDefined',
      value: { type, name: type, serialPattern: '[A-Z]\\d{9}', checkDigit: CheckDigit.LUHN },
    }),
  )
  const slots = ['battery', 'motor'].map((type) => ({ slot: type, type, required: true }))
  const producedFrom = timestampFromMs(Date.UTC(2024, 0, 1))
  return [...types, say({ case: 'bikeModelDefined', value: { modelId, name: 'Trail', slots, producedFrom } })]
}

export const made = (type: string, number: number, { source = 'plant:dresden', facts = {} } = {}) =>
  say(
    {
      case: 'componentProduced',
      value: {
        component: name(type, number),
        hardwareRevision: '1',
        firmwareRevision: '1.0',
        batch: 'B1',
        plant: 'dresden',
        producedAt: timestampFromMs(madeMs - 20 * dayMs),
        ...facts,
      },
    },
    { source },
  )

/** A bike with the battery and the motor of its number. */
export const built = (number: number, facts: object = {}) =>
  say({
    case: 'bikeProduced',
    value: {
      bikeId: randomUUID(),
      frameNumber: frameNumber(number),
      modelId,
      plant: 'dresden',
      oem: 'acme',
      producedAt: timestampFromMs(madeMs),
      parts: [part('battery', number), part('motor', number)],
      ...facts,
    },
  })

/** All that is said of a bike until it leaves the line. */
export const wholeBike = (number: number) => [made('battery', number), made('motor', number), built(number)]

export const swapped = (
  bike: number,
  [out, into]: readonly [number, number],
  atMs: number,
  type = 'battery',
) =>
  say(
    {
      case: 'componentSwapped',
      value: {
        frameNumber: frameNumber(bike),
        slot: type,
        removed: name(type, out),
        installed: name(type, into),
      },
    },
    { atMs, source: 'service:leipzig' },
  )

export const removed = (bike: number, number: number, atMs: number, type = 'battery') =>
  say(
    { case: 'componentRemoved', value: { frameNumber: frameNumber(bike), component: name(type, number) } },
    { atMs, source: 'service:leipzig' },
  )

export const installed = (bike: number, number: number, atMs: number, type = 'battery') =>
  say(
    { case: 'componentInstalled', value: { frameNumber: frameNumber(bike), part: part(type, number) } },
    { atMs, source: 'service:leipzig' },
  )

/** Old statements name a rider, whom nobody asks for any more. */
export const sold = (bike: number, riderId: string, atMs: number, claimCodeSha256 = new Uint8Array()) =>
  say(
    {
      case: 'bikeSold',
      value: {
        frameNumber: frameNumber(bike),
        riderId,
        soldAt: timestampFromMs(atMs),
        claimCodeSha256,
      },
    },
    { atMs, source: 'oem:acme' },
  )

export const delivered = (bike: number, atMs: number) =>
  say(
    { case: 'bikeDelivered', value: { frameNumber: frameNumber(bike), deliveredAt: timestampFromMs(atMs) } },
    { atMs, source: 'oem:acme' },
  )

const ofBattery = (number: number) => ({ component: name('battery', number) })

export const renewed = (number: number, atMs: number, revisions: object) =>
  say(
    { case: 'componentRemanufactured', value: { ...ofBattery(number), ...revisions } },
    { atMs, source: 'service:leipzig' },
  )

export const recycled = (number: number, atMs: number) =>
  say({ case: 'componentRecycled', value: ofBattery(number) }, { atMs, source: 'service:leipzig' })
