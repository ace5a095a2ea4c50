// Reads rows of a file as statements, by the mapping of their source. A row that cannot be read becomes an `unreadableRow`.

import { create, type JsonObject, type JsonValue } from '@bufbuild/protobuf'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { readStatementJson } from '../statements/read.ts'
import { idOf, statementContent } from '../statements/statement-id.ts'
import type { Condition, Mapping, StatementForm } from './mapping.ts'
import type { Row } from './rows.ts'
import type { CellForm, Column } from './template.ts'
import { readValue } from './values.ts'

export interface RowReader {
  /** At least one statement for each row that is not to be ignored. */
  read(row: Row): readonly ManufacturingEvent[]
}

export interface FileFacts {
  readonly source: string
  readonly file: string
  readonly mapping: Mapping
  /** Undefined where columns are named by their numbers. */
  readonly header: readonly string[] | undefined
}

const nobodysId = '00000000-0000-0000-0000-000000000000'
const longestFault = 256

/**
 * Throws where the header lacks a column that the mapping names: then it is the mapping of another file. And where it has one twice: then
 * nobody knows which is meant.
 */
export function createRowReader({ source, file, mapping, header }: FileFacts): RowReader {
  const places = new Map(mapping.columns.map((column) => [column, placeOf(column, header)]))
  const missing = [...places].filter(([, place]) => place === undefined).map(([column]) => column)
  if (missing.length > 0) {
    throw new Error(`the file has no column ${missing.join(', ')}; it has: ${header?.join(', ')}`)
  }
  const ambiguous = mapping.columns.filter((column) => placesOf(column, header).length > 1)
  if (ambiguous.length > 0) {
    const where = ambiguous.map((column) => `${column} (columns ${placesOf(column, header).join(', ')})`)
    throw new Error(`the file has more than one column ${where.join(', ')}; name the right one by its number`)
  }
  const cell = ({ cells }: Row, column: Column) => cells[places.get(column) as number]?.trim() ?? ''
  const fits = (row: Row, { column, is }: Condition) => {
    const text = cell(row, column)
    return is === undefined ? text !== '' : is.some((each) => each.toLowerCase() === text.toLowerCase())
  }

  function statementsOf(row: Row): ManufacturingEvent[] {
    const forms = mapping.statements.filter(({ when }) => when === undefined || fits(row, when))
    const faults: string[] = []
    const said = forms.flatMap((form) => statementOf(row, form, faults))
    if (said.length + faults.length === 0) faults.push('it says nothing that the mapping has a statement for')
    return faults.length > 0 ? [...said, unreadable(row, faults)] : said
  }

  function statementOf(row: Row, { kind, template }: StatementForm, faults: string[]): ManufacturingEvent[] {
    const before = faults.length
    const json = template.fill((form) => readCell(cell(row, form.column), form, { mapping, faults }))
    if (json === undefined || faults.length > before) return []
    const occurredAt = json.occurredAt ?? ownTime(json[kind])
    const origin = { file, line: row.line }
    const envelope = {
      version: 1,
      eventId: nobodysId,
      source,
      origin,
      ...json,
      ...(occurredAt && { occurredAt }),
    }
    const read = readStatementJson(envelope)
    if (read.kind === 'statement') return [withEventId(read.event)]
    faults.push(read.detail)
    return []
  }

  function unreadable({ line, text }: Row, faults: readonly string[]): ManufacturingEvent {
    const shown = [...new Set(faults)].map((each) => each.slice(0, longestFault))
    const event = { case: 'unreadableRow', value: { file, line, text, faults: shown } } as const
    return withEventId(create(ManufacturingEventSchema, { version: 1, source, event }))
  }

  return {
    read(row) {
      const faults = row.faults.length > 0 ? row.faults : widthFaults(row.cells, header?.length)
      if (faults.length > 0) return [unreadable(row, faults)]
      return mapping.ignore !== undefined && fits(row, mapping.ignore) ? [] : statementsOf(row)
    },
  }
}

/** Header names are compared without regard to case and white space around them; numbers begin at 1. */
function placeOf(column: Column, header: readonly string[] | undefined): number | undefined {
  if (typeof column === 'number') return column - 1
  const [number] = placesOf(column, header)
  return number === undefined ? undefined : number - 1
}

/** The numbers of the columns of that name. */
function placesOf(column: Column, header: readonly string[] = []): number[] {
  if (typeof column === 'number') return [column]
  const plain = (name: string) => name.trim().toLowerCase()
  return header.flatMap((name, i) => (plain(name) === plain(column) ? [i + 1] : []))
}

/** Systems like to end lines with delimiters; what stands there is nothing. */
function widthFaults(cells: readonly string[], width = cells.length): string[] {
  const isMore = cells.slice(width).some((cell) => cell.trim() !== '')
  return cells.length < width || isMore ? [`it has ${cells.length} cells where the header has ${width}`] : []
}

function readCell(
  text: string,
  { column, kind, values }: CellForm,
  { mapping, faults }: { mapping: Mapping; faults: string[] },
): JsonValue | undefined {
  if (text === '') return undefined
  // Of its own: a cell may say "constructor".
  const meant = values === undefined ? text : Object.hasOwn(values, text) ? values[text] : undefined
  if (meant === undefined) {
    faults.push(`${column}: "${text}" is none of ${Object.keys(values ?? {}).join(', ')}`)
    return undefined
  }
  const read = readValue(kind, meant, mapping)
  if (read.ok) return read.value
  faults.push(`${column}: ${read.fault}`)
  return undefined
}

/** Production, deliveries and sales have a time of their own. */
function ownTime(event: JsonValue | undefined): JsonValue | undefined {
  const { producedAt, deliveredAt, soldAt } = (event ?? {}) as JsonObject
  return producedAt ?? deliveredAt ?? soldAt
}

/**
 * Gives a statement an id that follows from what it says, so the same row again is the same statement: a UUIDv8 (RFC 9562) of
 * the SHA-256 of source and content. With another mapping a row says something else, and is another statement.
 */
function withEventId(statement: ManufacturingEvent): ManufacturingEvent {
  const content = statementContent({ ...statement, eventId: '' })
  return { ...statement, eventId: idOf(content) }
}
