// What a statement is about, as text: `frame:{number}`, `{type}:{serial number}`, `bike:{uuid}`, `model:{id}`, `type:{type}`.
import { isUuid, type ManufacturingEvent } from '../../../proto/index.ts'
import { cutText } from '../../runtime/storable.ts'
import type { Change } from '../judging/changes/changes.ts'
import type { ComponentName } from '../judging/facts.ts'
import { longestSubject } from '../judging/findings.ts'
import type { WorkingFacts } from '../judging/working-facts.ts'
import { saidComponents, saidFrameNumber } from './said.ts'

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

/** The subjects again as names, sorted by what they name. */
export function namesIn(subjects: Iterable<string>): SubjectNames {
  const names = { frames: [], bikes: [], models: [], types: [] } as Record<string, string[]>
  const lists = { frame: names.frames, bike: names.bikes, model: names.models, type: names.types }
  const components: ComponentName[] = []
  for (const subject of subjects) {
    const colon = subject.indexOf(':')
    const [what, name] = [subject.slice(0, colon), subject.slice(colon + 1)]
    const list = lists[what as keyof typeof lists]
    if (list === undefined) components.push({ type: what, serialNumber: name })
    else if (what !== 'bike' || isUuid(name)) list.push(name)
  }
  return { ...names, components } as unknown as SubjectNames
}

/** Definitions that many statements lean on, and few change. */
export const isDefinition = (subject: string) => subject.startsWith('model:') || subject.startsWith('type:')

/** The definitions that the statement itself makes. */
export function definedBy({ event }: ManufacturingEvent): string | undefined {
  if (event.case === 'componentTypeDefined') return typeSubject(event.value.type)
  if (event.case === 'bikeModelDefined') return modelSubject(event.value.modelId)
  return undefined
}

/** No statement that is believed names more. */
const mostSubjects = 256

/** All that the statement names: what must be known to judge it, and what it is judged again for when that changes. */
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

/** What the changes may have decided for statements that wait; `facts` with the changes applied. */
export function touchedBy(changes: readonly Change[], facts: WorkingFacts): string[] {
  return [...new Set(changes.flatMap((change) => touchedByOne(change, facts)))]
}

function touchedByOne(change: Change, facts: WorkingFacts): string[] {
  const frame = (bikeId: string) => {
    const frameNumber = facts.bikeById(bikeId)?.frameNumber
    return frameNumber === undefined ? [] : [frameSubject(frameNumber)]
  }
  const names = (componentId: string) => facts.namesOf(componentId).map(componentSubject)
  switch (change.kind) {
    case 'define_type':
      return [typeSubject(change.type.type)]
    case 'define_model':
      return [modelSubject(change.model.modelId)]
    case 'add_bike':
      return [bikeSubject(change.bike.bikeId), ...frame(change.bike.bikeId)]
    case 'change_bike':
      return frame(change.bike.bikeId)
    case 'own':
    case 'antedate_own':
      return frame(change.bikeId)
    case 'add_component':
    case 'change_component':
      return names(change.component.componentId)
    case 'alias':
      return names(change.componentId)
    case 'unalias':
      return [componentSubject(change.name)]
    case 'install':
    case 'antedate':
    case 'remove':
    case 'split':
      return [...frame(change.installation.bikeId), ...names(change.installation.componentId)]
    default:
      return []
  }
}

/** Statements that had told a beginning or an end which the changes move: it does not count any more. */
export function overruledBy(changes: readonly Change[]): string[] {
  return changes.flatMap((change) => {
    if (change.kind === 'antedate') return change.installation.installedBy ?? []
    if (change.kind === 'remove') return change.installation.removedBy ?? []
    return change.kind === 'antedate_own' ? (change.ownership.saidBy ?? []) : []
  })
}
