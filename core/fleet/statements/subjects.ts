// The subjects of a statement, as text: `frame:{number}`, `{type}:{serial number}`, `bike:{uuid}`, `model:{id}`, `type:{type}`.
import { isUuid } from '../../../proto/codec/ids.ts'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { cutText } from '../../runtime/foreign-text.ts'
import { type ComponentName, saidComponents, saidFrameNumber } from './said.ts'
import { normaliseSerialNumber } from './serial-number.ts'

export const frameSubject = (frameNumber: string) => `frame:${frameNumber}`
export const bikeSubject = (bikeId: string) => `bike:${bikeId.toLowerCase()}`
export const modelSubject = (modelId: string) => `model:${modelId}`
export const typeSubject = (type: string) => `type:${type}`
export const componentSubject = ({ type, serialNumber }: ComponentName) => `${type}:${serialNumber}`

export interface SubjectNames {
  readonly frames: readonly string[]
  readonly bikes: readonly string[]
  readonly models: readonly string[]
  readonly types: readonly string[]
  readonly components: readonly ComponentName[]
}

/**
 * Reads subjects back as names, sorted by what they name.
 *
 *     ['frame:F-1', 'battery:BA1'] → {frames: ['F-1'], components: [{type: 'battery', serialNumber: 'BA1'}], …}
 */
export function namesIn(subjects: Iterable<string>): SubjectNames {
  const names = {
    frames: [] as string[],
    bikes: [] as string[],
    models: [] as string[],
    types: [] as string[],
  }
  const components: ComponentName[] = []
  // A map: a plant may call a type "constructor".
  const lists = new Map([
    ['frame', names.frames],
    ['bike', names.bikes],
    ['model', names.models],
    ['type', names.types],
  ])
  for (const subject of subjects) {
    const colon = subject.indexOf(':')
    const [what, name] = [subject.slice(0, colon), subject.slice(colon + 1)]
    const list = lists.get(what)
    if (list === undefined) components.push({ type: what, serialNumber: name })
    else if (what !== 'bike' || isUuid(name)) list.push(name)
  }
  return { ...names, components }
}

/**
 * A subject that somebody typed, as it is stored.
 *
 *     'battery: ba–1' → 'battery:BA-1';  'model:City–1' stays
 */
export function readSubject(typed: string): string {
  const subject = typed.trim()
  const colon = subject.indexOf(':')
  const [what, name] = [subject.slice(0, colon), subject.slice(colon + 1)]
  if (colon < 0 || isDefinition(subject)) return subject
  return what === 'bike' ? bikeSubject(name) : `${what}:${normaliseSerialNumber(name)}`
}

/** Types and models: many statements depend on each, and few change one. */
export const isDefinition = (subject: string) => subject.startsWith('model:') || subject.startsWith('type:')

/** A lock on a subject, held until a decision about it is written. */
export interface SubjectLock {
  readonly subject: string
  readonly isDefinition: boolean
  /** Others with a shared lock may go on meanwhile; nobody may with an exclusive one. */
  readonly isExclusive: boolean
}

/**
 * The locks under which subjects are decided about. A definition is locked against its change only: it is shared, unless it
 * is one of those that are `defined` now.
 *
 *     ['battery:BA1', 'type:battery'] → an exclusive lock on battery:BA1, a shared one on type:battery
 */
export function locksOf(subjects: Iterable<string>, defined: readonly string[] = []): SubjectLock[] {
  return [...subjects].map((subject) => {
    const isShared = isDefinition(subject) && !defined.includes(subject)
    return { subject, isDefinition: isDefinition(subject), isExclusive: !isShared }
  })
}

/** The definition that the statement itself makes, such as `type:battery`. */
export function definedBy({ event }: ManufacturingEvent): string | undefined {
  if (event.case === 'componentTypeDefined') return typeSubject(event.value.type)
  if (event.case === 'bikeModelDefined') return modelSubject(event.value.modelId)
  return undefined
}

/** No name that is believed is longer, and no index could hold much more. */
export const longestSubject = 300
/** No statement that is applied names more. */
const mostSubjects = 256

/**
 * All that the statement names. It is loaded before the statement is judged; a statement that is held is judged again when
 * one of its subjects changes.
 *
 *     battery BA1 fitted to bike F-1 → ['frame:F-1', 'battery:BA1', 'type:battery']
 */
export function subjectsOf(statement: ManufacturingEvent): string[] {
  const subjects = new Set(namedBy(statement).map((subject) => cutText(subject, longestSubject)))
  return [...subjects].slice(0, mostSubjects)
}

function namedBy(statement: ManufacturingEvent): string[] {
  const { event } = statement
  if (event.case === 'componentTypeDefined') return [typeSubject(event.value.type)]
  if (event.case === 'bikeModelDefined') {
    return [modelSubject(event.value.modelId), ...event.value.slots.map(({ type }) => typeSubject(type))]
  }
  const frameNumber = saidFrameNumber(statement)
  return [
    ...(frameNumber === '' ? [] : [frameSubject(frameNumber)]),
    ...(event.case === 'bikeProduced'
      ? [bikeSubject(event.value.bikeId), modelSubject(event.value.modelId), typeSubject('frame')]
      : []),
    ...saidComponents(statement).flatMap(({ name }) => [componentSubject(name), typeSubject(name.type)]),
  ]
}
