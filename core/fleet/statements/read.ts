// Reads a record of manufacturing.events: a statement in Protobuf or its JSON mapping, or bytes that are no statement.
import { fromBinary, fromJson, type JsonValue } from '@bufbuild/protobuf'
import { isUuid } from '../../../proto/codec/ids.ts'
import {
  type ComponentReference,
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { cutText } from '../../runtime/foreign-text.ts'
import { foldLookAlikes, normaliseSerialNumber, withoutSpaces } from './serial-number.ts'

export type ReadStatement =
  | { readonly kind: 'statement'; readonly event: ManufacturingEvent }
  /** For people. */
  | { readonly kind: 'unreadable'; readonly detail: string }

const openingBrace = 0x7b
/** Some readers repeat all that they cannot read. */
const longestDetail = 1_000

/**
 * Tidies what it reads, as far as the ids of statements take it; `foldNumbers` does the rest. The rules find what is wrong with it.
 *
 *     `{"eventId": "…", "componentRecycled": {"component": {"serialNumber": " ba 1 ", …}}}` → serialNumber BA1
 */
export function readStatement(record: Uint8Array): ReadStatement {
  return record[0] === openingBrace
    ? readAs('JSON', () => eventOf(record))
    : readAs('Protobuf', () => fromBinary(ManufacturingEventSchema, record))
}

/** The same for parsed JSON that somebody of ours has made: a field that nobody knows is a slip of the pen. */
export function readStatementJson(json: JsonValue): ReadStatement {
  return readAs('JSON', () => fromJson(ManufacturingEventSchema, json))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Fields of later versions pass. */
function eventOf(record: Uint8Array): ManufacturingEvent {
  const json = JSON.parse(utf8.decode(record)) as JsonValue
  return fromJson(ManufacturingEventSchema, json, { ignoreUnknownFields: true })
}

function readAs(form: string, read: () => ManufacturingEvent): ReadStatement {
  let event: ManufacturingEvent
  try {
    event = read()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return {
      kind: 'unreadable',
      detail: cutText(`no ManufacturingEvent in ${form}: ${message}`, longestDetail),
    }
  }
  if (!isUuid(event.eventId)) {
    return { kind: 'unreadable', detail: `its event id is no UUID: "${cutText(event.eventId, 64)}"` }
  }
  tidy(event)
  return { kind: 'statement', event }
}

/** In place: the message is nobody else's yet. */
function tidy(envelope: ManufacturingEvent): void {
  envelope.eventId = envelope.eventId.toLowerCase()
  envelope.asWritten = []
  const { event } = envelope
  if (event.case === undefined || event.case === 'unreadableRow') return
  trim(event.value)
  if (event.case === 'bikeProduced') event.value.bikeId = event.value.bikeId.toLowerCase()
  if ('frameNumber' in event.value) event.value.frameNumber = withoutSpaces(event.value.frameNumber)
  for (const reference of references(event)) {
    reference.serialNumber = withoutSpaces(reference.serialNumber)
  }
}

/** Words besides numbers by which parts and bikes are told apart and counted together. */
const comparedWords = ['batch', 'plant', 'oem', 'hardwareRevision', 'firmwareRevision'] as const

/**
 * In place, and after the statement has its id: look-alike dashes and invisible characters in its numbers and in what is compared.
 * The words that change are kept as they were written.
 *
 *     component {serialNumber: 'BA–1', …} → component {serialNumber: 'BA-1', …}, asWritten: ['BA–1']
 */
export function foldNumbers(
  envelope: ManufacturingEvent,
  foldNumber: (number: string, type: string) => string = normaliseSerialNumber,
): void {
  const { event } = envelope
  if (event.case === undefined || event.case === 'unreadableRow') return
  const written = new Set(envelope.asWritten)
  const fold = (word: string, folded: string): string => {
    if (folded !== word) written.add(word)
    return folded
  }
  const { value } = event
  if ('frameNumber' in value)
    value.frameNumber = fold(value.frameNumber, foldNumber(value.frameNumber, 'frame'))
  for (const reference of references(event)) {
    reference.serialNumber = fold(reference.serialNumber, foldNumber(reference.serialNumber, reference.type))
  }
  const words = value as Partial<Record<(typeof comparedWords)[number], string>>
  for (const name of comparedWords) {
    const word = words[name]
    if (word !== undefined) words[name] = fold(word, foldLookAlikes(word))
  }
  envelope.asWritten = [...written]
}

/** White space around any text, at any depth. */
function trim(message: object): void {
  for (const [name, value] of Object.entries(message)) {
    if (name.startsWith('$')) continue
    if (typeof value === 'string') Object.assign(message, { [name]: value.trim() })
    else if (typeof value === 'object' && value !== null) trim(value)
  }
}

function references(event: ManufacturingEvent['event']): ComponentReference[] {
  const named = ((): (ComponentReference | undefined)[] => {
    switch (event.case) {
      case 'componentProduced':
      case 'componentRemoved':
      case 'componentRemanufactured':
      case 'componentRecycled':
        return [event.value.component]
      case 'bikeProduced':
        return event.value.parts.map(({ component }) => component)
      case 'componentInstalled':
        return [event.value.part?.component]
      case 'componentSwapped':
        return [event.value.removed, event.value.installed]
      default:
        return []
    }
  })()
  return named.filter((reference) => reference !== undefined)
}
