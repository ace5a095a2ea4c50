// A statement as JSON for people: also one with a time that the JSON mapping cannot express, and one without its rider.
import { clone, isMessage, type JsonObject, toJson } from '@bufbuild/protobuf'
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'

/** A time that is no date becomes `{seconds, nanos}`, so that people see it, and a correction can replace it. */
export function statementJson(statement: ManufacturingEvent): JsonObject {
  const sayable = clone(ManufacturingEventSchema, statement)
  const { case: kind, value = {} } = sayable.event
  const [odd, oddInEvent] = [takeOddTimes(sayable), takeOddTimes(value)]
  const json = toJson(ManufacturingEventSchema, sayable) as JsonObject
  const event = kind === undefined ? {} : { [kind]: { ...(json[kind] as JsonObject), ...oddInEvent } }
  return { ...json, ...odd, ...event }
}

/** In place: they are left out of the message, and returned. */
function takeOddTimes(message: object): JsonObject {
  const odd: JsonObject = {}
  for (const [name, value] of Object.entries(message)) {
    if (!isMessage(value, TimestampSchema) || isSayable(value)) continue
    odd[name] = { seconds: String(value.seconds), nanos: value.nanos }
    Object.assign(message, { [name]: undefined })
  }
  return odd
}

function isSayable(time: Timestamp): boolean {
  try {
    toJson(TimestampSchema, time)
    return true
  } catch {
    return false
  }
}

/** A sale without its buyer. The text of an unreadable row is left out, since it may name one. */
export function withoutRider(statement: ManufacturingEvent): ManufacturingEvent {
  const nameless = clone(ManufacturingEventSchema, statement)
  if (nameless.event.case === 'bikeSold') nameless.event.value.riderId = ''
  if (nameless.event.case === 'unreadableRow') nameless.event.value.text = ''
  return nameless
}
