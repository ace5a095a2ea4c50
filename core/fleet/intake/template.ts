// The fields of a statement as a template: the JSON mapping of the message, with columns in place of values.
//
//   {"component": {"type": "battery", "serialNumber": {"column": "Seriennr."}}, "producedAt": {"column": "Datum"}}
//
// The field's type says how a cell is read. Empty cells are left out, and so are parts without any value.
import {
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from '@bufbuild/protobuf'
import { z } from 'zod'
import { ManufacturingEventSchema } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { ValueKind } from './values.ts'

/** A column by its name, or by its number from 1 on. */
export const column = z.union([z.string().min(1), z.int().min(1)])
export type Column = z.output<typeof column>

export interface Template {
  readonly columns: readonly Column[]
  /** Undefined where no column of it says anything. `read` gives undefined for an empty cell. */
  fill(read: ReadCell): JsonObject | undefined
}

export interface CellForm {
  readonly column: Column
  readonly kind: ValueKind
  /** Translates texts of the source. */
  readonly values: Readonly<Record<string, string>> | undefined
}

type ReadCell = (form: CellForm) => JsonValue | undefined

const cell = z.strictObject({
  column,
  values: z.record(z.string(), z.string()).optional(),
  /** A text that is a number with this source's decimal sign. */
  number: z.boolean().default(false),
})

/** A node gives its value, and says whether it comes from the row. */
type Filled = { readonly value: JsonValue; readonly isFromRow: boolean } | undefined
type Node = (read: ReadCell) => Filled
interface Compiling {
  readonly columns: Column[]
  readonly faults: string[]
}

export function compileTemplate(json: unknown): { readonly template: Template; readonly faults: string[] } {
  const compiling: Compiling = { columns: [], faults: [] }
  const node = compileMessage(json, ManufacturingEventSchema, { at: '', compiling })
  const fill = (read: ReadCell) => {
    const filled = node(read)
    return filled?.isFromRow ? (filled.value as JsonObject) : undefined
  }
  return { template: { columns: compiling.columns, fill }, faults: compiling.faults }
}

interface Place {
  readonly at: string
  readonly compiling: Compiling
}

function compileMessage(json: unknown, message: DescMessage, { at, compiling }: Place): Node {
  if (!isObject(json)) return fault(compiling, `${at || message.name}: is no object`)
  const fields = Object.entries(json).map(([name, value]): [string, Node] => {
    const path = at === '' ? name : `${at}.${name}`
    const field = message.fields.find(({ jsonName }) => jsonName === name)
    if (field === undefined) return [name, fault(compiling, `${path}: ${message.name} has no such field`)]
    return [name, compileField(value, field, { at: path, compiling })]
  })
  return (read) => {
    const filled = fields.map(([name, node]) => [name, node(read)] as const)
    const there = filled.filter(([, each]) => each !== undefined)
    const value = Object.fromEntries(there.map(([name, each]) => [name, each?.value])) as JsonObject
    return { value, isFromRow: there.some(([, each]) => each?.isFromRow) }
  }
}

function compileField(json: unknown, field: DescField, place: Place): Node {
  if (field.fieldKind === 'list') {
    if (!Array.isArray(json)) return fault(place.compiling, `${place.at}: is no list`)
    const items = json.map((item, index) => {
      const at = { ...place, at: `${place.at}[${index}]` }
      return field.message ? compileMessage(item, field.message, at) : compileValue(item, 'text', at)
    })
    return (read) => list(items.map((item) => item(read)))
  }
  const kind = kindOf(field)
  if (kind !== undefined) return compileValue(json, kind, place)
  const node = compileMessage(json, field.message as DescMessage, place)
  // A component without a number is none.
  return (read) => {
    const filled = node(read)
    return filled?.isFromRow ? filled : undefined
  }
}

/** Undefined for a message of ours. */
function kindOf(field: DescField): ValueKind | undefined {
  if (field.message?.typeName === 'google.protobuf.Timestamp') return 'date'
  if (field.message !== undefined) return undefined
  if (field.scalar === ScalarType.BOOL) return 'flag'
  return field.scalar === undefined || field.scalar === ScalarType.STRING ? 'text' : 'number'
}

/** Items of which the row says nothing are left out. */
function list(items: readonly Filled[]): Filled {
  const there = items.filter((item) => item?.isFromRow)
  return { value: there.map((item) => item?.value as JsonValue), isFromRow: there.length > 0 }
}

function compileValue(json: unknown, kind: ValueKind, { at, compiling }: Place): Node {
  if (!isObject(json)) {
    if (!isConstant(json)) return fault(compiling, `${at}: is neither a constant nor a column`)
    return () => ({ value: json, isFromRow: false })
  }
  const parsed = cell.safeParse(json)
  if (!parsed.success) {
    const messages = parsed.error.issues.map(({ path, message }) => `${[at, ...path].join('.')}: ${message}`)
    return fault(compiling, messages.join('; '))
  }
  const { column, values, number } = parsed.data
  compiling.columns.push(column)
  const form: CellForm = { column, values, kind: number && kind === 'text' ? 'number text' : kind }
  return (read) => {
    const value = read(form)
    return value === undefined ? undefined : { value, isFromRow: true }
  }
}

function fault({ faults }: Compiling, text: string): Node {
  faults.push(text)
  return () => undefined
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function isConstant(json: unknown): json is string | number | boolean {
  return typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean'
}
